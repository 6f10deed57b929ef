"""An archive has one history: published closed counts beside records that are others."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from worlds.two_members import TwoMembers

from kuntakoonti.cli.main import main
from kuntakoonti.core.errors import UsageError
from kuntakoonti.public.ledger import Record, append, read_archive
from kuntakoonti.restricted.preparation import stages

Prepare = Callable[..., Record]


@pytest.fixture
def prepare(two_members: TwoMembers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepare:
    """Prepare a month of an area of two, from its own records or from others."""
    monkeypatch.setenv("KUNTAKOONTI_PARAMETERS", str(two_members.folder / "parameters"))
    monkeypatch.setenv("KUNTAKOONTI_OUTPUT", str(tmp_path / "outputs"))

    def prepared(month: str, as_of: str, data: Path | None = None, accepted: str = "") -> Record:
        monkeypatch.setenv("KUNTAKOONTI_DATA", str(data or two_members.folder / "data"))
        room = stages.open_area(month, as_of, accept_history=accepted)
        figures = stages.count_figures(room, stages.read_records(room))
        return stages.protect(room, figures).record

    return prepared


def approve(output: Path, record: Record) -> None:
    ledger = output / "outputs" / "ledger.jsonl"
    ledger.parent.mkdir(exist_ok=True)
    append(ledger, read_archive(ledger), replace(record, approved_by="controller"))


@pytest.fixture
def august(prepare: Prepare, tmp_path: Path) -> None:
    """August is in the ledger."""
    approve(tmp_path, prepare("2025-08", "2025-09-15"))


def test_the_same_records_a_month_later_are_the_same_history(
    prepare: Prepare, august: None
) -> None:
    """Late records since then change nothing: nobody has to accept anything."""
    record = prepare("2025-09", "2025-10-15")
    assert (record.invented, record.accepted) == (True, "")


def test_other_records_stop_and_are_accepted_by_a_role_only(
    prepare: Prepare, august: None, tmp_path: Path
) -> None:
    """The municipalities whose counts differ are named; the acceptance stands in the ledger's line."""
    words = [
        "example-data",
        str(tmp_path / "other"),
        "--area",
        "09",
        "--scale",
        "0.4",
        "--seed",
        "2",
    ]
    assert main(words) == 0
    with pytest.raises(UsageError, match=r"kunnat 179.* eroaa tiedoista .*--accept-history"):
        prepare("2025-09", "2025-10-15", tmp_path / "other")
    record = prepare("2025-09", "2025-10-15", tmp_path / "other", "controller")
    assert record.accepted == "controller" and record.body()["accepted"] == "controller"
    approve(tmp_path, record)
    assert prepare("2025-10", "2025-11-15", tmp_path / "other").accepted == ""


def test_a_withdrawal_without_a_trace_is_what_late_data_can_do(
    prepare: Prepare, august: None, two_members: TwoMembers, tmp_path: Path
) -> None:
    """An export that forgets two old rows gives other fingerprints, and counts that are near enough."""
    data = Path(shutil.copytree(two_members.folder / "data", tmp_path / "data"))
    table = data / "service_periods.csv"
    head, *rows = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([head, *rows[2:]]) + "\n", encoding="utf-8")
    assert prepare("2025-09", "2025-10-15", data).accepted == ""


def test_real_and_invented_records_have_folders_of_their_own(
    prepare: Prepare, august: None, two_members: TwoMembers, tmp_path: Path
) -> None:
    """Clients of another form and no LUEMINUT.md: they are not invented, and no role accepts that."""
    data = Path(shutil.copytree(two_members.folder / "data", tmp_path / "data"))
    (data / "LUEMINUT.md").unlink()
    assert prepare("2025-09", "2025-10-15", data).invented
    for name in ("service_periods", "residences", "costs"):
        table = data / f"{name}.csv"
        text = re.sub("(?m)(^|;)X", r"\1Q", table.read_text(encoding="utf-8"))
        table.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="omat kansionsa"):
        prepare("2025-09", "2025-10-15", data, "controller")
