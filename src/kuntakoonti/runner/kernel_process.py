"""The child's side of a forked kernel: ipykernel's own kernel, whose sockets are pipes.

Shell, display hooks, comms, magics, history and start-up files are ipykernel's; only what carries the
messages is replaced. What is shown is on the pipe when the call that shows it returns, so that
nothing of it is lost when the process dies.
"""

import asyncio
import atexit
import faulthandler
import fcntl
import gc
import importlib
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import comm
import ipykernel.ipkernel
import ipykernel_launcher
import zmq
from ipykernel import iostream
from ipykernel.iostream import BackgroundSocket, IOPubThread
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session
from traitlets import Any as AnyTrait
from traitlets.config import SingletonConfigurable

from kuntakoonti.runner.frames import ERROR, KEY, MESSAGE, OUT, REPLY, Unpacker, packed

_CHUNK = 1 << 20
_kept: list[Any] = []  # the parent's streams: they hold text that is the parent's to write


@dataclass(frozen=True)
class Pipes:
    """The child's ends: requests to read, messages to write, and the streams' pipes, both ends."""

    requests: int
    answers: int
    caught: dict[bytes, int]
    streams: dict[bytes, int]


class Sender:
    """Writes whole messages to the parent, in the order of the calls, from any thread or fork.

    What programs and C code wrote to the file descriptors meanwhile goes first: ``caught`` are the
    reading ends of the pipes behind the descriptors 1 and 2.
    """

    def __init__(self, pipe: int, caught: dict[bytes, int]) -> None:
        self._pipe, self._caught = pipe, caught
        self._file = os.memfd_create("messages", os.MFD_CLOEXEC)
        self._lock = threading.RLock()
        os.register_at_fork(after_in_child=self._renew)

    def send(self, kind: bytes, parts: list[Any]) -> None:
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                for stream, descriptor in self._caught.items():
                    with suppress(BlockingIOError):
                        while text := os.read(descriptor, _CHUNK):
                            self._write(packed(stream, [text]))
                self._write(packed(kind, parts))
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._pipe, left) :]

    def _renew(self) -> None:
        self._lock = threading.RLock()


class Socket:
    """What ipykernel takes for a socket: messages go to the parent, and its requests come in."""

    def __init__(self, sender: Sender, kind: bytes, requests: int) -> None:
        self._sender, self._kind, self._requests = sender, kind, requests
        self._unpacker, self._tasks = Unpacker(), set[asyncio.Future[Any]]()

    def send_multipart(self, parts: list[Any], **_: Any) -> None:
        self._sender.send(self._kind, parts)

    def flush(self, *_: Any) -> None:
        """What is sent is on the pipe already."""

    def on_recv(self, callback: Callable[[list[Any]], Any], copy: bool = False) -> None:
        """Call back with every request; an empty one, or the end of the pipe, ends the event loop."""
        loop = asyncio.get_event_loop()

        def read() -> None:
            data = os.read(self._requests, _CHUNK)
            for _, parts in self._unpacker.feed(data):
                if not parts:
                    loop.stop()
                    return
                task = asyncio.ensure_future(callback([zmq.Frame(part) for part in parts]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if not data:
                loop.stop()

        loop.add_reader(self._requests, read)


class Published(IOPubThread):
    """ipykernel's publisher without its thread: what is published is sent by the caller."""

    io_loop: Any = None

    def __init__(self, socket: Socket, sender: Sender, session: Session) -> None:
        self.socket, self.sender, self.session = socket, sender, session
        self.thread = threading.Thread(name="IOPub")  # never started
        self.background_socket = BackgroundSocket(self)
        self._stopped, self._pipe_flag, self._master_pid = False, False, os.getpid()


class OutStream(iostream.OutStream):
    """ipykernel's stream without its buffer and its threads."""

    _DESCRIPTORS = {"stdout": (OUT, 1), "stderr": (ERROR, 2)}  # noqa: RUF012

    def __init__(self, session: Session, thread: Published, name: str, **options: Any) -> None:
        super().__init__(session, thread, name, **options | {"watchfd": False})  # type: ignore[no-untyped-call]
        self._kind, self._descriptor = self._DESCRIPTORS[name]

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        __tracebackhide__ = True
        if self.closed or self._hooks or not isinstance(text, str):
            super().write(text)
        elif not self._is_master_process():
            os.write(self._descriptor, _encoded(text))
        elif text:
            request = self.parent_header.get("msg_id", "")
            self.pub_thread.sender.send(self._kind, [request.encode(), _encoded(text)])
        return len(text)

    def _schedule_flush(self) -> None:
        self._flush()


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


class NoSubshells:
    """In the place of ipykernel's thread for subshells: there is none, so it is false."""

    def __init__(self) -> None:
        self.parent_thread = threading.current_thread()

    def __bool__(self) -> bool:
        return False


class Kernel(IPythonKernel):
    """ipykernel's kernel; its stream of requests is one of ours, and it has no subshells."""

    shell_stream = AnyTrait()
    _supports_kernel_subshells = False


class App(IPKernelApp):
    """Starts ipykernel's kernel without sockets, connection file and heartbeat."""

    def __init__(self, requests: int, sender: Sender, **traits: Any) -> None:
        super().__init__(session=Session(key=KEY), **traits)  # type: ignore[no-untyped-call]
        self.outstream_class = f"{__name__}.{OutStream.__name__}"
        self.log_level = logging.CRITICAL
        self.requests, self.sender = requests, sender

    def init_sockets(self) -> None:
        self.configure_tornado_logger()
        published = Socket(self.sender, MESSAGE, -1)
        self.iopub_thread = Published(published, self.sender, self.session)
        self.iopub_socket = self.iopub_thread.background_socket
        self.shell_socket = Socket(self.sender, REPLY, self.requests)

    def init_kernel(self) -> None:
        self.kernel = Kernel.instance(
            parent=self, session=self.session, shell_stream=self.shell_socket,
            iopub_thread=self.iopub_thread, iopub_socket=self.iopub_socket, log=self.log,
            profile_dir=self.profile_dir, user_ns=self.user_ns, shell_channel_thread=NoSubshells(),
        )  # fmt: skip
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count

    def init_connection_file(self) -> None: ...
    def init_poller(self) -> None: ...
    def init_heartbeat(self) -> None: ...
    def write_connection_file(self, **_: Any) -> None: ...
    def log_connection_info(self) -> None: ...


def live(parent: int, pipes: Pipes, words: list[str], folder: str | None) -> None:
    """The child's whole life; it exits without the parent's clean-up, after the notebook's own."""
    code = 1
    try:
        _part_from(parent)
        _forget_the_parents_shell()
        if folder:
            os.chdir(folder)
        _started(pipes, words).start()
        atexit._run_exitfuncs()
        code = 0
    finally:
        os._exit(code)


def _started(pipes: Pipes, words: list[str]) -> App:
    """The kernel, set up; from then on the descriptors 1 and 2 are the notebook's."""
    sys.argv = [ipykernel_launcher.__file__, "-f", "kernel.json", *words]
    try:
        app = App(pipes.requests, Sender(pipes.answers, pipes.caught))
        for kind in App._walk_mro():
            kind._instance = app  # type: ignore[assignment]
        app.initialize(words)
        _show_figures()
        _show_columns()
        return app
    finally:
        for place, end in enumerate(pipes.streams.values(), 1):
            os.dup2(end, place)
            os.close(end)


def _part_from(parent: int) -> None:
    """A group, signals, streams and clean-up of its own; and it does not outlive its parent."""
    os.setsid()
    with suppress(ImportError, AttributeError, OSError):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    null = os.open(os.devnull, os.O_RDWR)
    for place in (0, 1, 2):
        os.dup2(null, place)
    _kept.extend([sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__])
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", closefd=False)  # type: ignore[misc]
    sys.displayhook, sys.excepthook = sys.__displayhook__, sys.__excepthook__
    faulthandler.disable()
    atexit._clear()
    threading.excepthook, sys.unraisablehook = threading.__excepthook__, sys.__unraisablehook__
    importlib.reload(warnings)  # where this process records them, they would not be shown
    logging.root.handlers.clear()
    logging.root.setLevel(logging.WARNING)
    gc.freeze()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def _forget_the_parents_shell() -> None:
    """An event loop of its own, and no shell: the parent may be a kernel or a terminal of IPython."""
    asyncio._set_running_loop(None)
    asyncio.set_event_loop(asyncio.new_event_loop())
    ipykernel.ipkernel._comm_manager = None
    waiting = [SingletonConfigurable]
    while waiting:
        kind = waiting.pop()
        kind._instance = None
        waiting.extend(kind.__subclasses__())
    comm._comm_manager = None


def _show_figures() -> None:
    """Figures of pyplot appear below their cell, also if matplotlib was loaded before the shell."""
    backend = os.environ["MPLBACKEND"]
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = backend
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].switch_backend(backend)
    if "matplotlib_inline.backend_inline" in sys.modules:
        sys.modules["matplotlib_inline.backend_inline"]._enable_matplotlib_integration()


def _show_columns() -> None:
    """pandas, loaded before the shell, took the process for a terminal and shows fewer columns."""
    if "pandas" in sys.modules and sys.modules["pandas"].get_option("display.max_columns") == 0:
        sys.modules["pandas"].set_option("display.max_columns", 20)
