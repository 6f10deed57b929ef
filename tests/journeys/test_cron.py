"""The crontab of docs/runbook.md, run as cron runs it: no terminal, no environment, in `/`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from worlds.places import PROJECT
from worlds.two_members import TwoMembers, with_key

from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.release.lock import exclusive_lock

RECIPE = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8").split("## Ajastus\n")[1]
DATE = '#!/bin/sh\ncase "$*" in *"last month"*) echo 2025-08;; *) echo 2025-09-15;; esac\n'


@pytest.fixture
def place(two_members: TwoMembers, tmp_path: Path) -> Path:
    """A folder as in the recipe, where today is a day of the invented records."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    command = f'#!/bin/sh\nexec {sys.executable} -m kuntakoonti "$@"\n'
    for name, text in {".venv/bin/kuntakoonti": command, "date": DATE}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    for name in ("data", "parameters"):
        (tmp_path / name).symlink_to(two_members.folder / name)
    with_key(tmp_path / "outputs")
    return tmp_path


def test_the_recipe_drafts_the_last_month_and_mails_nothing(place: Path) -> None:
    """The log has a plain line a report; of the month before this one, as of today."""
    assert _cron(place) == ""
    log = (place / "kuntakoonti.log").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\[\d/4\] (.+): valmis$", log, re.MULTILINE)) == [
        "179 Jyväskylä", "500 Muurame", "Alueen yhteenveto", "Lausunto tietosuojavastaavalle",
    ]  # fmt: skip
    assert not re.search(r"[\r\x1b]|\d %", log)
    assert "Valmisteltu 2025-08, tilanne 2025-09-15" in log
    assert (place / "outputs" / "index.html").exists()


def test_the_recipe_mails_what_went_wrong(place: Path) -> None:
    """The end of the log, when another run holds the folder and when the records are not there."""
    with exclusive_lock(OutputFolder(place / "outputs")):
        assert "Toinen ajo tekee parhaillaan julkaisua" in _cron(place)
    (place / "data").unlink()
    mail = _cron(place)
    assert "service_periods" in mail and "Traceback" not in mail


def _cron(place: Path) -> str:
    """Run the recipe's line by cron's rules; what it would mail."""
    (line,) = re.findall(r"^    (?:[\d*]+ ){5}(.+)$", RECIPE, re.MULTILINE)
    line = line.replace("\\%", "%").replace("/srv/kuntakoonti", str(place))
    environment = {
        "HOME": "/",
        "LOGNAME": "cron",
        "SHELL": "/bin/sh",
        "PATH": f"{place}:/usr/bin:/bin",
    }
    ran = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return ran.stdout.decode()
