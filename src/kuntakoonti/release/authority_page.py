"""The exact check page as files: HTML and PDF by the exporters of the annexes, XLSX and CSV."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from kuntakoonti.core.language import Language
from kuntakoonti.core.texts import Texts
from kuntakoonti.export.html_page import AnnexHTMLExporter
from kuntakoonti.export.pdf import TypstExporter
from kuntakoonti.export.report import figures_csv
from kuntakoonti.export.xlsx import Folder, Worksheet, spreadsheet
from kuntakoonti.pages.html import element
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import ANY, Cell, Measure
from kuntakoonti.public.wording import SECRET
from kuntakoonti.release.authority_log import Entitled


@dataclass(frozen=True)
class CheckPage:
    """The exact figures of a municipality as of a day, and to whom they are given and why."""

    asked: Entitled
    name: Texts
    as_of: date
    parameters: Parameters
    cells: tuple[Cell, ...]

    @property
    def say(self) -> Language:
        """The area's language."""
        return Language(self.parameters.area.language)

    @property
    def title(self) -> str:
        return self.say.text(
            "Tarkistussivu {release}: {code} {name}",
            release=self.asked.release,
            code=self.asked.municipality,
            name=self.name.in_language(self.say.code),
        )

    def label(self, service: str) -> str:
        """The service's name, or that all are meant."""
        if service == ANY:
            return self.say.text("Palvelut yhteensä")
        return self.parameters.services.named(service).label.in_language(self.say.code)

    def grid(self, measure: Measure) -> Worksheet:
        """Periods down, services across: persons, or euros."""
        cells = {(c.period, c.service): c.value or 0 for c in self.cells if c.measure is measure}
        periods, services = dict.fromkeys(p for p, _ in cells), dict.fromkeys(s for _, s in cells)
        money = measure is Measure.ACTUAL
        name = self.say.text("Kustannukset") if money else self.say.text("Asiakkaita")
        head = (self.say.text("Jakso"), *(self.label(s) for s in services))
        rows = tuple(
            (self.say.period(p), *(_amount(cells[p, s], money) for s in services)) for p in periods
        )
        return Worksheet(name, head, rows)


def check_files(page: CheckPage, folder: Path) -> tuple[Path, ...]:
    """Write the page's four files into a folder; returns them."""
    notebook = _notebook(page)
    texts: dict[str, bytes] = {
        "html": _exported(AnnexHTMLExporter(), notebook),
        "pdf": _exported(TypstExporter(), notebook),
        "xlsx": _workbook(page),
        "csv": figures_csv(page.asked.release, page.cells),
    }
    made = []
    for suffix, content in texts.items():
        path = folder / f"{page.asked.release}-{page.asked.municipality}.{suffix}"
        path.touch(mode=0o600)
        path.write_bytes(content)
        made.append(path)
    return tuple(made)


def _exported(exporter: AnnexHTMLExporter | TypstExporter, notebook: NotebookNode) -> bytes:
    output, _ = exporter.from_notebook_node(notebook)
    return output if isinstance(output, bytes) else str(output).encode()


def _notebook(page: CheckPage) -> NotebookNode:
    """A notebook whose one output is the page, as the exporters take it."""
    say, facts = page.say, page.parameters.area
    html = _head(page) + _table(page, Measure.CLIENTS) + _table(page, Measure.ACTUAL) + _foot(page)
    output = nbformat.v4.new_output("display_data", {"text/html": html})
    cell = nbformat.v4.new_code_cell("", outputs=[output], id="check-01")
    sender = facts.sender.in_language(say.code)
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["kuntakoonti"] = {
        "title": page.title,
        "language": say.code,
        "date": page.as_of.isoformat(),
        "author": sender,
        "subject": say.text(SECRET),
        "running_head": f"{sender} · {page.title}",
        "running_foot": say.text(SECRET),
        "page_label": say.text("sivu"),
    }
    return notebook


def _head(page: CheckPage) -> str:
    say, asked = page.say, page.asked
    pairs = {
        say.text("Tilanne"): say.date(page.as_of),
        say.text("Vastaanottaja"): asked.recipient or "–",
        say.text("Peruste"): asked.basis,
        say.text("Hyväksyjä"): asked.approved_by,
    }
    rows = "".join(element("dt", escape(k)) + element("dd", escape(v)) for k, v in pairs.items())
    lead = say.text(
        "Tarkat luvut viranomaiselle, jolla on niihin oikeus. Sivulla on lukumääriä ja euroja, ei "
        "henkilöitä. Sitä ei liitetä laskuun eikä julkaista."
    )
    return (
        element("p", element("strong", escape(say.text(SECRET))))
        + element("h1", escape(page.title))
        + element("dl", rows, class_="facts")
        + element("p", escape(lead), class_="lead")
    )


def _foot(page: CheckPage) -> str:
    text = page.say.text(
        "Jokainen lasketaan jaksossa kerran, joten lukuja ei voi laskea yhteen. Kesken oleva "
        "neljännes ja vuosi sisältävät kuukaudet julkaisun kuukauteen asti."
    )
    return element("p", escape(text), class_="note")


def _table(page: CheckPage, measure: Measure) -> str:
    grid, say = page.grid(measure), page.say
    head = "".join(
        element("th", escape(name), scope="col", class_="n" if i else "")
        for i, name in enumerate(grid.head)
    )
    body = ""
    for period, *amounts in grid.rows:
        numbers = [
            say.euros(int(a * 100), unit=False) if isinstance(a, Decimal) else say.number(int(a))
            for a in amounts
            if isinstance(a, int | Decimal)
        ]
        cells = "".join(element("td", n, class_="n") for n in numbers)
        body += element("tr", element("th", escape(str(period)), scope="row") + cells)
    inner = (
        element("caption", escape(grid.name))
        + element("thead", element("tr", head))
        + element("tbody", body)
    )
    return element("h2", escape(grid.name)) + element("table", inner, class_="figures")


def _amount(number: int, money: bool) -> int | Decimal:
    return Decimal(number) / 100 if money else number


def _workbook(page: CheckPage) -> bytes:
    say, area = page.say, page.parameters.area
    about = Worksheet(
        say.text("Peruste"),
        (say.text("Tieto"), say.text("Sisältö")),
        (
            (say.text("Salassapito"), say.text(SECRET)),
            (say.text("Tilanne"), page.as_of),
            (say.text("Vastaanottaja"), page.asked.recipient),
            (say.text("Peruste"), page.asked.basis),
            (say.text("Hyväksyjä"), page.asked.approved_by),
        ),
    )
    folder = Folder(
        title=page.title,
        author=area.sender.in_language(say.code),
        created=page.as_of,
        case=say.text(SECRET),
        draft="",
        page=say.text("sivu"),
    )
    return spreadsheet(folder, [about, page.grid(Measure.CLIENTS), page.grid(Measure.ACTUAL)])
