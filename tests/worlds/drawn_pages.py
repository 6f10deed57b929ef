"""Municipalities' pages drawn at random: any number of services, any way of invoicing, any marks."""

from dataclasses import dataclass, replace
from datetime import date

from hypothesis import strategies as st

from kuntakoonti.core.periods import add_months, months_between, quarter_of, year_of
from kuntakoonti.core.texts import Texts
from kuntakoonti.public.cells import (
    ANY,
    Cell,
    Grain,
    Invoice,
    Measure,
    Mismatch,
    Plan,
    Status,
    euro_cell,
)
from kuntakoonti.public.comparison import comparisons
from kuntakoonti.public.expectation import expected_adjustment_cells
from kuntakoonti.public.pages import (
    AnnexFigures,
    Manifest,
    MemberFacts,
    OutlookFacts,
    ReleaseFacts,
    ServiceFacts,
)

CODE, AREA = "844", "17"
NAMES = (
    ("palkkatuki", "Palkkatuki", "Lönesubvention", "Pay subsidy"),
    ("starttiraha", "Starttiraha", "Startpeng", "Start-up grant"),
    ("kotoutumiskoulutus", "Kotoutumiskoulutus", "Integrationsutbildning", "Integration training"),
    ("tyollistamistuki_55", "55 vuotta täyttäneiden työllistämistuki",
     "Sysselsättningsstöd avseende personer som fyllt 55 år",
     "Employment subsidy for persons aged 55 or over"),
    ("tyovoimakoulutus", "Työvoimakoulutus", "Arbetskraftsutbildning", "Labour market training"),
)  # fmt: skip
MANIFEST = Manifest(
    release="2025-08", month="2025-08", as_of=date(2025, 9, 15), state="approved", approved_by="controller",
    archive_head="", inputs="", parameters="", program="", files={},
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a page; ``own_numbers``: each service has its own invoice."""

    kind: str
    month: int
    services: int
    invoiced: str
    own_numbers: bool
    odd: tuple[str, ...]
    grains: tuple[Grain, ...]
    together: bool
    small: bool
    euros: int
    budget: bool
    forecast: bool
    long_numbers: bool


def drawn() -> st.SearchStrategy[Drawn]:
    """Worlds of one municipality's page."""
    odd = st.sampled_from(("missing", "doubled", "doubled_credited", "differing", "misdirected"))
    grain: st.SearchStrategy[Grain] = st.sampled_from(("month", "quarter", "year"))
    return st.builds(
        Drawn,
        kind=st.sampled_from(("month", "month", "estimate", "final")),
        month=st.integers(1, 12),
        services=st.integers(1, 5),
        invoiced=st.sampled_from(("monthly", "quarterly", "yearly")),
        own_numbers=st.booleans(),
        odd=st.lists(odd, max_size=6).map(tuple),
        grains=st.lists(grain, min_size=5, max_size=5).map(tuple),
        together=st.booleans(),
        small=st.booleans(),
        euros=st.sampled_from((900, 31_415, 2_718_281, 98_765_432)),
        budget=st.booleans(),
        forecast=st.booleans(),
        long_numbers=st.booleans(),
    )


def page_of(world: Drawn) -> AnnexFigures:
    """The figures of the page, with everything that follows from them."""
    month = f"2025-{world.month:02d}" if world.kind == "month" else "2025-12"
    facts = _facts(world, month)
    names = [s.name for s in facts.services]
    invoices = tuple(_invoices(world, names, facts.invoice_period))
    cells = [*_counts(world, names, month), *_euros(world, names, facts, invoices)]
    cells += expected_adjustment_cells(cells)
    grains: dict[str, Grain] = dict(zip(names, world.grains, strict=False))
    plan = Plan("together", {ANY: "month"}, "budget")
    if not world.together:
        plan = Plan("per_service", grains, "last_year")
    return AnnexFigures(
        municipality=CODE, name=Texts(fi="Tervo", sv="Tervo", en="Tervo"), population=1441,
        facts=facts, plans={"2025": plan}, cells=tuple(cells), closed_now=(), invoices=invoices,
        mismatches=tuple(_mismatches(world, names)),
        comparisons=comparisons(_all_members(cells), CODE, "2025", {CODE: 1441, "297": 122594, "857": 2394})
        if world.kind == "month" else (),
    )  # fmt: skip


def _all_members(cells: list[Cell]) -> list[Cell]:
    mine = [c for c in cells if c.municipality == CODE]
    return mine + [replace(c, municipality=other) for c in mine for other in ("297", "857")]


def _facts(world: Drawn, month: str) -> ReleaseFacts:
    text = {
        "fi": "Kuopion työllisyysalue",
        "sv": "Kuopio sysselsättningsområde",
        "en": "Kuopio area",
    }
    services = tuple(
        ServiceFacts(name=name, label=Texts(fi=fi, sv=sv, en=en), statute="380/2023 § 99",
                     closing_lag=1 + len(name) % 2)
        for name, fi, sv, en in NAMES[: world.services]
    )  # fmt: skip
    period = "2025"
    if world.kind == "month":
        period = _period(world, add_months(month, 1))
    outlook = OutlookFacts(method="client_months", trials=0, percent=80,
                           deadlines={}, assumed_percent=18)  # fmt: skip
    return ReleaseFacts(
        release={"month": month, "estimate": "2025-tasausarvio", "final": "2025-tasaus"}[world.kind],
        kind=world.kind,  # type: ignore[arg-type]
        members=(MemberFacts(code=CODE, name=Texts(fi="Tervo", sv="Tervo", en="Tervo")),),
        month=month, as_of=date(2026, 2, 28), invoice_period=period, version=1, area_code=AREA,
        area=Texts(**text), sender=Texts(**text), host="297", case_number="6194/00.04.01/2025",
        contact=Texts(**text), objection_days=30, threshold=5, residence_day="last_service_day",
        advance_schedule="monthly", year_closing_day=date(2026, 2, 28), services=services,
        excluded=(), cost_difference_cents=0,
        outlook=None if world.kind == "final" else outlook,
    )  # fmt: skip


def _period(world: Drawn, month: str) -> str:
    if world.invoiced == "monthly":
        return month
    return quarter_of(month) if world.invoiced == "quarterly" else year_of(month)


def _number(world: Drawn, *parts: object) -> str:
    said = "".join(str(part) for part in parts)
    return f"LASKU/2025/00{said}-4471.{said}" if world.long_numbers else f"44{said:0>5}"


def _invoices(world: Drawn, names: list[str], until: str) -> list[Invoice]:
    """An advance for every period up to the page's own, doubled and credited as drawn."""
    months = months_between("2025-01", "2025-12" if world.kind != "month" else _last(until))
    found = []
    for at, period in enumerate(dict.fromkeys(_period(world, m) for m in months)):
        what = world.odd[at] if at < len(world.odd) else ""
        for place, service in enumerate(names):
            cents = world.euros * 100 // (at + 1) + place
            number = _number(world, at, place if world.own_numbers else 0)
            on = date(2025, 1 + at % 12, 10)
            if what == "missing":
                continue
            found.append(Invoice(number, CODE, service, period, cents, "invoice", None, on))
            if what.startswith("doubled"):
                again = _number(world, at, place if world.own_numbers else 0, 9)
                found.append(Invoice(again, CODE, service, period, cents, "invoice", None, on))
            if what == "doubled_credited":
                back = _number(world, at, place if world.own_numbers else 0, 8)
                found.append(Invoice(back, CODE, service, period, -cents, "credit", number, on))
    return found


def _last(period: str) -> str:
    return period if len(period) == 7 and "Q" not in period else f"{period[:4]}-12"


def _mismatches(world: Drawn, names: list[str]) -> list[Mismatch]:
    months = months_between("2025-01", "2025-12")
    periods = list(dict.fromkeys(_period(world, m) for m in months))
    return [
        Mismatch(CODE, names[0], period, what, 1_234_567, 0 if what == "missing" else 7_654_321,  # type: ignore[arg-type]
                 () if what == "missing" else (_number(world, at, 0), _number(world, at, 0, 9)))
        for at, (what, period) in enumerate(zip(world.odd, periods, strict=False))
    ]  # fmt: skip


def _counts(world: Drawn, names: list[str], month: str) -> list[Cell]:
    series = [(ANY, "month")] if world.together else list(zip(names, world.grains, strict=False))
    months = months_between("2025-01", month)
    found = []
    for service, grain in series:
        if grain == "year":
            if world.kind == "final":
                found.append(_count(service, "2025", Status.UNDER_THRESHOLD))
            continue
        periods = months if grain == "month" else tuple(dict.fromkeys(map(quarter_of, months)))
        for at, period in enumerate(periods):
            closed = world.kind == "final" or at < len(periods) - 2
            exact = Status.UNDER_THRESHOLD if world.small and at % 3 == 0 else Status.FINAL
            found.append(_count(service, period, exact if closed else Status.PRELIMINARY))
    return found


def _count(service: str, period: str, status: Status) -> Cell:
    if status is Status.PRELIMINARY:
        return Cell(CODE, service, period, Measure.CLIENTS, status, None, 10, 14)
    value = 17 + len(service) if status is Status.FINAL else None
    return Cell(CODE, service, period, Measure.CLIENTS, status, value)


def _euros(
    world: Drawn, names: list[str], facts: ReleaseFacts, invoices: tuple[Invoice, ...]
) -> list[Cell]:
    """Budget, advances, what is to come, and recorded cost and forecast, or the final euros."""
    paid = {
        s: sum(i.cents for i in invoices if i.service == s and i.period[:4] == "2025")
        for s in names
    }
    found = [*_by_service(Measure.ADVANCE, paid)]
    if world.budget:
        budgets = dict.fromkeys(names, 12 * world.euros * 100)
        found += _by_service(Measure.BUDGET, budgets)
        if world.kind != "final":
            coming = {s: max(budgets[s] - paid[s], 0) for s in names}
            found += _by_service(Measure.ADVANCE_COMING, coming)
    total = sum(paid.values())
    if world.kind == "final":
        actual = {s: cents * 9 // 10 for s, cents in paid.items()}
        return [*found, *_by_service(Measure.ACTUAL, actual),
                *_by_service(Measure.ADJUSTMENT, {s: actual[s] - paid[s] for s in names})]  # fmt: skip
    of_year = (CODE, ANY, "2025")
    found.append(euro_cell(*of_year, Measure.ACTUAL_ROUNDED, total // 200_000 * 100_000))
    if world.forecast:
        point = total // 100_000 * 100_000
        for measure, share in ((Measure.FORECAST, 100), (Measure.FORECAST_LOW, 80),
                               (Measure.FORECAST_HIGH, 120)):  # fmt: skip
            found.append(euro_cell(*of_year, measure, point * share // 100))
    return found


def _by_service(measure: Measure, cents: dict[str, int]) -> list[Cell]:
    parts = [euro_cell(CODE, s, "2025", measure, amount) for s, amount in cents.items()]
    return [*parts, euro_cell(CODE, ANY, "2025", measure, sum(cents.values()))]
