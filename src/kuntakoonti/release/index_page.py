"""``index.html``: members by releases, one sign a cell; below, each release's pages with their links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language

KINDS = ("html", "pdf", "xlsx", "csv", "zip", "ipynb")  # in the order in which a reader wants them
ONE_FOR_ALL = frozenset({"csv", "zip"})  # files that have no language
COLUMNS = 26  # releases in the table: two years of months and their ends
STYLE = """
body{font:16px/1.5 "Source Sans 3","Source Sans Pro",system-ui,sans-serif;margin:1.5rem auto;max-width:75rem;
padding:0 1rem;color:#222;background:#fff}h1{font-size:1.5rem;margin:0 0 .4rem}h2{font-size:1.15rem;margin:1.4rem 0 .3rem;
color:#0f4c5c}summary{cursor:pointer;color:#0f4c5c;font-weight:600;padding:.3rem 0}.scroll{overflow-x:auto}
table{border-collapse:collapse}details table{width:100%}caption{text-align:left;color:#444;padding:.2rem 0}
th,td{overflow-wrap:anywhere;text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #cdd6d9;vertical-align:top}
thead th{border-bottom:2px solid #0f4c5c}thead th,tbody th{white-space:nowrap}a{color:#0f4c5c}.failed{font-weight:bold}.n{text-align:right}
.signs{font-size:.9rem;line-height:1.15}.signs th,.signs td{padding:.12rem .35rem;white-space:nowrap}
.signs td,.signs thead th{text-align:center}.signs thead th{writing-mode:vertical-rl;vertical-align:bottom}
.signs thead th:first-child{writing-mode:horizontal-tb;text-align:left}
.signs td{padding:0}.signs a{display:inline-block;min-width:1.7rem;line-height:1.55rem;text-decoration:none;font-weight:700}
@media (prefers-color-scheme:dark){body{background:#14191b;color:#e6e9ea}h2,a,summary{color:#8fd0e0}
caption{color:#b9c2c5}th,td{border-color:#3a4548}}
@media print{body{margin:0}}
""".replace("\n", "")


class State(StrEnum):
    """How far a page is; the value is its sign in the table."""

    DRAFT = "○"
    OUTDATED = "↻"
    DONE = "●"
    SENT = "✓"
    FAILED = "✕"
    SECRET = "◆"
    MISSING = "·"


WORDS = {
    State.DRAFT: message("draft"),
    State.OUTDATED: message("draft, out of date: make it again"),
    State.DONE: message("complete"),
    State.SENT: message("sent"),
    State.FAILED: message("failed"),
    State.SECRET: message("secret"),
    State.MISSING: message("not made"),
}


@dataclass(frozen=True)
class Entry:
    """One page in one release: its municipality's code, a name, a state in words, and its files."""

    code: str
    name: str
    state: State
    words: str
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Section:
    """One release: its name and title, a sentence, and its entries."""

    release: str
    title: str
    sentence: str
    entries: tuple[Entry, ...]


def index_page(title: str, sections: Sequence[Section], root: Path, language: Language) -> str:
    """The page; links are relative to ``root``."""
    none = f"<p>{escape(language.text('No releases yet.'))}</p>"
    details = "".join(_section(s, root, language, s is sections[0]) for s in sections)
    body = _signs(sections[:COLUMNS], root, language) + details if sections else none
    return html_page(title, body, language)


def html_page(title: str, body: str, language: Language) -> str:
    """A page of OUTPUT itself, which is no report."""
    return (
        f'<!doctype html>\n<html lang="{language.code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def _signs(sections: Sequence[Section], root: Path, language: Language) -> str:
    """Pages down, releases across, the newest first; one sign a cell."""
    names = {e.code: e.name for s in reversed(sections) for e in s.entries}
    order = dict.fromkeys(e.code for s in sections for e in s.entries)
    codes = sorted((c for c in order if c[0].isdigit()), key=str)
    codes += [c for c in order if not c[0].isdigit()]
    head = f'<th scope="col">{escape(language.text("Municipality"))}</th>'
    head += "".join(f'<th scope="col">{escape(s.release)}</th>' for s in sections)
    of = [{e.code: e for e in s.entries} for s in sections]
    rows = "".join(
        f'<tr><th scope="row">{escape(names[code])}</th>'
        + "".join(
            _sign(s, found.get(code), root, language) for s, found in zip(sections, of, strict=True)
        )
        + "</tr>"
        for code in codes
    )
    key = "; ".join(f"{state} {language.text(WORDS[state])}" for state in State)
    caption = f"<caption>{escape(key)}</caption>"
    return (
        f'<div class="scroll" tabindex="0"><table class="signs">{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _sign(section: Section, entry: Entry | None, root: Path, language: Language) -> str:
    if entry is None:
        return "<td></td>"
    about = escape(f"{entry.name} {section.release}: {language.text(WORDS[entry.state])}")
    page = next((p for p in entry.files if p.suffix == ".html"), None)
    sign = f'<span role="img" aria-label="{about}" title="{about}">{entry.state}</span>'
    where = escape(page.relative_to(root).as_posix()) if page else ""
    return f'<td><a href="{where}">{sign}</a></td>' if page else f"<td>{sign}</td>"


def _section(section: Section, root: Path, language: Language, opened: bool) -> str:
    rows = "".join(_row(e, root) for e in section.entries)
    heads = (language.text("Municipality"), language.text("Status"), language.text("Files"))
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    return (
        f"<details{' open' if opened else ''}><summary>{escape(section.title)}</summary>"
        f'<div class="scroll" tabindex="0"><table><caption>{escape(section.sentence)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _row(entry: Entry, root: Path) -> str:
    css = ' class="failed"' if entry.state is State.FAILED else ""
    return (
        f'<tr><th scope="row">{escape(entry.name)}</th><td{css}>{escape(entry.words)}</td>'
        f"<td>{links(entry.files, root)}</td></tr>"
    )


def links(paths: Iterable[Path], root: Path) -> str:
    """A page's files by kind; by language too, where there are several."""
    files = [p for p in paths if p.suffix[1:] in KINDS]
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
