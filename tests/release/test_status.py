"""How far everything is: `status` and the index say what is done, failed and out of date."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from worlds.places import EXAMPLE
from worlds.releases import run_month

from kuntakoonti.cli.main import main
from kuntakoonti.core.errors import KuntakoontiError
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.index import write_index
from kuntakoonti.release.jobs import draft_jobs, open_release, open_releases
from kuntakoonti.release.lists import write_outcomes
from kuntakoonti.runner.job import Job, failure

RELEASE = "2025-08"
TWO = ("--municipality", "844", "--municipality", "857")
HEAVY = (
    "papermill", "nbformat", "nbconvert", "jsonschema", "pandas", "numpy", "duckdb", "pyarrow",
    "scipy", "openpyxl", "matplotlib", "IPython", "distributed", "typst", "pikepdf",
)  # fmt: skip


def row(page: str, name: str) -> str:
    """A page's line of the newest release in the index, below the table of signs."""
    return (
        page.split("<details open>")[1].split(f'<th scope="row">{name}</th>')[1].split("</tr>")[0]
    )


def said(output: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit code of `status`, its lines, and the index."""
    capsys.readouterr()
    code = main(["status", "--output", str(output)])
    return code, capsys.readouterr().out, (output / "index.html").read_text(encoding="utf-8")


def test_what_is_made_is_a_draft_with_its_links(
    drafted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0; a page that nobody asked for is said not to be made."""
    code, lines, page = said(drafted, capsys)
    assert code == 0 and "VANHENTUNUT" not in lines and "EPÄONNISTUI" not in lines
    assert "2025-08  luonnos  tilanne 2025-09-15\n" in lines
    line = row(page, "844 Tervo")
    assert "<td>luonnos</td>" in line and ".pdf" in line and ".xlsx" in line
    assert "ei tehty" in row(page, "297 Kuopio")


def test_what_failed_is_said_with_its_reason_and_its_log(
    drafted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In `status`, with exit code 1, and in the index; the next run makes it, and nothing is said."""
    (job,) = [j for j in _jobs(drafted) if j.municipality == "857"]
    log = KuntakoontiError("See restricted/log/{log}.", log="2025-08-857.log")
    why = KuntakoontiError("The page stopped at the error {error}.", error="ValueError")
    write_outcomes(OutputFolder(drafted), RELEASE, [failure(job, why, log)])
    reason = "Sivun teko pysähtyi virheeseen ValueError. Katso restricted/log/2025-08-857.log."
    assert main(["status", "--output", str(drafted)]) == 1
    assert f"2025-08  EPÄONNISTUI 857 Tuusniemi: {reason}" in capsys.readouterr().out
    Path(job.mark).write_text("", encoding="utf-8")
    assert run_month(RELEASE, "2025-09-15", drafted, *TWO) == 0
    code, lines, page = said(drafted, capsys)
    assert code == 0 and "EPÄONNISTUI" not in lines and ">epäonnistui" not in page


def test_pages_of_an_earlier_preparation_are_out_of_date(
    drafted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Newer records, and one page made again: the other one is named, until it is made as well."""
    assert run_month(RELEASE, "2025-10-01", drafted, "--municipality", "844") == 0
    code, lines, page = said(drafted, capsys)
    assert code == 0 and "2025-08  VANHENTUNUT 857 Tuusniemi: tee se uudelleen" in lines
    assert lines.count("VANHENTUNUT") == 1
    assert "luonnos, vanhentunut: tee se uudelleen" in row(page, "857 Tuusniemi")
    assert "vanhentunut" not in row(page, "844 Tervo")
    assert run_month(RELEASE, "2025-10-01", drafted, *TWO) == 0
    assert "VANHENTUNUT" not in said(drafted, capsys)[1]


def test_a_draft_of_before_an_approval_is_out_of_date_as_a_whole(
    released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """September was drafted, then August's archive grew: it is said above its pages."""
    assert run_month("2025-09", "2025-10-15", released, "--municipality", "844") == 0
    path = released / "protected" / "2025-09" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | {"archive_head": "0" * 64}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert run_month("2025-08", "2025-09-15", released) == 0
    code, lines, page = said(released, capsys)
    assert code == 0
    assert "2025-09  luonnos  tilanne 2025-10-15, vanhentunut: tee uudelleen" in lines
    assert "luonnos, vanhentunut: tee se uudelleen." in page


# What a command costs that has nothing to do


@pytest.mark.parametrize("state", ["drafted", "released"])
def test_an_unchanged_run_loads_no_library_of_a_report(
    state: str, request: pytest.FixtureRequest
) -> None:
    """Nor does `status`: what it costs is measured by ``benchmarks/startup.py``."""
    output = request.getfixturevalue(state)
    month = [
        "month",
        RELEASE,
        "--as-of",
        "2025-09-15",
        "--data",
        str(EXAMPLE),
        "--output",
        str(output),
    ]
    month += TWO if state == "drafted" else ()
    approve = ["approve", RELEASE, "--by", "controller", "--output", str(output)]
    status = ["status", "--output", str(output)]
    for words in (month, status, *([approve] if state == "released" else [])):
        assert _alone(words) == (0, ""), words


def test_help_loads_nothing() -> None:
    """Nothing heavy stands between the analyst and the help."""
    assert _alone(["--help"]) == (0, "")


def _alone(words: list[str]) -> tuple[int, str]:
    """Run a command in a process: exit code, the heavy libraries it loaded."""
    program = (
        "import atexit, sys\nfrom kuntakoonti.cli.main import main\n"
        f"atexit.register(lambda: print('\\n' + ' '.join(set({HEAVY!r}) & set(sys.modules))))\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()[-1]


def _jobs(folder: Path) -> list[Job]:
    output = OutputFolder(folder)
    return draft_jobs(output, open_release(output, RELEASE))


def test_the_desk_says_where_recording_has_stalled(drafted: Path) -> None:
    """From the preparation's table of what was recorded lately: place, day, rows beside the usual."""
    place, title = OutputFolder(drafted), "Kirjaus katkolla"
    assert title not in place.desk.read_text(encoding="utf-8")
    with place.recording(RELEASE).open("a", encoding="utf-8") as file:
        file.write("costs,palkkatuki,844,2025-07-31,0,12,2025-08-01\n")
    write_index(place, open_releases(place), "")
    block = place.desk.read_text(encoding="utf-8").split(title)[1].split("</section>")[0]
    assert [text in block for text in ("844 Tervo", "1.8.2025", "0 / 12")] == [True] * 3
