"""A batch of reports: one failure costs one report, and nothing half made is ever seen."""

import re
import resource
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from kuntakoonti.core.errors import KuntakoontiError, UsageError
from kuntakoonti.core.settings import PROJECT, OutputFolder, settings_here
from kuntakoonti.export.report import ascii_name, file_stem
from kuntakoonti.public.handover import open_handover
from kuntakoonti.release.jobs import draft_jobs, open_release
from kuntakoonti.runner import make as report
from kuntakoonti.runner.batch import make_reports
from kuntakoonti.runner.job import Job, Outcome
from kuntakoonti.runner.make import execute, make_report

RELEASE = "2025-08"
ANNEX = PROJECT / "notebooks" / "monthly_annex.ipynb"
DIED = "Sivua tekevä prosessi kuoli. Aja sama komento uudelleen."
KILLS_ITS_PARENT = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"
Change = Callable[..., Job]


@pytest.fixture
def jobs(drafted: Path) -> dict[str, Job]:
    """The jobs of a drafted month by municipality; 844 and 857 are made already."""
    return _jobs(drafted)


@pytest.fixture
def with_cell(tmp_path: Path) -> Change:
    """A job whose notebook has one more code cell, near its end."""

    def change(job: Job, source: str) -> Job:
        notebook = nbformat.read(ANNEX, as_version=4)
        notebook.cells.insert(-1, nbformat.v4.new_code_cell(source, id="added-00"))
        path = tmp_path / "notebooks" / f"{job.municipality}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return replace(job, notebook=str(path), formats=("csv",))

    return change


def test_a_failing_report_costs_only_itself(jobs: dict[str, Job], with_cell: Change) -> None:
    """Two are made; of the failing ones the new leaves nothing and the old stays as it was."""
    failing = [with_cell(jobs[c], "raise ValueError('010190-123A')") for c in ("204", "857")]
    good = [replace(jobs[c], formats=("csv",)) for c in ("239", "297")]
    before = _bytes(Path(jobs["857"].target))
    heard: list[Outcome] = []
    outcomes = make_reports([failing[0], good[0], failing[1], good[1]], 2, heard.append)
    assert [(o.municipality, o.state) for o in outcomes] == [
        ("204", "failed"),
        ("239", "done"),
        ("857", "failed"),
        ("297", "done"),
    ]
    assert sorted(heard, key=outcomes.index) == list(outcomes)
    for job in good:
        stem = file_stem(open_handover(Path(job.handover)).annex(job.municipality))
        assert sorted(_bytes(Path(job.target))) == sorted(
            [f"{stem}.csv", f"{stem}.ipynb", "datapackage.json"]
        )
    assert not Path(failing[0].target).exists() and not Path(failing[0].mark).exists()
    assert _bytes(Path(jobs["857"].target)) == before
    for job, outcome in zip(failing, outcomes[::2], strict=True):
        assert outcome.reason == (
            "Sivun teko pysähtyi virheeseen ValueError. "
            f"Katso restricted/log/{RELEASE}-{job.municipality}.log."
        )
        assert "restricted" in Path(job.log).parts
        assert "010190-123A" in Path(job.log).read_text(encoding="utf-8")
    _nothing_hidden(Path(jobs["297"].target).parent)


def test_a_report_whose_worker_dies_costs_only_itself(
    jobs: dict[str, Job], with_cell: Change
) -> None:
    """The reports behind it in the queue are made by a new worker."""
    order = ["204", "239", "402", "686"]
    wanted = [replace(jobs[c], formats=("csv",)) for c in order]
    for place in (0, 2):
        wanted[place] = with_cell(jobs[order[place]], KILLS_ITS_PARENT)
    outcomes = make_reports(wanted, 2)
    assert [(o.municipality, o.state, o.reason) for o in outcomes] == [
        ("204", "failed", DIED),
        ("239", "done", ""),
        ("402", "failed", DIED),
        ("686", "done", ""),
    ]
    for job, outcome in zip(wanted, outcomes, strict=True):
        assert Path(job.target).exists() is (outcome.state == "done")
    _nothing_hidden(Path(jobs["204"].target).parent)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os\nos._exit(0)", "prosessi kuoli"),
        ("import sys\nsys.exit()", "päättyi kesken"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_notebook_that_does_not_reach_its_end_is_no_report(
    source: str, said: str, jobs: dict[str, Job], with_cell: Change
) -> None:
    """However it stopped, the outcome says so and the target is not there."""
    job = with_cell(jobs["204"], source)
    outcome = make_report(job)
    assert outcome.state == "failed" and said in outcome.reason
    assert not Path(job.target).exists() and Path(job.log).exists()


def test_a_failed_report_is_made_when_its_notebook_is_mended(
    jobs: dict[str, Job], with_cell: Change
) -> None:
    """A failure leaves no mark that would skip the next attempt."""
    assert make_report(with_cell(jobs["204"], "1 / 0")).state == "failed"
    assert make_report(with_cell(jobs["204"], "1 / 1;")).state == "done"
    assert make_report(with_cell(jobs["204"], "1 / 1;")).state == "unchanged"


# Parameters


def test_no_shared_memory_is_said_of_shared_memory(jobs: dict[str, Job]) -> None:
    """Not of OUTPUT's disk; the system refuses here a file of any size."""
    size = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, size[1]))
    try:
        with pytest.raises(KuntakoontiError, match="/dev/shm") as caught:
            make_reports([*jobs.values()][:1], 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, size)
    assert "--output" not in str(caught.value)


def test_a_parameter_that_the_notebook_does_not_declare_is_refused(tmp_path: Path) -> None:
    """Papermill would only warn; the error names the parameters there are, and nothing runs."""
    with pytest.raises(
        UsageError, match=r"ei ole parametria kunta\. Sen parametrit: language, month"
    ):
        execute(ANNEX, {"kunta": "297", "month": RELEASE}, {})


def test_a_notebook_without_a_parameter_of_the_batch_fails_with_a_sentence(
    jobs: dict[str, Job], tmp_path: Path
) -> None:
    """Instead of a page of the notebook's own default municipality."""
    notebook = nbformat.read(ANNEX, as_version=4)
    notebook.cells[
        1
    ].source = 'kunta = "297"\nmonth = "2025-08"\nrelease = "2025-08"\nlanguage = "fi"'
    nbformat.write(notebook, tmp_path / "x.ipynb")
    outcome = make_report(replace(jobs["204"], notebook=str(tmp_path / "x.ipynb")))
    assert outcome.state == "failed" and "ei ole parametria municipality" in outcome.reason


def test_codes_keep_their_zeros_and_the_environment_is_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parameter is a text in the notebook; a run's settings are gone after it."""
    monkeypatch.setenv("KUNTAKOONTI_OUTPUT", "before")
    cells = [
        nbformat.v4.new_code_cell('code = ""', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("import os\ncode, os.environ['KUNTAKOONTI_OUTPUT']"),
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel}, cells=cells)
    nbformat.write(notebook, tmp_path / "in.ipynb")
    inside = {"KUNTAKOONTI_OUTPUT": "inside"}
    executed = execute(tmp_path / "in.ipynb", {"code": "049"}, inside)
    shown = executed.cells[-1].outputs[0].data["text/plain"]
    assert shown == "('049', 'inside')"
    assert str(settings_here().output) == "before"


# Skipping


def test_what_is_made_is_skipped_and_said(jobs: dict[str, Job]) -> None:
    """No worker starts, no file changes, and whoever listens hears of every report."""
    made = [jobs["844"], jobs["857"]]
    before = [_stamps(Path(job.target)) for job in made]
    heard: list[Outcome] = []
    outcomes = make_reports(made, 2, heard.append)
    assert [o.state for o in outcomes] == ["unchanged", "unchanged"] == [o.state for o in heard]
    assert [_stamps(Path(job.target)) for job in made] == before
    assert make_reports([], 2) == ()


@pytest.mark.parametrize("what", ["digest", "formats", "notebook", "target"])
def test_what_is_made_of_something_else_is_made_again(
    what: str, jobs: dict[str, Job], with_cell: Change
) -> None:
    """Other figures or another program, other formats, another notebook, a folder that went."""
    job = jobs["844"]
    if what == "target":
        shutil.rmtree(job.target)
    changed = {
        "digest": replace(job, digest=job.digest + "0"),
        "formats": replace(job, formats=("csv",)),
        "notebook": with_cell(job, "1;"),
        "target": job,
    }[what]
    assert make_report(changed).state == "done"
    names = {Path(name).suffix for name in _bytes(Path(job.target))}
    every = {".ipynb", ".html", ".pdf", ".xlsx", ".csv", ".json", ".zip"}
    assert names == (every if what in ("digest", "target") else {".ipynb", ".csv", ".json"})


# Whole or not at all


def test_a_break_before_the_renaming_leaves_the_old_report(
    jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is exported, the disk fails: the target is what it was, and nothing beside it."""
    job = replace(jobs["844"], digest="another")
    before, seen = _bytes(Path(job.target)), []

    def breaks(new: Path, target: Path) -> None:
        seen.extend(sorted(p.suffix for p in new.iterdir()))
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(report, "replace_folder", breaks)
        assert make_report(job).state == "failed"
    assert seen == [".csv", ".html", ".ipynb", ".json", ".pdf", ".xlsx", ".zip"]
    assert _bytes(Path(job.target)) == before
    _nothing_hidden(Path(job.target).parent)
    assert make_report(job).state == "done"


@pytest.mark.parametrize("at", ["exported", "figures_csv", "datapackage"])
def test_a_break_in_the_middle_leaves_the_old_report(
    at: str, jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also an interruption by the user: it is passed on, and nothing half made stays."""
    job = replace(jobs["844"], digest="another")
    before = _bytes(Path(job.target))

    def breaks(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(report, at, breaks)
    with pytest.raises(KeyboardInterrupt):
        make_report(job)
    assert _bytes(Path(job.target)) == before
    _nothing_hidden(Path(job.target).parent)


def test_what_a_killed_batch_left_aside_is_in_nobodys_way(jobs: dict[str, Job]) -> None:
    """A half-made folder of an earlier run is removed and none of its files is published."""
    job = replace(jobs["844"], digest="another", formats=("csv",))
    aside = report.aside_of(job)
    aside.mkdir()
    (aside / "half.html").write_text("half")
    assert make_report(job).state == "done"
    assert "half.html" not in _bytes(Path(job.target))
    _nothing_hidden(Path(job.target).parent)


# What is published


def test_the_published_notebook_holds_nothing_of_its_run(drafted: Path) -> None:
    """No papermill metadata, no time, no path, ids by number, only tags, every cell run."""
    paths = list((drafted / "draft").rglob("*.ipynb"))
    assert len(paths) == 2
    for path in paths:
        text = path.read_text(encoding="utf-8")
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        assert set(notebook.metadata) == {"kernelspec", "kuntakoonti", "language_info"}
        assert [c.id for c in notebook.cells] == [
            f"cell-{number:02d}" for number in range(len(notebook.cells))
        ]
        assert all(set(c.metadata) <= {"tags"} for c in notebook.cells)
        code = [c for c in notebook.cells if c.cell_type == "code"]
        assert [c.execution_count for c in code] == list(range(1, len(code) + 1))
        assert {o.output_type for c in code for o in c.outputs} == {"execute_result"}
        assert not re.search(r"papermill|\d\d:\d\d:\d\d|0x[0-9a-f]{6,}", text)
        for place in (drafted, PROJECT, Path(sys.prefix), Path.home()):
            assert str(place) not in text


def test_what_a_cell_prints_is_not_published(jobs: dict[str, Job], with_cell: Change) -> None:
    """A library's warning would hold a path, and would come in the first report only."""
    noisy = "import sys\nprint('printed')\nprint('warned', file=sys.stderr)\n'kept'"
    job = with_cell(jobs["204"], noisy)
    assert make_report(job).state == "done"
    (path,) = Path(job.target).glob("*.ipynb")
    cell = nbformat.read(path, as_version=4).cells[-2]
    assert [o.data["text/plain"] for o in cell.outputs] == ["'kept'"]


def test_a_report_is_the_same_bytes_in_another_output(
    jobs: dict[str, Job], tmp_path: Path, drafted: Path
) -> None:
    """Every file, also PDF and XLSX, made in another folder by another process."""
    other = Path(shutil.copytree(drafted, tmp_path / "elsewhere" / "a b ä"))
    shutil.rmtree(other / "draft")
    again = [_jobs(other)[code] for code in ("844", "857")]
    assert [o.state for o in make_reports(again, 1)] == ["done", "done"]
    for job in again:
        mine, first = _bytes(Path(job.target)), _bytes(Path(jobs[job.municipality].target))
        assert sorted(mine) == sorted(first) and len(mine) == 7
        assert [name for name in mine if mine[name] != first[name]] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Siilinjärvi", "Siilinjarvi"),
        ("Åland", "Aland"),
        ("Pedersören kunta", "Pedersoren-kunta"),
        ("../x", "x"),
        ("a/b\\c", "a-b-c"),
    ],
)
def test_file_names_are_ascii_and_stay_in_their_folder(name: str, expected: str) -> None:
    """Letters lose their marks; nothing in a name leads elsewhere."""
    assert ascii_name(name) == expected


def _jobs(output: Path) -> dict[str, Job]:
    place = OutputFolder(output)
    jobs = draft_jobs(place, open_release(place, RELEASE))
    return {job.municipality: job for job in jobs if job.municipality != "statement"}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def _nothing_hidden(folder: Path) -> None:
    """No folder that is being made or thrown away is left beside the reports."""
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []
