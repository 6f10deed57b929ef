"""The temporary folders of killed processes go with the next run; those of the living stay."""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kuntakoonti.core.files import TEMPORARY
from kuntakoonti.runner.leftovers import clear_leftovers


def _server(folder: Path) -> socket.socket:
    folder.mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "listener-x"))
    server.listen()
    return server


def test_only_what_nobody_uses_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = Path(tempfile.mkdtemp(prefix="k"))  # a socket's path has at most 107 characters
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)  # fmt: skip
    gone, here = int(ended.stdout), os.getpid()
    for name in (
        f"{TEMPORARY}{gone}-a",
        f"{TEMPORARY}{here}-b",
        "pymp-empty",
        "pymp-other",
        "tmpx",
    ):
        (short / name).mkdir()
    (short / "pymp-other" / "data").write_text("x", encoding="utf-8")
    _server(short / "pymp-dead").close()
    with _server(short / "pymp-live") as server:
        (short / "pymp-link").symlink_to(short / "pymp-dead")
        clear_leftovers()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):  # a fork server ends at a caller that says nothing
            server.accept()
    left = {path.name for path in short.iterdir()}
    assert left == {f"{TEMPORARY}{here}-b", "pymp-empty", "pymp-other", "pymp-live", "pymp-link", "tmpx"}  # fmt: skip
