"""The built wheel does what the checkout does, in a fresh virtual environment and an empty folder."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from worlds.places import PROJECT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a wheel that was built and installed; its dependencies are this environment's."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = place.glob("*.whl")
    venv = place / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(list(map(str, install)), check=True)
    here, there = (
        sysconfig.get_paths()["purelib"],
        "import sysconfig; print(sysconfig.get_paths()['purelib'])",
    )
    purelib = subprocess.run([python, "-c", there], check=True, capture_output=True, text=True)
    (Path(purelib.stdout.strip()) / "dependencies.pth").write_text(here, encoding="utf-8")
    return venv / "bin" / "kuntakoonti"


def run(program: Path, folder: Path, *words: str) -> str:
    """Run a command in a folder and return what it says; it must succeed."""
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("KUNTAKOONTI_", "PYTHONPATH"))
    }
    clean["JUPYTER_PATH"] = str(Path(sys.prefix) / "share" / "jupyter")  # of the dependencies
    command = [str(program), *words]
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def fill_in(path: Path) -> None:
    """What the person in the area writes into the empty places."""
    text = path.read_text(encoding="utf-8")
    text = text.replace('sender: {fi: ""', 'sender: {fi: "Kaupunki · Työllisyysalue"')
    text = text.replace('contact: {fi: ""', 'contact: {fi: "controller, kirjaamon kautta"')
    path.write_text(text.replace("case_number:\n", 'case_number: "12/00.04.01/2025"\n'), "utf-8")


def test_a_month_is_made_and_approved_from_the_wheel(program: Path, tmp_path: Path) -> None:
    """Another area's parameters, invented data, a month, its approval: nothing of the checkout."""
    run(program, tmp_path, "new-area", "07", "parameters-07")
    fill_in(tmp_path / "parameters-07" / "area.yml")
    run(program, tmp_path, "example-data", "data", "--area", "07")
    month = ("month", "2025-08", "--as-of", "2025-09-15", "--data", "data")
    run(program, tmp_path, *month, "--parameters", "parameters-07", "--municipality", "710")
    run(program, tmp_path, "approve", "2025-08", "--by", "controller")
    made = {p.name for p in (tmp_path / "outputs" / "2025-08").glob("710-*/*")}
    wanted = {f"710-Raasepori-koontitiedot-2025-08.{kind}" for kind in ("html", "pdf", "xlsx")}
    assert wanted <= made


def test_without_options_the_wheel_takes_its_own_parameters(program: Path, tmp_path: Path) -> None:
    """Kuopio's parameters are packed; data and outputs are of the folder where one stands."""
    run(program, tmp_path, "example-data", "data/example")
    assert "297" in run(program, tmp_path, "month", "2025-08", "--as-of", "2025-09-15",
                        "--data", "data/example", "--municipality", "297", "--format", "html")  # fmt: skip
    assert (tmp_path / "outputs" / "draft" / "2025-08" / "297-Kuopio").is_dir()
