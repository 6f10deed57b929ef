"""The analyst's month by the command line, on real files: drafts, approval, reruns, refusals."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from worlds.places import EXAMPLE
from worlds.releases import ELEVEN, hashes, run_month, snapshot

from kuntakoonti.cli.main import main
from kuntakoonti.public.ledger import read_archive


def test_a_draft_leaves_the_archive_alone_and_says_luonnos(drafted: Path) -> None:
    """`month` writes drafts of mode 700, marked on every page, and no ledger."""
    assert not (drafted / "ledger.jsonl").exists()
    assert not (drafted / "dispatch.csv").exists()
    folder = drafted / "draft" / "2025-08" / "857-Tuusniemi"
    page = next(folder.glob("*.html")).read_text(encoding="utf-8")
    assert "LUONNOS" in page and "luonnos, ei hyväksytty" in page
    for private in ("draft", "protected", "restricted"):
        assert (drafted / private).stat().st_mode & 0o777 == 0o700
    kinds = sorted(p.name.removeprefix("857-Tuusniemi-") for p in folder.iterdir())
    assert kinds == ["datapackage.json"] + [
        f"koontitiedot-2025-08.{k}" for k in ("csv", "html", "ipynb", "pdf", "xlsx", "zip")
    ]


def test_municipality_limits_rendering_never_protection(drafted: Path) -> None:
    """Two are rendered, all eleven are handed over."""
    made = sorted(p.name for p in (drafted / "draft" / "2025-08").iterdir() if p.is_dir())
    assert made == ["844-Tervo", "857-Tuusniemi"]
    assert (drafted / "protected" / "2025-08" / "area.json").exists()
    slices = sorted(p.stem for p in (drafted / "protected" / "2025-08").glob("[0-9]*.json"))
    assert tuple(slices) == ELEVEN
    index = (drafted / "index.html").read_text(encoding="utf-8")
    assert index.count("<td>ei tehty</td>") == 11 and "draft/2025-08/857-Tuusniemi" in index


def test_an_approved_release_has_everything_in_its_place(released: Path) -> None:
    """Ledger, dispatch list, manifest with hashes, eleven folders, no draft mark anywhere."""
    folders = sorted(p.name for p in (released / "2025-08").iterdir() if p.is_dir())
    assert (*(name[:3] for name in folders[:-1]), folders[-1]) == (*ELEVEN, "area")
    manifest = json.loads((released / "2025-08" / "manifest.json").read_text())
    assert (manifest["state"], manifest["approved_by"]) == ("approved", "controller")
    for name, digest in manifest["files"].items():
        path = released / "2025-08" / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    with (released / "dispatch.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["municipality"] for r in rows} == set(ELEVEN)
    assert all(r["invoice"] for r in rows)
    for row in rows:
        assert hashlib.sha256((released / row["file"]).read_bytes()).hexdigest() == row["sha256"]
    for page in (released / "2025-08").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "LUONNOS" not in text and "controller" in text
    assert not (released / "draft" / "2025-08").exists()
    assert len(read_archive(released / "ledger.jsonl").records) == 1


@pytest.mark.slow
def test_approving_a_draft_is_the_same_as_approving_at_once(drafted: Path, released: Path) -> None:
    """`month` then `approve` gives the bytes of `month --approve-by`."""
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(drafted)]) == 0
    public = [p for p in hashes(released / "2025-08") if p != "manifest.json"]
    assert len(public) == 11 * 7 + 6 + 2 + 1  # the board's page, the statement, the rules
    ours, theirs = hashes(drafted / "2025-08"), hashes(released / "2025-08")
    assert {p: ours[p] for p in public} == {p: theirs[p] for p in public}


def test_the_same_inputs_again_change_nothing(released: Path, capsys) -> None:
    """A rerun of an approved month is a no-op with exit 0, whether files or rows are compared."""
    before = snapshot(released)
    assert run_month("2025-08", "2025-09-15", released) == 0
    assert "jo hyväksytty" in capsys.readouterr().err
    assert snapshot(released) == before
    (released / "restricted" / "log" / "2025-08.run").write_text("forgotten")
    before = snapshot(released)
    assert run_month("2025-08", "2025-09-15", released) == 0
    assert snapshot(released) == before


def test_a_newer_export_with_the_same_past_is_the_same_input(
    released: Path, tmp_path: Path
) -> None:
    """Rows recorded after the extraction date do not exist for it; the rerun is a no-op."""
    data = Path(shutil.copytree(EXAMPLE, tmp_path / "data"))
    line = "P999999;UUSI01;palkkatuki;1.10.2025;31.12.2025;2.10.2025;;"
    with (data / "service_periods.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    words = ["month", "2025-08", "--as-of", "2025-09-15", "--output", str(released)]
    before = snapshot(released)
    assert main([*words, "--data", str(data)]) == 0
    assert snapshot(released) == before


@pytest.mark.parametrize("what", ["data", "as_of", "rules"])
def test_an_approved_month_from_other_inputs_is_refused(
    what: str, released: Path, tmp_path: Path, capsys
) -> None:
    """Exit 2, says what to do, and nothing is touched."""
    data, parameters, as_of = EXAMPLE, EXAMPLE.parents[1] / "parameters", "2025-09-15"
    if what == "data":
        data = Path(shutil.copytree(EXAMPLE, tmp_path / "data"))
        lines = (data / "service_periods.csv").read_text(encoding="utf-8").splitlines()
        (data / "service_periods.csv").write_text("\n".join(lines[:-9] + lines[-8:][:0]) + "\n")
        (data / "service_periods.csv").write_text("\n".join([lines[0], *lines[5:]]) + "\n")
    if what == "as_of":
        as_of = "2025-09-16"
    if what == "rules":
        parameters = Path(shutil.copytree(parameters, tmp_path / "parameters"))
        text = (parameters / "rules.yml").read_text(encoding="utf-8")
        (parameters / "rules.yml").write_text(text.replace('"0.80"', '"0.90"'), encoding="utf-8")
    before = snapshot(released)
    words = ["--as-of", as_of, "--data", str(data), "--parameters", str(parameters)]
    assert main(["month", "2025-08", *words, "--output", str(released)]) == 2
    assert "Hyväksyttyä ei muuteta" in capsys.readouterr().err
    assert snapshot(released) == before


@pytest.mark.rule("R9", "Never from older data than the last approval")
def test_an_older_extraction_date_is_refused(released: Path, capsys) -> None:
    """R9: nothing is made from older data than the archive's last."""
    before = snapshot(released)
    assert run_month("2025-07", "2025-09-14", released) == 2
    assert "2025-09-15 tai myöhempi" in capsys.readouterr().err
    assert snapshot(released) == before


@pytest.mark.parametrize(
    ("month", "as_of", "says"),
    [
        ("2025-8", "2025-09-15", "2025-08"),
        ("2025-13", "2026-01-15", "2025-08"),
        ("2025-08", "15.9.2025", "2025-09-15"),
        ("2025-08", "2025-08-30", "2025-08-31"),
    ],
)
def test_wrong_dates_end_with_exit_2(
    month: str, as_of: str, says: str, tmp_path: Path, capsys
) -> None:
    """The message says how to write it; no OUTPUT appears."""
    assert run_month(month, as_of, tmp_path / "outputs") == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [("--municipality", "999"), ("--format", "docx")],
)
def test_wrong_usage_ends_with_exit_2(words: tuple[str, ...], tmp_path: Path) -> None:
    """An unknown municipality or format stops before anything is made."""
    assert run_month("2025-08", "2025-09-15", tmp_path / "outputs", *words) == 2
    assert list(tmp_path.iterdir()) == []


def test_releases_without_their_ledger_stop_the_run(released: Path, capsys) -> None:
    """A lost ledger is never silently replaced by a new one."""
    (released / "ledger.jsonl").unlink()
    before = snapshot(released)
    assert run_month("2025-09", "2025-10-15", released) == 2
    assert main(["status", "--output", str(released)]) == 2
    assert "varmuuskopiosta" in capsys.readouterr().err
    assert snapshot(released) == before


def test_a_broken_ledger_stops_every_command(released: Path, capsys) -> None:
    """`month`, `approve` and `status` verify the chain first."""
    text = (released / "ledger.jsonl").read_text()
    (released / "ledger.jsonl").write_text(text.replace("controller", "someone"))
    assert run_month("2025-09", "2025-10-15", released) == 2
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(released)]) == 2
    assert main(["status", "--output", str(released)]) == 2


@pytest.mark.slow
@pytest.mark.rule("R9", "A draft from before another approval is not approved")
def test_a_draft_from_before_another_approval_is_stale(drafted: Path, capsys) -> None:
    """A draft knows the archive it was made with; after another release it is made again."""
    assert run_month("2025-09", "2025-10-15", drafted, "--municipality", "857") == 0
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(drafted)]) == 0
    assert main(["approve", "2025-09", "--by", "controller", "--output", str(drafted)]) == 2
    assert "Tee se uudelleen" in capsys.readouterr().err
    main(["status", "--output", str(drafted)])
    assert "vanhentunut" in capsys.readouterr().out


def test_an_approval_interrupted_after_the_ledger_is_finished_by_the_next(
    released: Path, drafted: Path
) -> None:
    """The ledger grows first; the files are rendered again from the handover."""
    for name in ("ledger.jsonl", "restricted/key"):
        shutil.copy(released / name, drafted / name)
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(drafted)]) == 0
    page = "297-Kuopio/297-Kuopio-koontitiedot-2025-08.pdf"
    assert (drafted / "2025-08" / page).read_bytes() == (released / "2025-08" / page).read_bytes()
    assert len(read_archive(drafted / "ledger.jsonl").records) == 1


@pytest.mark.rule("door", "A changed handover is refused")
def test_a_changed_handover_cannot_be_approved(drafted: Path, capsys) -> None:
    """What goes to the ledger is what was protected, by the manifest's hash."""
    record = drafted / "protected" / "2025-08" / "record.json"
    record.write_text(record.read_text(encoding="utf-8").replace("under_threshold", "not_shown"))
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(drafted)]) == 2
    assert "on muuttunut" in capsys.readouterr().err
    assert not (drafted / "ledger.jsonl").exists()


def test_approving_what_is_not_drafted_says_what_to_run(tmp_path: Path, capsys) -> None:
    """Exit 2 and the command to run first."""
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(tmp_path)]) == 2
    assert "kuntakoonti month 2025-08" in capsys.readouterr().err


@pytest.mark.slow
def test_twelve_monthly_releases_in_a_row(tmp_path: Path) -> None:
    """As an analyst runs them: each closes months exactly once, none ever changes."""
    output = tmp_path / "outputs"
    seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    for number in range(1, 13):
        month = f"2025-{number:02d}"
        as_of = f"2025-{number + 1:02d}-16" if number < 12 else "2026-01-16"
        assert run_month(month, as_of, output, "--approve-by", "controller") == 0
        for path in (output / month).glob("*/*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    key = tuple(row[c] for c in ("municipality", "service", "period", "measure"))
                    closed = row["status"] in ("final", "under_threshold")
                    if row["measure"] == "clients" and closed:
                        assert seen.setdefault(key, (row["value"], row["status"])) == (
                            row["value"],
                            row["status"],
                        )
    archive = read_archive(output / "ledger.jsonl")
    assert [r.release for r in archive.records] == [f"2025-{n:02d}" for n in range(1, 13)]
    kuopio = [k for k in seen if k[0] == "297"]
    assert len(kuopio) == 10 + 11 + 11  # palkkatuki to October, the others to November
    before = snapshot(output)
    assert run_month("2025-05", "2025-06-16", output) == 0
    assert snapshot(output) == before


@pytest.mark.rule("R9", "Same inputs, same bytes")
def test_the_same_run_in_two_folders_gives_the_same_bytes(tmp_path: Path, drafted: Path) -> None:
    """Same data, rules, archive and date: equal CSV, HTML, PDF, XLSX (and notebook) bytes."""
    other = tmp_path / "elsewhere" / "deep"
    assert run_month("2025-08", "2025-09-15", other, "--municipality", "857") == 0
    here = hashes(drafted / "draft" / "2025-08" / "857-Tuusniemi")
    assert here == hashes(other / "draft" / "2025-08" / "857-Tuusniemi")


def test_the_order_of_rows_does_not_matter(tmp_path: Path, drafted: Path) -> None:
    """A shuffled export gives the same annexes."""
    data = Path(shutil.copytree(EXAMPLE, tmp_path / "data"))
    for path in data.glob("*.csv"):
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    output = tmp_path / "outputs"
    words = ["--as-of", "2025-09-15", "--data", str(data), "--municipality", "857"]
    assert main(["month", "2025-08", *words, "--output", str(output)]) == 0
    here = hashes(drafted / "draft" / "2025-08" / "857-Tuusniemi")
    assert here == hashes(output / "draft" / "2025-08" / "857-Tuusniemi")


def test_a_run_file_is_a_reproducible_run(tmp_path: Path, drafted: Path) -> None:
    """`kuntakoonti run` does what the same words on the command line do."""
    run = tmp_path / "run.yml"
    lines = [
        'month: "2025-08"', 'as_of: "2025-09-15"', "data: data/example",
        f"output: {tmp_path / 'outputs'}", 'municipality: ["857"]',
    ]  # fmt: skip
    run.write_text("\n".join(lines), encoding="utf-8")
    assert main(["run", str(run)]) == 0
    here = hashes(drafted / "draft" / "2025-08" / "857-Tuusniemi")
    assert here == hashes(tmp_path / "outputs" / "draft" / "2025-08" / "857-Tuusniemi")


def test_only_the_wanted_formats_are_made(tmp_path: Path) -> None:
    """`--format html` makes no PDF, XLSX or CSV."""
    more = ("--municipality", "857", "--format", "html")
    assert run_month("2025-08", "2025-09-15", tmp_path, *more) == 0
    kinds = {p.suffix for p in (tmp_path / "draft" / "2025-08" / "857-Tuusniemi").iterdir()}
    assert kinds == {".html", ".ipynb"}


def test_check_lists_notes_and_exits_0_on_sound_data(capsys) -> None:
    """The example's two deliberate mistakes are listed among the notes."""
    assert main(["check", "--data", str(EXAMPLE), "--as-of", "2025-09-15"]) == 0
    out, err = capsys.readouterr()
    assert "Ennakko poikkeaa talousarviosta: 402 palkkatuki 2025-07" in out
    assert "laskutettu kahdesti ja hyvitetty: 857 starttiraha 2025-05" in out
    assert err.startswith("0 virhettä")
