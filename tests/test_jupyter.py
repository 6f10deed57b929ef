"""The notebooks in a real JupyterLab server give what the batch gave."""

import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
import websocket

PROJECT = Path(__file__).parents[1]
SECONDS = 60
CODE = "857"
NAME = "857-Tuusniemi"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab server over the project, reached as a browser reaches it."""

    url: str
    token: str
    output: Path

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the server's REST interface."""
        request = urllib.request.Request(
            f"{self.url}api/{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def sources(self, path: str) -> list[str]:
        """The code cells of a notebook as the server hands them to the browser."""
        cells = self.api("GET", f"contents/{path}")["content"]["cells"]
        return [cell["source"] for cell in cells if cell["cell_type"] == "code"]

    @contextmanager
    def kernel(self, path: str) -> Iterator["Kernel"]:
        """A session with a kernel for a notebook, ended afterwards."""
        wanted = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        session = self.api("POST", "sessions", wanted)
        address = f"{self.url}api/kernels/{session['kernel']['id']}/channels"
        try:
            channel = websocket.create_connection(
                address.replace("http", "ws", 1),
                header=[f"Authorization: token {self.token}"],
                timeout=SECONDS,
            )
            with suppress_closing(channel):
                yield Kernel(channel)
        finally:
            self.api("DELETE", f"sessions/{session['id']}")


@contextmanager
def suppress_closing(channel: Any) -> Iterator[None]:
    """Close a channel whatever happened to it."""
    try:
        yield
    finally:
        with suppress(Exception):
            channel.close()


@dataclass(frozen=True)
class Kernel:
    """A kernel's channels; one cell at a time."""

    channel: Any

    def run(self, source: str) -> list[dict[str, Any]]:
        """Run one cell and return what it shows; an error fails the test."""
        header = {
            "msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "test",
            "username": "test", "version": "5.3", "date": "2025-09-15T00:00:00Z",
        }  # fmt: skip
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
        self.channel.send(json.dumps({
            "header": header, "parent_header": {}, "metadata": {}, "content": content,
            "channel": "shell", "buffers": [],
        }))  # fmt: skip
        shown: list[dict[str, Any]] = []
        for message in self._answers(header["msg_id"]):
            kind, content = message["msg_type"], message["content"]
            assert kind != "error", f"{content['ename']}: {content['evalue']}"
            if kind in ("display_data", "execute_result", "stream"):
                shown.append(content)
        return shown

    def run_all(self, sources: list[str]) -> list[dict[str, Any]]:
        """Run the cells one after another, as "Run All Cells" does."""
        return [output for source in sources for output in self.run(source)]

    def text(self, expression: str) -> str:
        """A text that the session has."""
        (stream,) = self.run(f"print({expression}, end='')")
        return str(stream["text"])

    def _answers(self, asked: str) -> Iterator[dict[str, Any]]:
        """The answers to a request until the kernel is idle and has replied."""
        wanted = {"idle", "reply"}
        while wanted:
            message = json.loads(self.channel.recv())
            if message["parent_header"].get("msg_id") != asked:
                continue
            yield message
            if message["msg_type"] == "execute_reply":
                wanted.discard("reply")
            if message["content"].get("execution_state") == "idle":
                wanted.discard("idle")


@pytest.fixture(scope="module")
def lab(_drafted: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with folders of its own and a copy of a batch's OUTPUT."""
    _need_loopback()
    home = tmp_path_factory.mktemp("lab")
    output = Path(shutil.copytree(_drafted, home / "outputs"))
    folders = {n: home / n for n in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR",
                                     "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}  # fmt: skip
    for folder in folders.values():
        folder.mkdir()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
                f"--ServerApp.root_dir={PROJECT}",
                f"--ServerApp.port={_free_port()}",
                "--ServerApp.ip=127.0.0.1",
                "--IdentityProvider.token=only-for-this-test",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdates",
            ],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")},
                **{name: str(folder) for name, folder in folders.items()},
                "KUNTAKOONTI_OUTPUT": str(output),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        url = _address(process, folders["JUPYTER_RUNTIME_DIR"], home / "log")
        yield Lab(url, "only-for-this-test", output)
    finally:
        _end(process)


def test_an_annex_run_in_jupyterlab_is_the_batchs(lab: Lab, _drafted: Path) -> None:
    """Another municipality in the parameters cell, run all: frames and pages are the batch's."""
    made = _drafted / "draft" / "2025-08" / NAME / f"{NAME}-koontitiedot-2025-08"
    sources = lab.sources("notebooks/monthly_annex.ipynb")
    assert 'municipality = "297"' in sources[0]
    sources[0] = sources[0].replace('municipality = "297"', f'municipality = "{CODE}"')
    with lab.kernel("notebooks/monthly_annex.ipynb") as kernel:
        shown = kernel.run_all(sources)
        frames = kernel.text(
            "counts.to_csv(index=False) + advances.to_csv(index=False, header=False)"
            " + adjustment.to_csv(index=False, header=False)"
        )
        numbers = kernel.text("counts['value'].dtype, advances['value'].dtype")
    batch = nbformat.read(made.with_suffix(".ipynb"), as_version=4)
    outputs = [o for c in batch.cells for o in c.get("outputs", [])]
    assert [o["data"] for o in shown] == [dict(o["data"]) for o in outputs]
    assert sum("text/html" in o["data"] for o in shown) == 8
    assert numbers == "Int64 Int64"
    with made.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["municipality"] for row in rows} == {CODE}
    in_batch = [[v for k, v in row.items() if k not in ("release", "municipality")] for row in rows]
    in_lab = list(csv.reader(StringIO(frames)))[1:]
    assert sorted(in_lab) == sorted(in_batch) and len(in_lab) > 20


def test_a_preparation_run_in_jupyterlab_is_the_batchs(
    lab: Lab, _drafted: Path, tmp_path: Path
) -> None:
    """prepare_area.ipynb, run all over a copy of OUTPUT, hands over the same figures."""
    output = Path(shutil.copytree(_drafted, tmp_path / "outputs"))
    shutil.rmtree(output / "protected")
    with lab.kernel("notebooks/prepare_area.ipynb") as kernel:
        kernel.run(f"import os\nos.environ['KUNTAKOONTI_OUTPUT'] = {str(output)!r}")
        shown = kernel.run_all(lab.sources("notebooks/prepare_area.ipynb"))
    assert sum("text/html" in o.get("data", {}) for o in shown) == 6
    in_lab, in_batch = _handover(output), _handover(_drafted)
    assert len(in_lab) >= 14 and in_lab == in_batch


def _handover(output: Path) -> dict[str, Any]:
    """Every file of a handover; which program made it is not a figure."""
    files = sorted((output / "protected" / "2025-08").glob("*.json"))
    found = {p.name: json.loads(p.read_text(encoding="utf-8")) for p in files}
    found["manifest.json"].pop("program")
    found.pop("statement.json", None)  # the batch adds what its attack found
    found["manifest.json"]["files"].pop("statement.json", None)
    return found


def _need_loopback() -> None:
    try:
        _free_port()
    except OSError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no loopback port can be bound here: {error.strerror}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _address(process: "subprocess.Popen[bytes]", runtime: Path, log: Path) -> str:
    """The address the server says it answers at."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            with suppress(OSError, ValueError):
                url = str(json.loads(file.read_text())["url"])
                with urllib.request.urlopen(f"{url}api", timeout=5):
                    return url
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the server, and its group if it does not obey."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
