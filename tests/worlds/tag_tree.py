"""The tag tree of a PDF, as a screen reader walks it."""

from collections.abc import Iterator

import pikepdf


def elements(node: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The structure elements below one, in reading order."""
    below = node.get("/K", pikepdf.Array())
    for child in below if isinstance(below, pikepdf.Array) else (below,):
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from elements(child)


def attribute(cell: pikepdf.Object, name: str) -> pikepdf.Object | None:
    """An attribute of a cell of a table."""
    return next((a.get(name) for a in cell.get("/A", []) if a.O == "/Table" and name in a), None)
