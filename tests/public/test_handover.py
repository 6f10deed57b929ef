"""A handover opened once: its parts are checked as they are read, and read once."""

from pathlib import Path

import pytest

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.handover import Handover, open_handover


@pytest.fixture
def handover(drafted: Path) -> Handover:
    return open_handover(OutputFolder(drafted).handover("2025-08"))


def test_what_was_read_is_not_read_again(handover: Handover) -> None:
    """Manifest, slices and the board's page: the files may be gone after it."""
    annexes, area = handover.annexes, handover.area
    for path in handover.folder.iterdir():
        path.unlink()
    assert handover.annexes is annexes and handover.annex("857") in annexes
    assert handover.area is area and len(handover.codes) == len(annexes) == 11
    assert handover.but(state="approved").annex("857") is handover.annex("857")


@pytest.mark.parametrize("name", ["857.json", "area.json", "record.json"])
def test_a_part_that_was_changed_is_refused(name: str, handover: Handover) -> None:
    path = handover.folder / name
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(UsageError, match=f"2025-08/{name} on muuttunut"):
        handover.part(name)


def test_a_municipality_that_is_not_in_it_is_said_with_those_that_are(handover: Handover) -> None:
    with pytest.raises(UsageError, match=r"ei ole tiedostoa 091\.json.*204, 239"):
        handover.annex("091")


def test_a_part_that_is_added_is_in_the_manifest(handover: Handover) -> None:
    """For who has it open, and for who opens it."""
    changed = handover.with_part("note.json", "{}")
    assert changed.part("note.json") == open_handover(handover.folder).part("note.json") == "{}"
    with pytest.raises(UsageError):
        handover.part("note.json")


def test_a_release_that_nobody_prepared_says_how_to(drafted: Path) -> None:
    for name, first in (("2025-09", "month 2025-09"), ("2025-tasaus", "year-end 2025")):
        with pytest.raises(UsageError, match=f"kuntakoonti {first} --as-of"):
            open_handover(OutputFolder(drafted).handover(name))
