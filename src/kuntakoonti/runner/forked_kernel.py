"""The parent's side of a forked kernel: what nbclient asks of a kernel, answered over pipes."""

import asyncio
import codecs
import fcntl
import os
import signal
import threading
from contextlib import suppress
from queue import Empty
from time import monotonic
from typing import Any, ClassVar

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.session import Session
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient

from kuntakoonti.runner.frames import KEY, REPLY, STREAMS, Unpacker, packed

_CHUNK = 1 << 20
_TOGETHER = 0.2  # seconds for which text on a stream is gathered, as ipykernel gathers it
_CAUGHT = 0.05  # seconds between looks at the file descriptors: the child looks oftener
_GRACE = 5.0  # seconds a notebook has for its own clean-up


class ForkedKernel:
    """A kernel in a fork of this process; leaving the block ends it, and what it started.

    ``words`` are options of ipykernel's command line, ``folder`` is where it runs.
    """

    has_kernel = True
    _forking = threading.Lock()  # so that no child gets the child's ends of another's pipes
    _open: ClassVar[set[int]] = set()  # this process's ends, which no child keeps

    def __init__(self, folder: str | None, words: list[str]) -> None:
        self.folder, self.words = folder, words
        self.pid, self._status = 0, 0
        self.talks: PipeClient | None = None

    def __enter__(self) -> "ForkedKernel":
        from kuntakoonti.runner.kernel_process import Pipes, live

        parent = os.getpid()
        with self._forking:
            (asked, self.requests), (self.answers, answer) = os.pipe(), os.pipe()
            ends = {kind: os.pipe() for kind in STREAMS}
            self.caught = {kind: end for kind, (end, _) in ends.items()}
            theirs = {kind: end for kind, (_, end) in ends.items()}
            self._open.update((self.requests, self.answers))
            for end in (self.answers, *self.caught.values()):
                _widen(end)
            self.pid = os.fork()
            if self.pid == 0:
                self._forking.release()
                self._close(self._open)
                live(parent, Pipes(asked, answer, self.caught, theirs), self.words, self.folder)
            self._close({asked, answer, *theirs.values()})
            self._open.update(self.caught.values())
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        with self._forking:
            self._close({self.requests, self.answers, *self.caught.values()})

    @classmethod
    def _close(cls, ends: set[int]) -> None:
        for end in tuple(ends):
            os.close(end)
        cls._open -= ends

    def client(self) -> "PipeClient":
        self.talks = PipeClient(self)
        return self.talks

    def is_alive(self) -> bool:
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self.pid > 0 and os.waitid(os.P_PID, self.pid, how) is None

    def interrupt_kernel(self) -> None:
        if self.is_alive():  # without the child, 0 would be this process's own group
            os.kill(self.pid, signal.SIGINT)

    async def shutdown_kernel(self, now: bool = False) -> None:
        """Let an idle notebook clean up behind itself; a busy one is killed."""
        if not now and self.talks and self.talks.idle:
            await self.talks.finish()
        self.end()

    def cleanup_resources(self, restart: bool = False) -> None:
        """There are none but the pipes."""

    def end(self) -> int:
        """Kill what is left of the child and its group, and wait; the status with which it ended."""
        if self.pid:
            for kill in (os.killpg, os.kill):
                with suppress(ProcessLookupError, PermissionError):
                    kill(self.pid, signal.SIGKILL)
            self._status = os.waitpid(self.pid, 0)[1]
            self.pid = 0
        return self._status


def _widen(end: int) -> None:
    """Let a pipe hold more, where the system allows it, and its reader not wait."""
    os.set_blocking(end, False)
    with suppress(OSError):
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _CHUNK)


class Channel:
    """One of nbclient's channels: a queue that the client fills."""

    def __init__(self, client: "PipeClient") -> None:
        self.client = client
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def is_alive(self) -> bool:
        return not self.client.ended.is_set()

    def send(self, message: dict[str, Any]) -> None:
        self.client.send(message)

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """The next message; Empty if none came within ``timeout`` seconds."""
        if not self.queue.empty():
            return self.queue.get_nowait()
        try:
            return await asyncio.wait_for(self.queue.get(), timeout)
        except TimeoutError:
            raise Empty from None


class PipeClient(AsyncKernelClient):
    """jupyter_client's client with pipes for its channels; text on a stream is gathered."""

    def __init__(self, kernel: ForkedKernel) -> None:
        super().__init__(session=Session(key=KEY))
        self.kernel, self.ended, self.idle = kernel, asyncio.Event(), True
        self._shell_channel = self._control_channel = Channel(self)
        self._iopub_channel, self._stdin_channel = Channel(self), Channel(self)
        self._unpacker, self._request = Unpacker(), ""
        self._decoders = {k: codecs.getincrementaldecoder("utf-8")("replace") for k in STREAMS}
        self._text: list[str] = []
        self._written: tuple[str, str] = ("", "")  # the stream and the request of that text
        self._timer: asyncio.TimerHandle | None = None

    def start_channels(self, *_: Any, **__: Any) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.kernel.answers, self._read)
        for end in self.kernel.caught.values():
            self._loop.add_reader(end, self._wait_for_caught, end)

    def stop_channels(self) -> None:
        for end in (self.kernel.answers, *self.kernel.caught.values()):
            self._loop.remove_reader(end)
        self.ended.set()
        if self._timer:
            self._timer.cancel()

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers, so that no cell's time is its start; DeadKernelError if it died."""
        self.kernel_info()
        until = monotonic() + (timeout or float("inf"))
        while monotonic() < until:
            with suppress(Empty):
                await self.shell_channel.get_msg(timeout=0.2)
                return
            if self.ended.is_set() or not self.kernel.is_alive():
                raise DeadKernelError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def is_alive(self) -> bool:
        return self.kernel.is_alive()

    def send(self, message: dict[str, Any]) -> None:
        """Send a request; what the file descriptors show from now on is of the last one."""
        if message["header"]["msg_type"] == "execute_request":
            self._request, self.idle = message["header"]["msg_id"], False
        self._write(packed(REPLY, self.session.serialize(message)))

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        with suppress(BrokenPipeError):
            while left:
                left = left[os.write(self.kernel.requests, left) :]

    async def finish(self) -> None:
        """Ask the kernel to end, and give it time for it."""
        self._write(packed(REPLY, []))
        until = monotonic() + _GRACE
        while self.kernel.is_alive() and not self.ended.is_set() and monotonic() < until:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), 0.2)

    def take_all(self) -> list[dict[str, Any]]:
        """What was published and nobody has asked for yet, to the last byte."""
        self._read()
        self._take_caught()
        self._flush()
        queue = self.iopub_channel.queue
        return [queue.get_nowait() for _ in range(queue.qsize())]

    def _read(self) -> None:
        with suppress(BlockingIOError):
            while data := os.read(self.kernel.answers, _CHUNK):
                for kind, parts in self._unpacker.feed(data):
                    self._deliver(kind, parts)
            self._loop.remove_reader(self.kernel.answers)
            self._take_caught()
            self._flush()
            self.ended.set()

    def _wait_for_caught(self, end: int) -> None:
        self._loop.remove_reader(end)
        self._loop.call_later(_CAUGHT, self._look_again, end)

    def _look_again(self, end: int) -> None:
        if not self.ended.is_set():
            self._read()
            self._take_caught()
            self._loop.add_reader(end, self._wait_for_caught, end)

    def _take_caught(self) -> None:
        for kind, end in self.kernel.caught.items():
            with suppress(BlockingIOError):
                while data := os.read(end, _CHUNK):
                    self._deliver(kind, [data])

    def _deliver(self, kind: bytes, parts: list[bytes]) -> None:
        if kind in STREAMS:
            *request, text = parts
            by = request[0].decode() if request else self._request
            self._gather(STREAMS[kind], by, self._decoders[kind].decode(text))
            return
        self._flush()
        message = self.session.deserialize(self.session.feed_identities(parts)[1])
        channel = self.shell_channel if kind == REPLY else self.iopub_channel
        self.idle = self.idle or kind == REPLY
        channel.queue.put_nowait(message)

    def _gather(self, name: str, request: str, text: str) -> None:
        if self._written != (name, request):
            self._flush()
        self._written = (name, request)
        self._text.append(text)
        if self._timer is None:
            self._timer = self._loop.call_later(_TOGETHER, self._flush)

    def _flush(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._text:
            name, request = self._written
            content = {"name": name, "text": "".join(self._text)}
            message = self.session.msg("stream", content)
            self.iopub_channel.queue.put_nowait(message | {"parent_header": {"msg_id": request}})
            self._text = []


class ForkedClient(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's client over a forked kernel; what a cell showed before a death is kept."""

    def __init__(self, nb_man: Any, kernel: ForkedKernel, **options: Any) -> None:
        super().__init__(nb_man, **options)
        self.kernel = kernel
        self.owners: dict[str, tuple[Any, int]] = {}  # the cell of each request
        self.polling: asyncio.Task[Any] | None = None  # what waits for the cell's outputs

    def create_kernel_manager(self) -> ForkedKernel:
        self.km = self.kernel
        return self.kernel

    async def async_execute_cell(self, cell: Any, cell_index: int, *args: Any, **more: Any) -> Any:
        try:
            return await super().async_execute_cell(cell, cell_index, *args, **more)
        except (CellTimeoutError, DeadKernelError):
            if self.polling:
                self.polling.cancel()
            for message in self.kc.take_all():
                self._process(message)
            raise

    execute_cell = run_sync(async_execute_cell)

    async def _async_poll_output_msg(self, request: str, cell: Any, cell_index: int) -> None:
        """nbclient drops what an earlier cell shows late; here it is shown in its cell."""
        self.owners[request], self.polling = (cell, cell_index), asyncio.current_task()
        while True:
            message = await self.kc.iopub_channel.get_msg()
            if self._process(message) and message["parent_header"]["msg_id"] == request:
                return

    def _process(self, message: dict[str, Any]) -> bool:
        """Give a message to the cell whose it is; whether it says that the cell has ended."""
        owner = self.owners.get(message["parent_header"].get("msg_id"))
        try:
            if owner:
                self.process_message(message, *owner)
        except CellExecutionComplete:
            return True
        return False

    async def _async_poll_kernel_alive(self) -> None:
        """nbclient looks once a second; here the end of the pipe tells at once as well."""
        while self.kernel.is_alive() and not self.kc.ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.kc.ended.wait(), 1)
        self.task_poll_for_reply.cancel()

    def output(self, outs: list[Any], *args: Any) -> Any:
        """Text that follows on the same stream is one output, however slowly it came."""
        out = super().output(outs, *args)
        if out and out.output_type == "stream" and len(outs) > 1:
            before = outs[-2]
            if (before.output_type, before.get("name")) == ("stream", out.name):
                before["text"] += out.text
                outs.pop()
        return out
