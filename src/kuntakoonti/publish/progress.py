"""How far a batch is: one bar on a terminal, a plain line a report elsewhere."""

import sys
from collections.abc import Callable
from typing import TextIO

from kuntakoonti.publish.job import Outcome

WORDS = {"done": "valmis", "unchanged": "ennallaan", "failed": "EPÄONNISTUI"}
BAR = "{percentage:3.0f} % |{bar}| {n_fmt}/{total_fmt}, jäljellä {remaining}{postfix}"


def teller(
    total: int, say: Callable[[str], None], stream: TextIO | None = None
) -> Callable[[Outcome], None]:
    """What hears each outcome of ``total`` reports as it comes.

    On a terminal a bar with the last municipality, the failures and the time left, and a line only
    for what failed; elsewhere a line a report by ``say``. ``stream`` is stderr unless given.
    """
    stream = stream or sys.stderr
    return _bar(total, stream) if total and stream.isatty() else _lines(total, say)


def _lines(total: int, say: Callable[[str], None]) -> Callable[[Outcome], None]:
    finished = iter(range(1, total + 1))

    def tell(outcome: Outcome) -> None:
        say(f"[{next(finished)}/{total}] {_line(outcome)}")

    return tell


def _bar(total: int, stream: TextIO) -> Callable[[Outcome], None]:
    from tqdm import tqdm

    bar = tqdm(total=total, file=stream, bar_format=BAR, dynamic_ncols=True)
    failed: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        if outcome.state == "failed":
            failed.append(outcome)
            bar.write(_line(outcome), file=stream)
        failures = f", epäonnistui {len(failed)}" if failed else ""
        bar.set_postfix_str(f"{outcome.name}{failures}", refresh=False)
        bar.update()
        if bar.n == total:
            bar.close()

    return tell


def _line(outcome: Outcome) -> str:
    reason = f" ({outcome.reason})" if outcome.reason else ""
    return f"{outcome.name}: {WORDS[outcome.state]}{reason}"
