"""How far a batch is: one bar on a terminal, a plain line a report elsewhere."""

import sys
from collections.abc import Callable
from typing import TextIO

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import Messenger
from kuntakoonti.runner.job import Outcome

LINES = {
    "done": message("{page}: done"),
    "unchanged": message("{page}: unchanged"),
    "failed": message("{page}: FAILED. {reason}"),
}
BAR = message("{percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt}, left {remaining}{postfix}")


def teller(total: int, say: Messenger, stream: TextIO | None = None) -> Callable[[Outcome], None]:
    """What hears each outcome of ``total`` reports as it comes.

    On a terminal a bar with the last municipality, the failures and the time left, and a line only
    for what failed; elsewhere a line a report by ``say``. ``stream`` is stderr unless given.
    """
    stream = stream or sys.stderr
    return _bar(total, say, stream) if total and stream.isatty() else _lines(total, say)


def _lines(total: int, say: Messenger) -> Callable[[Outcome], None]:
    finished = iter(range(1, total + 1))

    def tell(outcome: Outcome) -> None:
        say.write(f"[{next(finished)}/{total}] {_line(outcome, say.language)}")

    return tell


def _bar(total: int, say: Messenger, stream: TextIO) -> Callable[[Outcome], None]:
    from tqdm import tqdm

    bar = tqdm(total=total, file=stream, bar_format=say.language.text(BAR), dynamic_ncols=True)
    failed: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        if outcome.state == "failed":
            failed.append(outcome)
            bar.write(_line(outcome, say.language), file=stream)
        page = named(outcome.name, say.language)
        more = {"page": page, "failed": len(failed)}
        told = say.language.text("{page}, failed {failed}", **more) if failed else page
        bar.set_postfix_str(told, refresh=False)
        bar.update()
        if bar.n == total:
            bar.close()

    return tell


def _line(outcome: Outcome, language: Language) -> str:
    reason = outcome.because(language)
    return language.text(LINES[outcome.state], page=named(outcome.name, language), reason=reason)


def named(name: str, language: Language) -> str:
    """A page as the analyst knows it; the names of the area's pages are messages."""
    return language.text(name)
