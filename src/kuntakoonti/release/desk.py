"""``restricted/index.html``, the analyst's desk: what needs attention now, worst first, then a row a member.

Its figures are exact where the folder has exact figures, so that it stays in ``restricted/``.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from html import escape
from pathlib import Path

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import add_months, last_day, months_of
from kuntakoonti.core.read_back import is_there, parsed, text_of
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.public.cells import ANY, Cell, Measure, Mismatch, Status
from kuntakoonti.public.pages import AnnexFigures
from kuntakoonti.release.dispatch import unsent_by_release
from kuntakoonti.release.index_page import html_page
from kuntakoonti.release.jobs import PreparedRelease
from kuntakoonti.release.lists import made_of, outcomes
from kuntakoonti.runner.progress import named

FAR = 20  # per cent of the budget: a forecast further from it is named
LARGEST = 10  # changes that are listed
RECORDED = {"costs": message("costs"), "service_periods": message("service periods")}
Rows = list[tuple[str, ...]]
Exact = Mapping[tuple[str, str, str], tuple[int, int]]


@dataclass(frozen=True)
class Block:
    """A heading, its column heads and its rows; the first cell of a row is its heading."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def desk_page(
    output: OutputFolder,
    releases: Mapping[str, PreparedRelease],
    outdated: Mapping[str, tuple[str, ...]],
) -> str:
    """The desk over the newest of the releases. ``outdated``: release → pages."""
    newest = [*releases.values()][-1]
    say = Language(newest.public.area.facts.language)
    desk = _Desk(output, newest, say)
    blocks = (_not_whole(output, releases, outdated, say), *desk.blocks())
    title = say.text("The analyst's desk · {release}", release=newest.public.release)
    return html_page(title, "".join(_table(block) for block in blocks if block.rows), say)


def _not_whole(
    output: OutputFolder,
    releases: Mapping[str, PreparedRelease],
    outdated: Mapping[str, tuple[str, ...]],
    say: Language,
) -> Block:
    """Pages that failed, then drafts that are out of date."""
    rows = list[tuple[str, ...]]()
    for release in releases:
        failed = [o for o in outcomes(output, release) if o.state == "failed"]
        rows += [(release, named(o.name, say), o.because(say)) for o in failed]
        if names := outdated.get(release):
            listed = ", ".join(named(name, say) for name in names)
            rows.append((release, listed, say.text("out of date: make it again")))
    heads = (say.text("Release"), say.text("Page"), say.text("What"))
    return Block(say.text("Failed and out of date"), heads, rows)


@dataclass(frozen=True)
class _Desk:
    """What the blocks of the newest release are made of."""

    output: OutputFolder
    newest: PreparedRelease
    say: Language

    @cached_property
    def annexes(self) -> tuple[AnnexFigures, ...]:
        secret = self.newest.secret.annexes if self.newest.secret else ()
        found = (*self.newest.public.annexes, *secret)
        return tuple(sorted(found, key=lambda a: a.municipality))

    @cached_property
    def made(self) -> frozenset[Path]:
        """The public files of the release."""
        return made_of(self.output, self.newest.public)

    @cached_property
    def changes(self) -> list[tuple[tuple[str, str, str], int, int]]:
        """What changed since the release before: (municipality, service, period), clients, cents."""
        now, before = (_exact(self.output, name) for name in self._names)
        keys = before.keys() & now.keys()
        found = [
            (k, now[k][0] - before[k][0], now[k][1] - before[k][1])
            for k in keys
            if now[k] != before[k]
        ]
        return sorted(found, key=lambda c: (-abs(c[1]), -abs(c[2]), c[0]))

    @property
    def _names(self) -> tuple[str, str]:
        """The newest release that has exact figures, and the one before it."""
        paths = sorted(self.output.exact("").parent.glob("[0-9]*.csv"), key=lambda p: p.name)
        names = [p.stem for p in paths if p.stem != self.newest.public.release]
        return str(self.newest.public.release), names[-1] if names else ""

    def blocks(self) -> Iterator[Block]:
        """Worst first; the members last."""
        yield self._problems()
        yield self._stalls()
        yield self._mismatches()
        yield self._largest_changes()
        yield self._far_forecasts()
        yield self._closing_next()
        yield self._unsent()
        yield self._members()

    def _problems(self) -> Block:
        say, path = self.say, self.output.problems
        found = parsed(path, text_of(path), _listed) if is_there(path) else []
        first = {r["kind"]: r for r in reversed(found)}
        counted = Counter(r["kind"] for r in found)
        ordered = sorted(first, key=lambda k: (first[k]["severity"] != "stop", -counted[k], k))
        rows = [(kind, say.number(counted[kind]), first[kind]["sentence"]) for kind in ordered]
        heads = (say.text("Type"), say.text("Number"), say.text("For example"))
        return Block(say.text("Problems of the data, by kind: problems.csv"), heads, rows)

    def _stalls(self) -> Block:
        """Where recording has stalled: the forecast is read as before it, and its range is wider."""
        say, path = self.say, self.output.recording(str(self.newest.public.release))
        found = parsed(path, text_of(path), _stalled) if is_there(path) else []
        names = {a.municipality: self._name(a) for a in self.annexes}
        rows: Rows = []
        for r in found:
            place = names.get(r["municipality"], say.text("Whole area"))
            service, what = self._service(self.annexes[0], r["service"]), RECORDED[r["table"]]
            since, usual = say.date(date.fromisoformat(r["since"])), r["usual"] or "–"
            volume = say.text("{found} of {usual}", found=r["rows"], usual=usual)
            rows.append((place, service, say.text(what), since, volume))
        heads = (
            say.text("Municipality"), say.text("Service"), say.text("What"),
            say.text("Stalled since"), say.text("Rows in four weeks, of the usual"),
        )  # fmt: skip
        return Block(
            say.text(
                "Recording that has stalled: the forecast reads it as before, with a wider range"
            ),
            heads,
            rows,
        )

    def _mismatches(self) -> Block:
        say = self.say
        found = [(a, m) for a in self.annexes for m in a.mismatches if _deviation(m)]
        found.sort(key=lambda f: (-abs(_deviation(f[1])), f[0].municipality))
        rows = [
            (
                self._name(a),
                self._service(a, m.service),
                say.period(m.period),
                say.euros(m.expected_cents),
                say.euros(m.invoiced_cents),
                say.signed_euros(_deviation(m)),
            )
            for a, m in found
        ]
        heads = (
            say.text("Municipality"), say.text("Service"), say.text("Period"),
            say.text("By the budget"), say.text("Invoiced"), say.text("Difference"),
        )  # fmt: skip
        return Block(say.text("Invoices that do not agree"), heads, rows)

    def _largest_changes(self) -> Block:
        say, names = self.say, {a.municipality: a for a in self.annexes}
        rows = [
            (
                self._name(names[m]) if m in names else m,
                self._service(self.annexes[0], service),
                say.period(period),
                f"{clients:+d}".replace("-", "−"),
                say.signed_euros(cents),
            )
            for (m, service, period), clients, cents in self.changes[:LARGEST]
        ]
        heads = (
            say.text("Municipality"), say.text("Service"), say.text("Period"),
            say.text("Clients, change"), say.text("Euros, change"),
        )  # fmt: skip
        title = say.text("Largest changes of exact figures since {release}", release=self._names[1])
        return Block(title, heads, rows)

    def _far_forecasts(self) -> Block:
        say, found = self.say, [(a, s) for a in self.annexes if (s := _share(a)) is not None]
        far = sorted((f for f in found if abs(f[1] - 100) > FAR), key=lambda f: -abs(f[1] - 100))
        rows = [(self._name(a), f"{share} %") for a, share in far]
        heads = (say.text("Municipality"), say.text("Forecast ÷ budget"))
        return Block(say.text("Forecasts far from the budget"), heads, rows)

    def _closing_next(self) -> Block:
        """The periods that are still open, by the day on which they close."""
        say, days = self.say, dict[date, set[str]]()
        for annex in self.annexes:
            for cell in annex.cells:
                if cell.measure is Measure.CLIENTS and cell.status is Status.PRELIMINARY:
                    words = f"{self._service(annex, cell.service)} {say.period(cell.period)}"
                    days.setdefault(_closes(annex, cell), set()).add(words)
        rows = [(say.date(day), say.listed(sorted(days[day]))) for day in sorted(days)[:3]]
        heads = (say.text("From the extraction date"), say.text("Counts that close"))
        return Block(say.text("What closes next"), heads, rows)

    def _unsent(self) -> Block:
        say, waiting = self.say, unsent_by_release(self.output)
        rows = [(release, ", ".join(codes)) for release, codes in waiting.items()]
        return Block(say.text("Not sent"), (say.text("Release"), say.text("Municipality")), rows)

    def _members(self) -> Block:
        """A row a municipality: its invoice, its deviation, forecast, change, hidden share, sent."""
        say, waiting = self.say, unsent_by_release(self.output)
        unsent = set(waiting.get(str(self.newest.public.release), ()))
        rows = [self._member(annex, annex.municipality in unsent) for annex in self.annexes]
        heads = (
            say.text("Municipality"), say.text("This invoice"), say.text("Difference"),
            say.text("Forecast ÷ budget"), say.text("Changed figures"),
            say.text("Share under the threshold"), say.text("Sent"),
        )  # fmt: skip
        return Block(say.text("Municipalities"), heads, rows)

    def _member(self, annex: AnnexFigures, unsent: bool) -> tuple[str, ...]:
        say, share = self.say, _share(annex)
        period = annex.facts.invoice_period
        invoiced = sum(i.cents for i in annex.invoices if i.period == period)
        counts = [c for c in annex.cells if _is_shown_count(c)]
        small = sum(c.status is Status.UNDER_THRESHOLD or c.class_low == 0 for c in counts)
        changed = sum(key[0] == annex.municipality for key, _, _ in self.changes)
        sent = "" if self.newest.public.is_draft else say.text("no") if unsent else say.text("yes")
        return (
            self._name(annex),
            say.euros(invoiced),
            say.signed_euros(sum(map(_deviation, annex.mismatches))),
            "–" if share is None else f"{share} %",
            say.number(changed),
            say.percent(small, len(counts), 0) if counts else "–",
            sent,
        )

    def _name(self, annex: AnnexFigures) -> str:
        """The municipality's name, with a link to its page where it was made."""
        name = f"{annex.municipality} {annex.name.in_language(self.say.code)}"
        pages = [p for p in self.made if p.parent.name.startswith(f"{annex.municipality}-")]
        page = min((p for p in pages if p.suffix == ".html"), default=None)
        return _Link(name, f"../{page.relative_to(self.output.root).as_posix()}") if page else name

    def _service(self, annex: AnnexFigures, service: str) -> str:
        labels = {s.name: s.label for s in annex.facts.services}
        if service in labels:
            return labels[service].in_language(self.say.code)
        return self.say.text("All services together") if service == ANY else service


class _Link(str):
    """A text that links to a page; ``where`` is relative to the desk."""

    where: str

    def __new__(cls, text: str, where: str) -> "_Link":
        made = super().__new__(cls, text)
        made.where = where
        return made


def _deviation(mismatch: Mismatch) -> int:
    return mismatch.invoiced_cents - mismatch.expected_cents


def _is_shown_count(cell: Cell) -> bool:
    hidden = (Status.NOT_OFFERED, Status.NOT_SHOWN)
    return (
        cell.measure is Measure.CLIENTS
        and cell.status not in hidden
        and len(cell.municipality) == 3
    )


def _share(annex: AnnexFigures) -> int | None:
    """The forecast of the year in per cent of its budget, as the page shows them."""
    year, own = annex.facts.month[:4], annex.municipality
    values = {
        c.measure: c.value
        for c in annex.cells
        if (c.municipality, c.service, c.period) == (own, ANY, year) and c.value is not None
    }
    forecast, budget = values.get(Measure.FORECAST), values.get(Measure.BUDGET)
    if forecast is None or not budget:
        return None
    return round(100 * forecast / budget)


def _closes(annex: AnnexFigures, cell: Cell) -> date:
    """The day from which a count is complete (R5): its lag, or the end of the year's closing."""
    facts, year = annex.facts, cell.period[:4]
    lags = {s.name: s.closing_lag for s in facts.services}
    lag = lags.get(cell.service, max(lags.values(), default=0))
    by_lag = last_day(add_months(months_of(cell.period)[-1], lag))
    same = year == facts.month[:4]
    closing = facts.year_closing_day if same else facts.before_closing_day
    return min(by_lag, closing or by_lag)


def _exact(output: OutputFolder, release: str) -> Exact:
    """The exact clients and cents of a release, as its preparation wrote them; none without it."""
    path = output.exact(release)
    if not release or not is_there(path):
        return {}

    def rows(text: str) -> Exact:
        return {
            (r["municipality"], r["service"], r["period"]): (
                _whole(r["clients"]),
                _whole(r["cents"]),
            )
            for r in csv.DictReader(io.StringIO(text, newline=""))
        }

    return parsed(path, text_of(path), rows)


def _listed(text: str) -> list[dict[str, str]]:
    """The list of problems, as `problems.csv` has it."""
    found = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    return [{name: r[name] for name in ("kind", "severity", "sentence")} for r in found]


def _stalled(text: str) -> list[dict[str, str]]:
    """What has stalled, of the table of what was recorded lately."""
    return [r for r in csv.DictReader(io.StringIO(text, newline="")) if r["since"]]


def _whole(text: str) -> int:
    return int(float(text)) if text else 0


def _table(block: Block) -> str:
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in block.heads)
    rows = "".join(_row(row) for row in block.rows)
    return (
        f'<section><h2>{escape(block.title)}</h2><div class="scroll" tabindex="0"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _row(cells: tuple[str, ...]) -> str:
    first, *others = (_cell(text) for text in cells)
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{t}</td>" for t in others) + "</tr>"


def _cell(text: str) -> str:
    shown = escape(text)
    return f'<a href="{escape(text.where)}">{shown}</a>' if isinstance(text, _Link) else shown
