"""A real JupyterLab server on copies of the notebooks, for the tests that use it as an analyst does."""

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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import websocket
from worlds.places import PROJECT

SECONDS = 60
TOKEN = "only-for-this-test"
# Every cell is in the page, not only those in view, and nothing asks the network for news.
LAB_SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


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
    def kernel(self, path: str) -> Iterator[Kernel]:
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
            try:
                yield Kernel(channel)
            finally:
                with suppress(Exception):
                    channel.close()
        finally:
            self.api("DELETE", f"sessions/{session['id']}")


@contextmanager
def jupyterlab(drafted: Path, home: Path) -> Iterator[Lab]:
    """JupyterLab with folders of its own, on copies of the notebooks and of a batch's OUTPUT."""
    port = free_port()
    output = Path(shutil.copytree(drafted, home / "outputs"))
    desk = home / "desk"
    shutil.copytree(PROJECT / "notebooks", desk / "notebooks")
    (desk / "data").symlink_to(PROJECT / "data")
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
        f"--ServerApp.root_dir={desk}",
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdates",
    ]
    with server(command, home, {"KUNTAKOONTI_OUTPUT": str(output)}) as url:
        yield Lab(url, TOKEN, output)


@contextmanager
def server(command: Sequence[str], home: Path, more: Mapping[str, str] = {}) -> Iterator[str]:
    """A command that starts JupyterLab, in the project's folder; yields the server's address."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    runtime = home / "JUPYTER_RUNTIME_DIR"
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            list(command),
            cwd=PROJECT,
            env={**environment, **_own_folders(home), **more},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield _address(process, runtime, home / "log")
    finally:
        _end(process)


def free_port() -> int:
    """A free port of the loopback; the test is skipped where none can be bound, under CI it fails."""
    try:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            return int(found.getsockname()[1])
    except OSError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no loopback port can be bound here: {error.strerror}")


def _own_folders(home: Path) -> dict[str, str]:
    """Folders that Jupyter writes to, all below ``home``, and the settings of the page."""
    names = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
             "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")  # fmt: skip
    for name in names:
        (home / name).mkdir(exist_ok=True)
    for name, value in LAB_SETTINGS.items():
        file = home / "JUPYTERLAB_SETTINGS_DIR" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value), encoding="utf-8")
    return {name: str(home / name) for name in names}


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
    """End the server and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
