"""HTML as a notebook cell shows it."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Html:
    """A fragment for a cell's output; Jupyter shows it, the exporters set it."""

    text: str

    def _repr_html_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "<Html>"


def element(tag: str, content: str, scope: str = "", class_: str = "") -> str:
    """One element; ``content`` is HTML already."""
    attributes = f' scope="{escape(scope)}"' if scope else ""
    attributes += f' class="{escape(class_)}"' if class_ else ""
    return f"<{tag}{attributes}>{content}</{tag}>"


def listing(title: str, items: list[str], css: str = "") -> Html:
    """A heading and a list of plain sentences; ``note``: in small print."""
    listed = "".join(element("li", escape(item)) for item in items)
    return Html(element("h2", escape(title)) + element("ul", listed, class_=css))


def table(caption: str, head: str, body: list[str], total: str = "", css: str = "figures") -> str:
    """A table from rows of HTML; the caption is plain text."""
    foot = element("tfoot", total) if total else ""
    inner = (
        element("caption", escape(caption))
        + element("thead", head)
        + element("tbody", "".join(body))
    )
    return element("table", inner + foot, class_=css)


def row(cells: list[str], css: str = "") -> str:
    return element("tr", "".join(cells), class_=css)
