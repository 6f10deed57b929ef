"""A papermill engine that runs a notebook in a fork of this process.

``engine_name="forked"``. The parent has the libraries loaded already; the child is ipykernel's own
kernel with pipes for sockets, so nothing waits for a start and nothing listens on a port. State
cannot leak between notebooks: the child is gone afterwards, with every process that it started.
Where a process cannot fork, or the notebook wants another kernel, papermill's ordinary engine runs it.

The module is light to import, because papermill loads every engine when it starts.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.engines import NBClientEngine
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args

OWN_MANAGER = ("km", "kernel_manager_class")


class ForkedEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's ordinary engine and its options, only with a forked kernel."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the code cells up to the first that fails, which papermill raises afterwards.

        Raises DeadKernelError if the child died, and CellTimeoutError if a cell took too long.
        """
        if set(options) & set(OWN_MANAGER) or not is_own_kernel(kernel_name):
            return super().execute_managed_notebook(nb_man, kernel_name, **options)
        from kuntakoonti.runner.forked_kernel import ForkedClient, ForkedKernel

        words = ["--HistoryManager.hist_file=:memory:", *options.pop("extra_arguments", [])]
        folder = options.get("resources", {}).get("metadata", {}).get("path")
        with ForkedKernel(folder, words) as kernel:
            client = ForkedClient(nb_man, kernel, **_client_options(kernel_name, **options))
            try:
                return client.execute()
            except DeadKernelError:
                cause = _cause(kernel.end())
                raise DeadKernelError(f"the notebook's process died: {cause}") from None


def _client_options(kernel_name: str, **given: Any) -> dict[str, Any]:
    """Papermill's options by the names nbclient has for them, as papermill's own engine does."""
    kept = remove_args(
        ["input_path", "timeout", "execution_timeout", "start_timeout", "startup_timeout"], **given
    )
    renamed = {
        "timeout": given.get("execution_timeout") or given.get("timeout"),
        "startup_timeout": given.get("start_timeout", 60),
    }
    return merge_kwargs(kept, kernel_name=kernel_name, log=logger, **renamed)  # type: ignore[no-any-return]


def is_own_kernel(kernel_name: str) -> bool:
    """Whether a kernel of that name is this Python's ipykernel, with nothing added to it."""
    if not (hasattr(os, "fork") and hasattr(os, "memfd_create")):
        return False
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return False
    python, *words = spec.argv
    here = python in ("python", "python3", f"python3.{sys.version_info[1]}") or (
        Path(python).is_absolute() and Path(python) == Path(sys.executable)
    )
    plain = words[-4:] == ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return here and plain and not spec.env


def _cause(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"
