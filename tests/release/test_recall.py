"""`recall`: a page that was sent in error is recorded in a chain, with what replaces it and the deadline."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from worlds.releases import hashes

from kuntakoonti.cli.main import main
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.cells import Correction
from kuntakoonti.public.ledger import Archive, read_archive
from kuntakoonti.release.recall import recalled, replacement

SAID = ("--recipient", "Kunta X", "--reason", "Väärä osoite.", "--by", "controller")


def run(output: Path, *words: str) -> int:
    return main([*words, "--output", str(output)])


def test_a_page_that_was_sent_in_error_is_recalled(archive: Path, capsys) -> None:
    """The package and the page given out; 72 hours from when it was noticed; `status` says it on."""
    before = hashes(archive)
    words = ("recall", "2025-08", "179", *SAID, "--noticed", "2025-10-02T14:30")
    assert run(archive, *words) == 0
    said = capsys.readouterr().err
    for part in (
        "2025-08/179-Jyvaskyla/",
        "posti",
        "2025-10-05 14:30",
        "restricted/verified/2025-08-179.csv",
    ):
        assert part in said, said
    changed = {n for n, d in hashes(archive).items() if before.get(n) != d}
    assert changed == {"ledger.jsonl", "restricted/recalled.jsonl"}
    (line,) = recalled(OutputFolder(archive))
    assert (line.recipient, line.replaced_by, len(line.files)) == ("Kunta X", "", 2)
    last = json.loads((archive / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert last["kind"] == "listed" and "recalled" in last["heads"]
    assert run(archive, "status") == 0 and "Kunta X" in capsys.readouterr().out
    (archive / "restricted" / "recalled.jsonl").unlink()
    assert run(archive, "status") == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2025-08", "500", *SAID), "500"),
        (("2025-09", "179", *SAID), "2025-09"),
        (("2025-08", "179", *SAID, "--noticed", "2999-01-01T00:00"), "--noticed"),
        (("2025-08", "179", *SAID, "--noticed", "eilen"), "--noticed"),
        (("2025-08", "179", *SAID, "--by", "Matti"), "--by"),
        (("2025-08", "179", *SAID, "--by", " "), "--by"),
        (("2025-08", "179", *SAID, "--reason", "010180-9026"), "--reason"),
        (("2025-08", "179", *SAID, "--recipient", " "), "--recipient"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], said: str, archive: Path, capsys) -> None:
    """Nothing was sent, no release, a time ahead, no role, a person: exit 2 and nothing written."""
    before = hashes(archive)
    assert run(archive, "recall", *words) == 2
    err = capsys.readouterr().err
    assert said in err and "010180" not in err
    assert hashes(archive) == before


def test_a_secret_page_is_recalled_though_no_list_has_it(archive: Path, capsys) -> None:
    """It was delivered by hand; a sign that stands for others is no municipality."""
    page = archive / "restricted" / "annexes" / "2025-08" / "500-X" / "page.pdf"
    page.parent.mkdir(parents=True, mode=0o700)
    page.write_bytes(b"%PDF")
    assert run(archive, "recall", "2025-08", "*", *SAID) == 2
    assert run(archive, "recall", "2025-08", "500", *SAID) == 0
    assert "500-X/page.pdf, salassa pidettävä sivu" in capsys.readouterr().err


def test_a_corrected_page_of_the_same_month_replaces_it(archive: Path) -> None:
    """The newest one of that municipality, and none of another."""
    (first,) = read_archive(archive / "ledger.jsonl").records
    versions = [
        replace(
            first, release=name, correction=Correction(code, "palkkatuki", "2025-03", name, "x")
        )
        for name, code in (("2025-08-v2", "179"), ("2025-08-v3", "179"), ("2025-08-v4", "500"))
    ]
    archived = Archive(records=(first, *versions))
    assert replacement(archived, first, "179") == "2025-08-v3"
    assert replacement(archived, versions[1], "179") == ""
