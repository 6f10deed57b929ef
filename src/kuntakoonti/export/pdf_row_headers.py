"""Headings of rows in a tagged PDF: typst tags only those of columns."""

import io
from collections.abc import Iterable, Iterator

import pikepdf

from kuntakoonti.core.markup import Element


def with_row_heads(pdf: bytes, of: Iterable[Element]) -> bytes:
    """The PDF of a page with these tables, its rows' first cells tagged where they are headings."""
    tables = [_row_heads(table) for table in of]
    if not any(map(any, tables)):
        return pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root.StructTreeRoot
        if "/IDTree" not in root:
            root.IDTree = pikepdf.NameTree.new(document).obj
        ids = pikepdf.NameTree(root.IDTree)
        tagged = [e for e in _structure(root) if e.S == "/Table"]
        for number, (table, heads) in enumerate(zip(tagged, tables, strict=True)):
            rows = [e for e in _structure(table) if e.S == "/TR"]
            below = rows[len(rows) - len(heads) :]  # a table's head is only tagged above a body
            for place, (row, has_head) in enumerate(zip(below, heads, strict=True)):
                if has_head:
                    _tag_row_head(row, f"row {number} {place}", ids)
        saved = io.BytesIO()
        together = pikepdf.ObjectStreamMode.generate  # 23 municipalities: a quarter of the size
        document.save(saved, deterministic_id=True, object_stream_mode=together)
    return saved.getvalue()


def _row_heads(table: Element) -> list[bool]:
    """Of every row below a table's head, whether it starts with a heading."""
    parts = (*table.find("tbody"), *table.find("tfoot"))
    rows = [row for part in parts for row in part.find("tr")]
    return [next((c.name == "th" for c in row.find("td", "th")), False) for row in rows]


def _tag_row_head(row: pikepdf.Object, name: str, ids: pikepdf.NameTree) -> None:
    """Make a row's first cell its heading, to which the others refer."""
    head, *others = (cell for cell in _structure(row) if cell.S in ("/TH", "/TD"))
    head.S = pikepdf.Name.TH
    head.ID = pikepdf.String(name)
    ids[name] = head
    _table_attributes(head).Scope = pikepdf.Name.Row
    for cell in others:
        attributes = _table_attributes(cell)
        attributes.Headers = pikepdf.Array([*attributes.get("/Headers", ()), pikepdf.String(name)])


def _table_attributes(cell: pikepdf.Object) -> pikepdf.Object:
    """The attributes of a cell as part of a table; a cell under no heading gets empty ones."""
    held = cell.get("/A", pikepdf.Array())
    attributes = list(held) if isinstance(held, pikepdf.Array) else [held]
    if not any(each.O == "/Table" for each in attributes):
        attributes.append(pikepdf.Dictionary(O=pikepdf.Name.Table))
    cell.A = pikepdf.Array(attributes)
    found: pikepdf.Object = next(each for each in cell.A if each.O == "/Table")
    return found


def _structure(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The structure elements below one, in reading order."""
    below = element.get("/K", pikepdf.Array())
    for child in below if isinstance(below, pikepdf.Array) else (below,):
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from _structure(child)
