"""Worlds that differ only in what is hidden: other clients, spells, late records and costs behind the marks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from worlds.drawn import Row, budget, cost, home, period
from worlds.places import PROJECT

from kuntakoonti.core.periods import add_months, months_between

KOTO = "kotoutumiskoulutus"
FIXED = {
    "857": "{family: per_service, reference: p, grains: {palkkatuki: month, starttiraha: month, kotoutumiskoulutus: quarter}}",
    "778": "{family: per_service, reference: p, grains: {palkkatuki: month, starttiraha: year, kotoutumiskoulutus: year}}",
    "844": "{family: together, reference: p, grains: {any: quarter}}",
}  # fmt: skip


def parameters_in(folder: Path) -> Path:
    """The project's parameters with fixed periods and three languages of three members and the board."""
    parameters = Path(shutil.copytree(PROJECT / "parameters", folder / "parameters"))
    text = (parameters / "area.yml").read_text(encoding="utf-8")
    for code, fixed in FIXED.items():
        text = text.replace(
            f'{{code: "{code}", ',
            f'{{code: "{code}", languages: [fi, sv, en], publication: {fixed}, ',
        )
    text = text.replace("language: fi\n", "language: fi\nlanguages: [fi, sv, en]\n")
    (parameters / "area.yml").write_text(text, encoding="utf-8")
    return parameters


def spell(
    name: str, code: str, service: str, first: str, last: str, euros: int = 0, known: str = ""
) -> Iterator[Row]:
    """A client of a service from a month to another, with a cost of each month if it has euros."""
    client = f"HLO{code}{name}"
    yield home(client, code)
    yield period(client, f"{first}-03", f"{last}-25", service, recorded=known or f"{first}-10")
    for month in months_between(first, last) if euros else ():
        on = f"{add_months(month, 1)}-11"
        yield cost(f"{euros},00", client, month=month, service=service, recorded=on)


def visible() -> Iterator[Row]:
    """What both worlds have: counts that are shown, with their costs, and budgets."""
    whole = ("2025-01", "2026-12")
    for code, number in {"297": 15, "857": 8, "778": 7}.items():
        for n in range(number):
            yield from spell(f"P{n}", code, "palkkatuki", *whole, euros=900 + 10 * n)
    for n in range(12):
        yield from spell(f"S{n}", "297", "starttiraha", *whole, euros=780)
        yield from spell(f"K{n}", "297", KOTO, *whole, euros=600)
    for n in range(6):
        yield from spell(f"Q{n}", "844", "palkkatuki", "2025-01", "2025-03", euros=700)
        yield from spell(f"R{n}", "844", "palkkatuki", "2026-01", "2026-06", euros=700)
    for year in ("2025", "2026"):
        for code, euros in {"297": 160_000, "857": 90_000, "778": 80_000, "844": 20_000}.items():
            for service, part in (("palkkatuki", 8), ("starttiraha", 1), (KOTO, 1)):
                recorded = f"{int(year) - 1}-11-20"
                yield budget(code, f"{euros * part // 10},00", service, year, recorded)


def hidden() -> Iterator[Row]:
    """Behind the marks: two start-up grants by month, one training by quarter, some by year."""
    yield from spell("H0", "857", "starttiraha", "2025-02", "2026-05", euros=790)
    yield from spell("H1", "857", "starttiraha", "2025-04", "2025-10")
    yield from spell("T0", "857", KOTO, "2025-05", "2026-02")
    yield from spell("Y0", "778", "starttiraha", "2025-03", "2025-09")
    yield from spell("A0", "844", "starttiraha", "2025-07", "2025-12")


def others() -> Iterator[Row]:
    """More clients with long spells, one known late, one withdrawn; the marks are the same."""
    yield from hidden()
    yield from spell("H2", "857", "starttiraha", "2025-03", "2026-08", known="2025-05-20")
    yield from spell("H3", "857", "starttiraha", "2025-05", "2026-12")
    client = "HLO857H1"
    yield period(
        client, "2025-04-03", "2025-10-25", "starttiraha", recorded="2025-09-05", removed="1"
    )
    yield from spell("T1", "857", KOTO, "2025-07", "2026-09")
    yield from spell("Y1", "778", "starttiraha", "2025-03", "2026-02")
    yield from spell("A1", "844", KOTO, "2025-08", "2025-12")


def moved_costs() -> Iterator[Row]:
    """Every other cost of a hidden client is a visible client's of the same month and day."""
    for row in others():
        month = row.cells.get("service_month", "")
        if row.cells.get("client_id") == "HLO857H0" and month[-1:] in "13579" and month:
            cells = row.cells | {"client_id": "HLO857P0", "service": "palkkatuki"}
            row = Row("costs", cells)
        yield row


def within_the_step() -> Iterator[Row]:
    """A hidden client's April cost is 150 € more until it is corrected in November: the same class."""
    for row in moved_costs():
        yield row
        if (row.cells.get("client_id"), row.cells.get("service_month")) == ("HLO857H0", "2025-04"):
            for day, euros in (("2025-05-13", "940,00"), ("2025-11-12", "790,00")):
                yield Row("costs", row.cells | {"amount": euros, "recorded_on": day})
