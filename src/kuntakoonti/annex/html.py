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
        return "<osa liitettä>"


def element(tag: str, content: str, scope: str = "", class_: str = "") -> str:
    """One element; ``content`` is HTML already."""
    attributes = f' scope="{escape(scope)}"' if scope else ""
    attributes += f' class="{escape(class_)}"' if class_ else ""
    return f"<{tag}{attributes}>{content}</{tag}>"
