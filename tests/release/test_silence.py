"""Two worlds that differ only in what is hidden have the same public files, whatever their kind."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from worlds.drawn import Row, home, load_rows, period
from worlds.hidden_worlds import hidden, others, parameters_in, visible
from worlds.places import EXAMPLE
from worlds.texts import texts_of
from worlds.two_members import with_key

from kuntakoonti.cli.main import main

NEW = {"239": "starttiraha", "857": "kotoutumiskoulutus", "921": "kotoutumiskoulutus"}
RUNS = (("month", "2025-08", "2025-09-15"), ("year-end", "2025", "2026-02-28"))
HIDDEN = ("restricted",)
HIDDEN_THERE = {
    *((code, service, "2025") for code, service in NEW.items()),
    ("844", "any", "2025-04"),
    ("239", "palkkatuki", "2025-01"),
}
FINGERPRINT = re.compile(rb"[0-9a-f]{64}")  # of the input, of the head before: they do differ


@dataclass(frozen=True)
class Tables:
    """A copy of the example's tables that a test changes."""

    folder: Path

    def add(self, table: str, *rows: str) -> None:
        with (self.folder / f"{table}.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"{row}\n" for row in rows)

    def cells(self, table: str) -> list[list[str]]:
        text = (self.folder / f"{table}.csv").read_text(encoding="utf-8")
        return [line.split(";") for line in text.splitlines()[1:]]

    def settled(self, code: str) -> set[str]:
        """Who has always lived in a municipality."""
        homes = self.cells("residences")
        moves = Counter(r[0] for r in homes)
        return {r[0] for r in homes if r[1] == code and not r[3] and moves[r[0]] == 1}

    def add_clients(self) -> None:
        """One client more behind three yearly "alle 5" (2, 3 and 0 clients), without a cost."""
        for code, service in NEW.items():
            client = f"XUUSI{code}"
            self.add("residences", f"{client};{code};1.1.2020;;1.1.2020")
            self.add(
                "service_periods", f"PUUSI{code};{client};{service};3.2.2025;7.2.2025;4.2.2025;;"
            )

    def add_a_month(self) -> None:
        """One client more in April in Tervo (3 to 4), somebody who is in the year's count anyway."""
        here = self.settled("844")
        periods = [r for r in self.cells("service_periods") if r[1] in here]
        april = {r[1] for r in periods if not (later(r[3], "4.2025") or later("5.2025", r[4]))}
        _, client, service = next(
            r[:3] for r in periods if r[1] not in april and r[3].endswith("2025")
        )
        self.add("service_periods", f"PUUSI844;{client};{service};7.4.2025;8.4.2025;8.4.2025;;")

    def move_euros(self) -> None:
        """Ten euros from one hidden cost of Keitele to another: the total stays."""
        here, ids = self.settled("239"), Counter(r[0] for r in self.cells("costs"))
        costs = [r for r in self.cells("costs") if r[2] in here and ids[r[0]] == 1]
        for service, euros in (("palkkatuki", -10), ("starttiraha", 10)):
            row = next(r for r in costs if r[1] == service and r[4].startswith("2025-0"))
            amount = f"{float(row[5].replace(',', '.')) + euros:.2f}".replace(".", ",")
            self.add("costs", ";".join([*row[:5], amount, "31.12.2025"]))


def later(day: str, month: str) -> bool:
    """Whether a day, or its month, is after a month."""
    ends = [[int(n) for n in text.split(".")[-2:][::-1]] for text in (day, month) if text]
    return len(ends) == 2 and ends[0] >= ends[1]


def publish(data: Path, output: Path) -> Path:
    """August 2025 and the final adjustment, approved, in every format."""
    for command, when, day in RUNS:
        words = [command, when, "--as-of", day, "--data", str(data), "--output", str(output)]
        assert main([*words, "--approve-by", "controller"]) == 0
    assert main(["status", "--output", str(output)]) == 0
    return output


def restricted(output: Path) -> dict[tuple[str, ...], list[str]]:
    """The exact clients and cents of the year by municipality, service and period."""
    with (output / "restricted/area/2025-tasaus.csv").open(encoding="utf-8") as file:
        rows = [row.strip().split(",") for row in file]
    return {tuple(row[:3]): row[3:] for row in rows}


def said(output: Path) -> dict[str, list[bytes]]:
    """Every public file and all that it says, fingerprints aside."""
    return {
        str(path.relative_to(output)): [FINGERPRINT.sub(b"", text) for text in texts_of(path)]
        for path in sorted(output.rglob("*"))
        if path.is_file() and path.relative_to(output).parts[0] not in HIDDEN
    }


def differing(one: Path, other: Path) -> list[str]:
    """The public files that are not the same in two outputs."""
    here, there = said(one), said(other)
    return [name for name in sorted({*here, *there}) if here.get(name) != there.get(name)]


@pytest.mark.slow
@pytest.mark.rule("R2", "What is hidden changes no public file")
def test_what_is_hidden_changes_no_public_file(settled: Path, tmp_path: Path) -> None:
    """Pages, workbooks, PDF, notebooks, packages, index, ledger and statement are the same.

    Four hidden counts and two hidden costs are others; behind them stands the same that is shown.
    """
    tables = Tables(Path(shutil.copytree(EXAMPLE, tmp_path / "data")))
    tables.add_clients()
    tables.add_a_month()
    tables.move_euros()
    other = publish(tables.folder, tmp_path / "outputs")
    changed = [restricted(output) for output in (settled, other)]
    assert {k for k, v in changed[1].items() if v != changed[0].get(k)} >= HIDDEN_THERE
    assert differing(settled, other) == []
    kinds = {Path(name).suffix for name in said(settled)}
    assert {".html", ".pdf", ".xlsx", ".csv", ".ipynb", ".json", ".zip", ".jsonl"} <= kinds


@pytest.mark.slow
def test_what_is_shown_changes_the_public_files(settled: Path, tmp_path: Path) -> None:
    """The test above can fail: one client more in a shown count is in every kind of file."""
    tables = Tables(Path(shutil.copytree(EXAMPLE, tmp_path / "data")))
    tables.add("residences", "XUUSI;857;1.1.2020;;1.1.2020")
    tables.add("service_periods", "PUUSI;XUUSI;palkkatuki;3.2.2025;7.2.2025;4.2.2025;;")
    found = differing(settled, publish(tables.folder, tmp_path / "outputs"))
    kinds = {Path(name).suffix for name in found}
    assert {".html", ".pdf", ".xlsx", ".csv", ".ipynb", ".zip", ".jsonl"} <= kinds


def wrong() -> Iterator[Row]:
    """Ten clients of Kuopio's March that were recorded only in September, in both worlds."""
    for n in range(10):
        yield home(f"HLO297W{n}", "297")
        yield period(f"HLO297W{n}", "2025-03-03", "2025-03-25", recorded="2025-09-18")


def all_ways(folder: Path, rows: Iterator[Row]) -> Path:
    """A month approved, exact figures given out, a count corrected, a page made again, a coarse month."""
    data, output = folder / "data", with_key(folder / "outputs")
    data.mkdir(parents=True)
    load_rows(data, [*visible(), *rows, *wrong()])
    place, parameters = ["--output", str(output)], parameters_in(folder)
    text = (parameters / "area.yml").read_text(encoding="utf-8")
    kept = [
        n for n in text.splitlines() if "  - {code" not in n or n[12:15] in ("297", "857", "844")
    ]
    (parameters / "area.yml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    told = ["--data", str(data), "--parameters", str(parameters)]
    by = ["--approve-by", "controller", *told, *place]
    assert main(["month", "2025-08", "--as-of", "2025-09-15", *by]) == 0
    given = ["verify", "2025-08", "--municipality", "857", "--basis", "laki", *told, *place]
    assert main([*given, "--approved-by", "controller"]) == 0
    wrongly = ["correct", "2025-08", "--municipality", "297", "--service", "palkkatuki"]
    wrongly += ["--period", "2025-03", "--as-of", "2025-09-25", "--reason", "Virhe.", *told, *place]
    assert main([*wrongly, "--by", "controller"]) == 0
    shutil.rmtree(next((output / "2025-08").glob("857-*")))
    assert main(["approve", "2025-08", "--by", "controller", *place]) == 0
    assert main(["month", "2025-09", "--as-of", "2025-10-15", "--coarse", *by]) == 0
    assert main(["status", *place]) == 0
    return output


@pytest.mark.slow
def test_no_way_of_publishing_shows_what_is_hidden(tmp_path: Path) -> None:
    """`verify`, `correct`, a page made again and R9's coarse month: every public file is the same."""
    one, other = all_ways(tmp_path / "one", hidden()), all_ways(tmp_path / "other", others())
    exact = [(o / "restricted" / "verified" / "2025-08-857.csv").read_bytes() for o in (one, other)]
    assert exact[0] != exact[1]
    assert differing(one, other) == []
    names = set(said(one))
    assert {"2025-08-v2", "2025-09"} <= {n.split("/")[0] for n in names}
    assert [n for n in names if "/857-" in n and n.endswith("-sv.pdf")]
