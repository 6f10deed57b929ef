"""Text that a cell printed, as a terminal would have left it."""

import re

_COMMANDS = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def left_on_screen(printed: str) -> str:
    """Without colours; what a carriage return or a backspace wrote over is gone, tabs are spaces."""
    lines = _COMMANDS.sub("", printed).split("\n")
    return "\n".join(_line(line).rstrip().expandtabs() for line in lines).rstrip("\n")


def _line(line: str) -> str:
    if "\r" not in line and "\b" not in line:
        return _CONTROLS.sub("", line)
    shown: list[str] = []
    place = 0
    for character in _CONTROLS.sub("", line):
        if character == "\r":
            place = 0
        elif character == "\b":
            place = max(0, place - 1)
        else:
            shown[place : place + 1] = [character]
            place += 1
    return "".join(shown)
