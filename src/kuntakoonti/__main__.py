"""``python -m kuntakoonti``: loads the program, runs a command and ends with its exit code.

A keyboard's interrupt is one sentence and exit 130 also while the program is loaded, and no more than
that when the work is done.
"""

import atexit
import os
import signal
import sys


def main() -> int:
    """Run the command of this process's words; its exit code."""
    early, ours = list[int](), signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, lambda number, _: early.append(number))
    from kuntakoonti.cli.main import main as command
    from kuntakoonti.core.errors import EXIT_STOPPED

    def loaded() -> None:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if early:
            raise KeyboardInterrupt

    code = command(loaded=loaded)
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code == EXIT_STOPPED:
        _end(code)
    return code


def _end(code: int) -> None:
    """End with this code: after an interrupt within `exec` Python itself would end by the signal."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
