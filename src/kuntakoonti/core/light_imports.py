"""Libraries imported without what a process of ours never uses of them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_iri_grammar() -> Iterator[None]:
    """Leave the check of IRIs out of jsonschema if it is imported here for the first time.

    nbformat imports jsonschema, whose grammar of IRIs takes two seconds of CPU to compile. A notebook
    holds none to check. Afterwards the grammar can be imported as before.
    """
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
