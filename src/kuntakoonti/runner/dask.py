"""The workers of a Dask scheduler as an executor; needs the extra ``dask``."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from kuntakoonti.core.errors import UsageError, message

SECONDS_TO_ANSWER = 15
_NOBODY = message(
    "--dask {address}: there are no workers. Start some: dask worker {address} --nthreads 1 "
    "--nworkers 4."
)
_THREADS = message(
    "--dask {address}: a worker there has several threads. Start the workers again: dask worker "
    "{address} --nthreads 1 --nworkers 4."
)


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """An executor over the scheduler at ``address`` (``tcp://host:8786``), for as long as the block.

    UsageError if Dask is not installed, nobody answers, or a worker has more than one thread: a
    report changes its process's environment, so a worker makes one at a time.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--dask: first install Dask with pip install distributed, then run again."
        ) from None
    try:
        client = Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, TimeoutError, ValueError):
        raise UsageError(
            "--dask {address}: no Dask answers at this address. Start dask scheduler and write "
            "its address, for example tcp://server:8786.",
            address=address,
        ) from None
    with client:
        threads = list(client.nthreads().values())
        if not threads or max(threads) > 1:
            raise UsageError(_THREADS if threads else _NOBODY, address=address)
        yield client.get_executor(pure=False)
