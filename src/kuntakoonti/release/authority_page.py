"""The exact check page as files: HTML and PDF as the annexes are, XLSX and CSV."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.texts import Texts
from kuntakoonti.export.page import Page, PageSettings
from kuntakoonti.export.print_page import print_page
from kuntakoonti.export.report import figures_csv
from kuntakoonti.export.web_page import web_page
from kuntakoonti.export.xlsx import Folder, Value, Worksheet, spreadsheet
from kuntakoonti.export.xlsx_cells import invented_words
from kuntakoonti.pages.html import element, joined, row, table
from kuntakoonti.pages.letterhead import fact_list
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import ANY, Cell, Measure
from kuntakoonti.public.wording import INVENTED, SECRET
from kuntakoonti.release.authority_log import Entitled


@dataclass(frozen=True)
class CheckPage:
    """The exact figures of a municipality as of a day, and to whom they are given and why."""

    asked: Entitled
    name: Texts
    as_of: date
    parameters: Parameters
    cells: tuple[Cell, ...]
    invented: bool = False

    @property
    def say(self) -> Language:
        """The area's language."""
        return Language(self.parameters.area.language)

    @property
    def title(self) -> str:
        return self.say.text(
            "Check page {release}: {code} {name}",
            release=self.asked.release,
            code=self.asked.municipality,
            name=self.name.in_language(self.say.code),
        )

    def label(self, service: str) -> str:
        """The service's name, or that all are meant."""
        if service == ANY:
            return self.say.text("All services together")
        return self.parameters.services.named(service).label.in_language(self.say.code)

    def grid(self, measure: Measure) -> Worksheet:
        """Periods down, services across: persons, or euros."""
        cells = {(c.period, c.service): c.value or 0 for c in self.cells if c.measure is measure}
        periods, services = dict.fromkeys(p for p, _ in cells), dict.fromkeys(s for _, s in cells)
        money = measure is Measure.ACTUAL
        name = (
            self.say.text("Costs") if money else self.say.text(message("Clients", context="number"))
        )
        head = (self.say.text("Period"), *(self.label(s) for s in services))
        rows = tuple(
            (self.say.period(p), *(_amount(cells[p, s], money) for s in services)) for p in periods
        )
        return Worksheet(name, head, rows)


def check_files(page: CheckPage, folder: Path) -> tuple[Path, ...]:
    """Write the page's four files into a folder; returns them."""
    shown = Page(_settings(page), ((1, _body(page)),))
    texts: dict[str, bytes] = {
        "html": web_page(shown).encode(),
        "pdf": print_page(shown),
        "xlsx": _workbook(page),
        "csv": figures_csv(page.asked.release, page.cells, page.invented),
    }
    made = []
    for suffix, content in texts.items():
        path = folder / f"{page.asked.release}-{page.asked.municipality}.{suffix}"
        path.touch(mode=0o600)
        path.write_bytes(content)
        made.append(path)
    return tuple(made)


def _settings(page: CheckPage) -> PageSettings:
    say = page.say
    sender = page.parameters.area.sender.in_language(say.code)
    return PageSettings(
        title=page.title,
        language=say.code,
        date=page.as_of.isoformat(),
        author=sender,
        subject=say.text(SECRET),
        running_head=f"{sender} · {page.title}",
        running_foot=say.text(SECRET),
        page_label=say.text("page"),
        draft_label=_mark(page),
    )


def _mark(page: CheckPage) -> str:
    return page.say.text(INVENTED) if page.invented else ""


def _body(page: CheckPage) -> Nodes:
    tables = joined(_table(page, measure) for measure in (Measure.CLIENTS, Measure.ACTUAL))
    return _head(page) + tables + _foot(page)


def _head(page: CheckPage) -> Nodes:
    say, asked = page.say, page.asked
    pairs = {
        say.text("As at"): say.date(page.as_of),
        say.text("Recipient"): asked.recipient or "–",
        say.text("Basis"): asked.basis,
        say.text("Approved by"): asked.approved_by,
    }
    lead = say.text(
        "Exact figures for an authority entitled to them. The page holds counts and euros, not "
        "persons. It is not attached to an invoice and not published."
    )
    return (
        element("p", element("strong", say.text(SECRET)))
        + element("h1", page.title)
        + fact_list(pairs)
        + element("p", lead, class_="lead")
    )


def _foot(page: CheckPage) -> Nodes:
    text = page.say.text(
        "Each person is counted once in a period, so the figures cannot be added up. A quarter or "
        "year that is still running holds the months up to the release's month."
    )
    return element("p", text, class_="note")


def _table(page: CheckPage, measure: Measure) -> Nodes:
    grid, say = page.grid(measure), page.say
    corner, *services = grid.head
    heads = [element("th", corner, scope="col")]
    heads += [element("th", name, scope="col", class_="n") for name in services]
    body = [
        row(
            [element("th", str(period), scope="row")]
            + [element("td", _number(a, say), class_="n") for a in amounts]
        )
        for period, *amounts in grid.rows
    ]
    return element("h2", grid.name) + table(grid.name, row(heads), body)


def _number(amount: Value, say: Language) -> str:
    if isinstance(amount, Decimal):
        return say.euros(int(amount * 100), unit=False)
    return say.number(amount) if isinstance(amount, int) else ""


def _amount(number: int, money: bool) -> int | Decimal:
    return Decimal(number) / 100 if money else number


def _workbook(page: CheckPage) -> bytes:
    say, area = page.say, page.parameters.area
    about = Worksheet(
        say.text("Basis"),
        (say.text("Item"), say.text("Content")),
        (
            (say.text("Secrecy"), say.text(SECRET)),
            (say.text("As at"), page.as_of),
            (say.text("Recipient"), page.asked.recipient),
            (say.text("Basis"), page.asked.basis),
            (say.text("Approved by"), page.asked.approved_by),
        ),
    )
    folder = Folder(
        title=page.title,
        author=area.sender.in_language(say.code),
        created=page.as_of,
        case=say.text(SECRET),
        draft=_mark(page),
        page=say.text("page"),
        invented=invented_words(page.invented, say),
    )
    return spreadsheet(folder, [about, page.grid(Measure.CLIENTS), page.grid(Measure.ACTUAL)])
