"""``index.html``: every municipality of every release with its state and links."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from kuntakoonti.core.language import Language

KINDS = ("html", "pdf", "xlsx", "csv", "zip", "ipynb")  # in the order in which a reader wants them
ONE_FOR_ALL = frozenset({"csv", "zip"})  # files that have no language
STYLE = """
body{font:16px/1.5 "Source Sans 3","Source Sans Pro",system-ui,sans-serif;margin:2rem auto;max-width:60rem;
padding:0 1rem;color:#222}h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin:2rem 0 .3rem;
color:#0f4c5c}table{border-collapse:collapse;width:100%}caption{text-align:left;color:#444;padding:.2rem 0}
th,td{overflow-wrap:anywhere;text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #cdd6d9;vertical-align:top}
thead th{border-bottom:2px solid #0f4c5c}a{color:#0f4c5c}.failed{font-weight:bold}
@media print{body{margin:0}}
""".replace("\n", "")


@dataclass(frozen=True)
class Entry:
    """One municipality in one release: a name, a state in words, and its folder if there is one."""

    name: str
    state: str
    folder: Path | None
    failed: bool = False


@dataclass(frozen=True)
class Section:
    """One release: its title, a sentence, and its entries."""

    title: str
    sentence: str
    entries: tuple[Entry, ...]


def index_page(title: str, sections: tuple[Section, ...], root: Path, language: Language) -> str:
    """The page; links are relative to ``root``."""
    none = language.text("No releases yet.")
    body = "".join(_section(s, root, language) for s in sections) or f"<p>{escape(none)}</p>"
    return (
        f'<!doctype html>\n<html lang="{language.code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def _section(section: Section, root: Path, language: Language) -> str:
    rows = "".join(_row(e, root) for e in section.entries)
    heads = (language.text("Municipality"), language.text("Status"), language.text("Files"))
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    return (
        f"<section><h2>{escape(section.title)}</h2><table><caption>{escape(section.sentence)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _row(entry: Entry, root: Path) -> str:
    links = _links(entry.folder, root) if entry.folder and entry.folder.exists() else ""
    css = ' class="failed"' if entry.failed else ""
    return (
        f'<tr><th scope="row">{escape(entry.name)}</th><td{css}>{escape(entry.state)}</td>'
        f"<td>{links}</td></tr>"
    )


def _links(folder: Path, root: Path) -> str:
    """The folder's files by kind; by language too, where there are several."""
    files = [p for p in folder.glob("[!.]*") if p.is_file() and p.suffix[1:] in KINDS]
    files.sort(key=lambda p: (KINDS.index(p.suffix[1:]), _language(p), p.name))
    several = len({_language(p) for p in files if p.suffix[1:] not in ONE_FOR_ALL}) > 1
    return " · ".join(_link(p, root, several) for p in files)


def _language(path: Path) -> str:
    return path.stem[-2:] if path.stem[-3:] in ("-sv", "-en") else "fi"


def _link(path: Path, root: Path, several: bool) -> str:
    """A file by its kind, and its language if that is not Finnish or one of several: ``PDF sv``."""
    kind, code = path.suffix[1:], _language(path)
    shown = code if kind not in ONE_FOR_ALL and (several or code != "fi") else ""
    name, foreign = f"{kind.upper()} {shown}".strip(), f' hreflang="{shown}"' if shown else ""
    where = escape(path.relative_to(root).as_posix())
    return f'<a href="{where}"{foreign} aria-label="{name}, {escape(path.name)}">{name}</a>'
