"""Any small area and any sequence of its releases, drawn and published by the real pipeline."""

import csv
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from worlds.drawn import COLUMNS, Row, budget, cost, home, invoice, period
from worlds.places import PROJECT

from kuntakoonti.core.periods import add_months, last_day
from kuntakoonti.public.ledger import append
from kuntakoonti.restricted.preparation import stages as pipeline
from kuntakoonti.restricted.preparation.rules_in_force import rules_in_force
from kuntakoonti.restricted.preparation.settlements import write_settled

SERVICES = (
    "palkkatuki", "starttiraha", "kotoutumiskoulutus", "tyovoimakoulutus", "tyollistamistuki_55",
)  # fmt: skip
AVERAGE = dict(zip(SERVICES, (1000, 780, 950, 900, 1500), strict=True))
CODES = ("297", "749", "857", "844")
CAPS = (1260, 1770, 2020, 2770)
FAMILIES = (
    "",
    "",
    "",
    "together, grains: {any: month}",
    "together, grains: {any: quarter}",
    "per_service, grains: {palkkatuki: month, starttiraha: month, kotoutumiskoulutus: month}",
    "per_service, grains: {palkkatuki: quarter, starttiraha: quarter, kotoutumiskoulutus: year}",
    "per_service, grains: {palkkatuki: quarter, starttiraha: month, kotoutumiskoulutus: quarter}",
)
Release = tuple[str, str, str]


@dataclass(frozen=True)
class Drawn:
    """A world by its sizes: ``seed`` draws the persons; ``levels``: clients and planned clients.

    ``days``: extraction dates of the monthly releases, in days after the month's end; ``threshold``:
    the area's rule. A municipality has two, three or five levels: so many services there are.
    """

    seed: int
    levels: tuple[tuple[tuple[int, int], ...], ...]
    families: tuple[str, ...]
    days: tuple[tuple[str, int], ...]
    years: tuple[int, ...]
    threshold: int = 5

    @property
    def services(self) -> tuple[str, ...]:
        return SERVICES[: len(self.levels[0])]

    @property
    def codes(self) -> tuple[str, ...]:
        return CODES[: len(self.levels)]

    @property
    def releases(self) -> list[Release]:
        """Months and final adjustments in the order of their extraction dates."""
        found = [
            (month, str(last_day(month) + timedelta(days)), "")
            for month, days in dict(self.days).items()
        ]
        for year in self.years:
            found.append((f"{year}-12", f"{year + 1}-02-28", f"{year}-tasaus"))
        found.sort(key=lambda r: (r[1], r[0], r[2]))
        return found


@st.composite
def worlds(draw: st.DrawFn) -> Drawn:
    """One to four municipalities of few clients; one to six months and the final adjustments."""
    level = st.tuples(st.sampled_from((0, 1, 3, 5, 6, 8, 12)), st.sampled_from((0, 2, 7, 9, 15)))
    months = st.sampled_from([f"2025-{m:02d}" for m in range(1, 13)] + ["2026-01", "2026-02"])
    days = st.lists(
        st.tuples(months, st.sampled_from((0, 1, 14, 31, 62, 95))),
        min_size=1, max_size=6, unique_by=lambda d: d[0],
    )  # fmt: skip
    size = draw(st.integers(1, 4))
    rows = st.tuples(level, level, level)
    return Drawn(
        seed=draw(st.integers(0, 10**6)),
        levels=tuple(draw(st.lists(rows, min_size=size, max_size=size))),
        families=tuple(draw(st.lists(st.sampled_from(FAMILIES), min_size=size, max_size=size))),
        days=tuple(sorted(draw(days))),
        years=draw(st.sampled_from(((), (2025,), (2025,), (2025, 2026)))),
    )


def rows_of(world: Drawn) -> Iterator[Row]:
    """The records of a world: spells, late and withdrawn records, moves, costs and budgets."""
    chance = random.Random(world.seed)
    for code, levels in zip(world.codes, world.levels, strict=True):
        for service, (clients, planned) in zip(world.services, levels, strict=True):
            yield from money(chance, code, service, planned)
            for number in range(clients):
                name = f"A{code}{service[0].upper()}{number}"
                if number and chance.random() < 0.3:  # somebody in two services
                    name = f"A{code}P{chance.randrange(number)}"
                yield from person(chance, name, service, str(number))


def money(chance: random.Random, code: str, service: str, planned: int) -> Iterator[Row]:
    """A budget for so many clients a month, and its advances."""
    for year in ("2025", "2026"):
        euros = planned * 12 * AVERAGE[service]
        yield budget(code, f"{euros},00", service, year, f"{int(year) - 1}-11-20")
    for month in range(1, 13):
        share = planned * AVERAGE[service]
        if chance.random() < 0.95 and share:
            place = f"2025-{month:02d}"
            yield invoice(
                code, f"{share},00", place, service, f"L{code}{service}{month}", f"{place}-10"
            )


def person(chance: random.Random, name: str, service: str, number: str) -> Iterator[Row]:
    """A spell of one to twenty months, recorded late, changed or withdrawn now and then."""
    start = date(2024, 10, 1) + timedelta(chance.randrange(600))
    end = start + timedelta(chance.choice((5, 30, 60, 90, 180, 365, 600)))
    key = f"{name}{service}{number}"
    recorded = start + timedelta(chance.choice((0, 3, 20, 50, 100, 200)))
    yield period(name, str(start), str(end), service, key, str(recorded))
    if chance.random() < 0.15:
        later = recorded + timedelta(chance.choice((10, 60, 150, 300)))
        shorter = start + (end - start) * chance.random()
        gone = "1" if chance.random() < 0.5 else ""
        yield period(name, str(start), str(shorter), service, key, str(later), gone)
    yield from costs(chance, name, service, (start, end, key))


def costs(
    chance: random.Random, name: str, service: str, spell: tuple[date, date, str]
) -> Iterator[Row]:
    """A cost for most months of a spell, recorded up to ten months later; some recoveries."""
    month = f"{spell[0]:%Y-%m}"
    cap = chance.choice(CAPS)
    while month <= f"{spell[1]:%Y-%m}":
        euros = {
            "palkkatuki": cap if chance.random() < 0.5 else chance.randrange(1, cap),
            "starttiraha": chance.randint(1, 23) * 37.21,
        }.get(service) or chance.randrange(100, 2000)
        if chance.random() < 0.02:
            euros = -euros
        recorded = last_day(month) + timedelta(chance.choice((5, 15, 15, 40, 40, 70, 130, 300)))
        if chance.random() < 0.95:
            amount = f"{euros:.2f}".replace(".", ",")
            yield cost(amount, name, "", month, service, f"K{spell[2]}{month}", str(recorded))
        month = add_months(month, 1)


def homes(world: Drawn, rows: list[Row]) -> Iterator[Row]:
    """Where the persons live: most in one municipality, some move within the area or out of it."""
    chance = random.Random(world.seed + 1)
    for name in dict.fromkeys(r.cells["client_id"] for r in rows if "client_id" in r.cells):
        code = name[1:4]
        yield home(name, code)
        if chance.random() < 0.15:
            since = date(2025, 1, 1) + timedelta(chance.randrange(400))
            other = chance.choice((*world.codes, "091"))
            yield home(name, other, str(since), "", str(since + timedelta(chance.randrange(60))))


def build(world: Drawn, folder: Path) -> Path:
    """The world's tables, parameters and archive, release by release through the real pipeline."""
    rows = list(rows_of(world))
    rows += homes(world, rows)
    data, parameters, output = folder / "data", folder / "parameters", folder / "outputs"
    data.mkdir(parents=True)
    output.mkdir()
    for name, columns in COLUMNS.items():
        with (data / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", delimiter=";")
            writer.writeheader()
            writer.writerows(row.cells for row in rows if row.table == name)
    write_area(world, parameters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUNTAKOONTI_DATA", str(data))
        patch.setenv("KUNTAKOONTI_PARAMETERS", str(parameters))
        patch.setenv("KUNTAKOONTI_OUTPUT", str(output))
        for release in world.releases:
            publish(*release, output)
    return output


def write_area(world: Drawn, folder: Path) -> None:
    """The project's parameters with the world's members."""
    shutil.copytree(PROJECT / "parameters", folder)
    _write_rules(world, folder)
    head = (folder / "area.yml").read_text(encoding="utf-8").partition("members:")[0]
    lines = [
        f'  - {{code: "{code}", name: {{fi: A, sv: A}}, valid_from: "2025-01-01"'
        + (f", publication: {{family: {fixed}, reference: päätös}}" if fixed else "")
        + "}\n"
        for code, fixed in zip(world.codes, world.families, strict=True)
    ]
    (folder / "area.yml").write_text(head + "members:\n" + "".join(lines), encoding="utf-8")


def _write_rules(world: Drawn, folder: Path) -> None:
    """The world's threshold and services in the project's rules."""
    services, rules = (
        (folder / f"{n}.yml").read_text(encoding="utf-8") for n in ("services", "rules")
    )
    rules = rules.replace("value: 5}", f"value: {world.threshold}}}", 1)
    rules = rules.replace("below_100: 5,", f"below_100: {max(5, world.threshold)},")
    value = r"kotoutumiskoulutus: (\[[^]]*\]|[^,}]+)"
    (training,) = re.findall(r"  - name: kotoutumiskoulutus\n(?:    .*\n|  #.*\n)+", services)
    if len(world.services) == 2:
        rules, services = re.sub(f"{value}, ", "", rules), services.replace(training, "")
    if len(world.services) == 5:
        rules = re.sub(value, r"\g<0>, tyovoimakoulutus: \1", rules)
        other = training.replace("name: koto", "name: tyovoima").replace(
            "tyovoimautumis", "tyovoima"
        )
        services = services.replace(training, training + other)
        services = services.replace("    counts_as: palkkatuki\n", "")
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    (folder / "services.yml").write_text(services, encoding="utf-8")


def publish(month: str, as_of: str, name: str, output: Path) -> None:
    """Prepare, approve and put one release into the archive: its line of the ledger, and its rules."""
    room = pipeline.open_area(month, as_of, name)
    release = pipeline.protect(room, pipeline.count_figures(room, pipeline.read_records(room)))
    record = replace(release.record, approved_by="controller")
    if release.settled.years:
        path = output / "restricted" / "settled" / f"{record.release}.json"
        write_settled(release.settled, path)
    rules = rules_in_force(room.parameters, room.month, room.archive).model_dump_json()
    (output / record.release).mkdir()
    (output / record.release / "rules.json").write_text(rules, encoding="utf-8")
    append(room.settings.output.ledger, room.archive, record)
