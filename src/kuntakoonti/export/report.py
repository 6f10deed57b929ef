"""What a report is: its file names, its notebook's parameters, its page, its figures as CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kuntakoonti.core.language import Language
from kuntakoonti.core.texts import Texts
from kuntakoonti.export.workbook import annex_workbook, area_workbook
from kuntakoonti.export.xlsx_cells import draft_label
from kuntakoonti.public.cells import Cell, Status
from kuntakoonti.public.handover import Handover
from kuntakoonti.public.pages import AnnexFigures, AreaFigures, Manifest, ReleaseFacts, in_order
from kuntakoonti.public.statement import statement_in
from kuntakoonti.public.wording import SECRET_PAGE

INVENTED_MEASURE = "invented_data"  # in a row of its own; no figure
AREA, STATEMENT = "area", "statement"
CSV_COLUMNS = (
    "release", "municipality", "service", "period", "measure", "value", "class_low", "class_high",
    "status",
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One report in one language before it is made; ``page`` goes to the notebook's metadata.

    ``stem`` is what its files are called in every language, ``page_stem`` in this one.
    """

    release: str
    stem: str
    title: str
    date: str
    language: Language
    parameters: dict[str, str]
    page: dict[str, str]
    cells: tuple[Cell, ...] = ()
    invented: bool = False
    marks: Mapping[str, int] = field(default_factory=dict)
    workbook: Callable[[], bytes] | None = None

    @property
    def page_stem(self) -> str:
        """Finnish has no suffix, another language ``-sv`` or ``-en``."""
        return self.stem if self.language.code == "fi" else f"{self.stem}-{self.language.code}"


def sheet_of(handover: Handover, municipality: str, language: Language) -> Sheet:
    """The report of a municipality, of the area (``area``), or the statement, from the handover."""
    manifest = handover.manifest
    if municipality == STATEMENT:
        return _statement_sheet(statement_in(handover).facts, manifest, language)
    if municipality == AREA:
        return area_sheet(handover.area, manifest, language)
    return annex_sheet(handover.annex(municipality), manifest, language)


def annex_sheet(annex: AnnexFigures, manifest: Manifest, language: Language) -> Sheet:
    """The report of a municipality's month or year."""
    facts = annex.facts
    who = f"{annex.municipality} {annex.name.in_language(language.code)}"
    period = {"month": facts.month} if facts.kind == "month" else {"year": facts.month[:4]}
    title = language.text(
        "Annex to the municipal invoice {release}, {municipality}",
        release=_when(facts, language), municipality=who,
    )  # fmt: skip
    named = {"municipality": annex.municipality, "release": facts.release, **period}
    page = _page(facts, manifest, title, who, language)
    if annex.secret:
        page["running_foot"] = f"{language.text(SECRET_PAGE)} · {page['running_foot']}"
    return Sheet(
        release=facts.release,
        stem=file_stem(annex),
        title=title,
        date=facts.as_of.isoformat(),
        language=language,
        parameters={**named, "language": language.code},
        page=page,
        cells=in_order(annex.cells, facts),
        invented=manifest.invented,
        marks=facts.marks,
        workbook=lambda: annex_workbook(annex, manifest, language),
    )


def area_sheet(area: AreaFigures, manifest: Manifest, language: Language) -> Sheet:
    facts = area.facts
    title = language.text(
        "Overview of municipal invoicing {release}, {area}",
        release=_when(facts, language), area=facts.area.in_language(language.code),
    )  # fmt: skip
    return Sheet(
        release=facts.release,
        stem=f"{facts.area_code}-{ascii_name(facts.area.fi)}-yhteenveto-{facts.release}",
        title=title,
        date=facts.as_of.isoformat(),
        language=language,
        parameters={"release": facts.release, "language": language.code},
        page=_page(facts, manifest, title, language.text("Overview"), language) | {"sheets": "1"},
        cells=in_order(area.cells, facts),
        invented=manifest.invented,
        workbook=lambda: area_workbook(area, manifest, language),
    )


def _statement_sheet(facts: ReleaseFacts, manifest: Manifest, language: Language) -> Sheet:
    title = language.text(
        "Statement for the data protection officer {release}, {area}",
        release=_when(facts, language), area=facts.area.in_language(language.code),
    )  # fmt: skip
    who = language.text("Statement for the data protection officer")
    return Sheet(
        release=facts.release,
        stem=STATEMENT,
        title=title,
        date=facts.as_of.isoformat(),
        language=language,
        parameters={"release": facts.release, "language": language.code},
        page=_page(facts, manifest, title, who, language),
    )


def file_stem(annex: AnnexFigures) -> str:
    """``297-Kuopio-koontitiedot-2025-08`` or ``297-Kuopio-tasaus-2025``: ASCII, without spaces."""
    facts, folder = annex.facts, folder_name(annex.municipality, annex.name)
    if facts.kind == "month":
        return f"{folder}-koontitiedot-{facts.release}"
    year, kind = facts.release.split("-")
    return f"{folder}-{kind}-{year}"


def folder_name(code: str, name: Texts) -> str:
    """``749-Siilinjarvi``."""
    return f"{code}-{ascii_name(name.fi)}"


def ascii_name(name: str) -> str:
    """A name for files: å, ä, ö without their marks, everything but letters and digits a hyphen."""
    plain = name.translate(str.maketrans("åäöÅÄÖ", "aaoAAO"))
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in plain).strip("-")


def figures_csv(
    release: str,
    cells: Iterable[Cell],
    invented: bool = False,
    marks: Mapping[str, int] | None = None,
) -> bytes:
    """The contract's long form of every figure on the page: comma, UTF-8, one row a figure.

    A page of invented data says so in its first row. ``marks``: place of a closed mark → the threshold
    that made it, where that is not the release's; it then has a class.
    """
    text, found = io.StringIO(), tuple(cells)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    if invented and found:
        year = found[0].period[:4]
        writer.writerow(
            (release, found[0].municipality, "any", year, INVENTED_MEASURE, 1, "", "", "final")
        )
    writer.writerows((release, *_row(cell, marks or {})) for cell in found)
    return text.getvalue().encode()


def _row(cell: Cell, marks: Mapping[str, int]) -> tuple[str | int | None, ...]:
    """A figure's columns; the mark of another threshold has its class."""
    threshold = marks.get(" ".join(cell.key))
    if threshold is None or cell.status is not Status.UNDER_THRESHOLD:
        return cell.row()
    *place, value, _, _, status = cell.row()
    return (*place, value, 0, threshold - 1, status)


def _when(facts: ReleaseFacts, language: Language) -> str:
    """``2025-08``, or the year's end in words."""
    if facts.kind == "month":
        return facts.month
    year = facts.month[:4]
    if facts.kind == "estimate":
        return language.text("{year} estimate of the year-end adjustment", year=year)
    return language.text("{year} year-end adjustment", year=year)


def _page(
    facts: ReleaseFacts, manifest: Manifest, title: str, who: str, language: Language
) -> dict[str, str]:
    """Title, language, date and running lines of the page."""
    sender = facts.sender.in_language(language.code)
    return {
        "title": title,
        "language": language.code,
        "date": facts.as_of.isoformat(),
        "author": sender,
        "subject": language.text(
            "Aggregate data by municipality, case {case}", case=facts.case_number
        ),
        "running_head": f"{sender} · {who} · {_when(facts, language)}",
        "running_foot": language.text(
            "Case {case} · version {version}", case=facts.case_number, version=facts.version
        ),
        "page_label": language.text("page"),
        "draft_label": draft_label(manifest, language),
    }
