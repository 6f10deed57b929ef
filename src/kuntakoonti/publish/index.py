"""``index.html``: every municipality of every release with its state and links."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

STYLE = """
body{font:16px/1.5 "Source Sans 3","Source Sans Pro",system-ui,sans-serif;margin:2rem auto;max-width:60rem;
padding:0 1rem;color:#222}h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin:2rem 0 .3rem;
color:#0f4c5c}table{border-collapse:collapse;width:100%}caption{text-align:left;color:#444;padding:.2rem 0}
th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #cdd6d9;vertical-align:top}
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


def index_page(title: str, sections: tuple[Section, ...], root: Path) -> str:
    """The page; links are relative to ``root``."""
    body = "".join(_section(s, root) for s in sections) or "<p>Ei vielä julkaisuja.</p>"
    return (
        '<!doctype html>\n<html lang="fi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def _section(section: Section, root: Path) -> str:
    rows = "".join(_row(e, root) for e in section.entries)
    head = "".join(f'<th scope="col">{h}</th>' for h in ("Kunta", "Tila", "Tiedostot"))
    return (
        f"<section><h2>{escape(section.title)}</h2><table><caption>{escape(section.sentence)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _row(entry: Entry, root: Path) -> str:
    links = ""
    if entry.folder and entry.folder.exists():
        files = sorted(p for p in entry.folder.iterdir() if not p.name.startswith("."))
        links = " · ".join(_link(p, root) for p in files if p.name != "datapackage.json")
    css = ' class="failed"' if entry.failed else ""
    return (
        f'<tr><th scope="row">{escape(entry.name)}</th><td{css}>{escape(entry.state)}</td>'
        f"<td>{links}</td></tr>"
    )


def _link(path: Path, root: Path) -> str:
    kind = path.suffix[1:].upper()
    return f'<a href="{escape(path.relative_to(root).as_posix())}" aria-label="{escape(path.name)}">{kind}</a>'
