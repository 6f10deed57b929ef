"""The tables of docs/contract.md that the program knows: `make contract` writes them into the page."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from kuntakoonti.cli.parser import parser
from kuntakoonti.core.language import Language
from kuntakoonti.restricted.intake.contract import TABLES, Table
from kuntakoonti.restricted.intake.problem_list import ALL_SENTENCES
from kuntakoonti.restricted.intake.sentences import NOTED

PAGE = Path(__file__).with_name("contract.md")


def _input_tables() -> str:
    return "\n".join(map(_input_table, TABLES))


def _input_table(table: Table) -> str:
    head = "| column | required | may be empty | what it is |\n|---|---|---|---|\n"
    said = {True: "yes", False: "no"}
    rows = (
        f"| `{c.name}` | {said[c.required]} | {said[c.empty]} | {c.means} |\n"
        for c in table.columns
    )
    return f"### `{table.name}`\n\n{head}{''.join(rows)}"


def _problems() -> str:
    """The kinds by severity; what each says stands in `restricted/intake/sentences.py` alone."""
    either = "more_like_these"
    kinds = [kind for kind in ALL_SENTENCES if kind != either]
    rows = {
        "stop": [kind for kind in kinds if kind not in NOTED],
        "note": [kind for kind in kinds if kind in NOTED],
        "either": [either],
    }
    return "| severity | kinds |\n|---|---|\n" + "".join(
        f"| {severity} | {' '.join(f'`{kind}`' for kind in of)} |\n"
        for severity, of in rows.items()
    )


def _commands() -> str:
    """Every command with its options, as its own help says them."""
    (commands,) = (
        a for a in parser(Language("en"))._actions if isinstance(a, argparse._SubParsersAction)
    )
    lines = (_usage(command) for command in commands.choices.values())
    return "```\n" + "".join(f"{line}\n" for line in lines) + "```\n"


def _usage(command: argparse.ArgumentParser) -> str:
    line = " ".join(command.format_usage().split()).split(": ", 1)[1]
    return line.replace(" [-h]", "")


PARTS: dict[str, Callable[[], str]] = {
    "input tables": _input_tables,
    "problems": _problems,
    "commands": _commands,
}


def page(text: str) -> str:
    """The page with its written parts as the program has them today."""
    for name, part in PARTS.items():
        begin, end = f"<!-- {name}: written by `make contract` -->\n\n", "\n<!-- end -->"
        found = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        before, after = found.split(text)  # ValueError where the page has not one place for it
        text = before + begin + part() + end + after
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
