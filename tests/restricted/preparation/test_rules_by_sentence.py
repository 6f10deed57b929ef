"""Sentences of docs/rules.md that no other test would miss: small drawn tables, three values an edge."""

import runpy
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError
from worlds.archives import SETTLED, WITHHELD, Q, publish
from worlds.drawn import (
    PARAMETERS,
    Row,
    World,
    cost,
    home,
    load_folder,
    period,
    with_member,
    with_rule,
    with_service,
)
from worlds.figures import (
    NO_ADVANCES,
    NUMBER,
    SERVICES,
    clients,
    drawn,
    drawn_year,
    last_years,
    released,
    shown,
    visible,
)
from worlds.places import PROJECT

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.language import Language
from kuntakoonti.core.periods import months_of
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.pages import method
from kuntakoonti.pages.annex import Annex
from kuntakoonti.parameters.area import Notice
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import Cell, Invoice, Measure, Plan, Status, euro_cell
from kuntakoonti.public.handover import write_handover
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.public.pages import Manifest, PublicModel
from kuntakoonti.public.statement import RULES
from kuntakoonti.release.attack_check import attack_published, rules_stated
from kuntakoonti.release.correct import WrongCount, standing_count
from kuntakoonti.restricted.disclosure.adjustment import (
    has_enough_services,
    is_secret,
    recorded_cells,
    settlement_cells,
    year_count_cells,
)
from kuntakoonti.restricted.disclosure.advances import advance_cells
from kuntakoonti.restricted.disclosure.estimates import (
    PublicForecast,
    estimate_table,
    percent_cells,
    position,
)
from kuntakoonti.restricted.disclosure.grain import plan_year
from kuntakoonti.restricted.disclosure.municipality_pages import Whole, slices
from kuntakoonti.restricted.figures.adjustment import Settled, settled_years
from kuntakoonti.restricted.figures.advances import Advances
from kuntakoonti.restricted.figures.prices import fixed_prices
from kuntakoonti.restricted.intake.problem_list import read_problems, write_problems
from kuntakoonti.restricted.preparation.context import Figures, PreparationContext, ProtectedRelease
from kuntakoonti.restricted.preparation.reconciliation import (
    budget_echoes,
    price_notes,
    write_reconciliation,
)
from kuntakoonti.restricted.preparation.rules_in_force import rules_in_force
from kuntakoonti.restricted.preparation.stages import plans_in_force

KOTO = "kotoutumiskoulutus"
SMALL_YEAR = Cell("857", "palkkatuki", "2025", Measure.CLIENTS, Status.UNDER_THRESHOLD)


# R4


@pytest.mark.rule("R4", "A share that is just reached is reached")
@pytest.mark.parametrize(("large", "grain"), [(8, "quarter"), (9, "month"), (10, "month")])
def test_a_share_that_is_just_reached_is_reached(large: int, grain: str) -> None:
    """R4: at least three quarters of twelve months are nine."""
    months = [5] * large + [4] * (12 - large)
    counts = last_years(months, [5, 5, 5, 4], "palkkatuki")
    parameters = with_rule("grain_share", ("2025-01-01", "0.75"))
    plan = plan_year("2026", counts, NO_ADVANCES, parameters)["857"]
    assert plan.grains["palkkatuki"] == grain


@pytest.mark.rule("R4", "A last year that is not whole is none")
@pytest.mark.parametrize(
    ("joined", "basis"),
    [("2024-12-31", "last_year"), ("2025-01-01", "last_year"), ("2025-01-02", "budget")],
)
def test_a_year_of_which_a_part_is_missing_is_no_last_year(joined: str, basis: str) -> None:
    """R4: a member that joined after New Year has no figures of the whole last year."""
    counts = last_years([9] * 12, [9] * 4, "palkkatuki")
    parameters = with_member("857", valid_from=joined)
    assert plan_year("2026", counts, NO_ADVANCES, parameters)["857"].basis == basis


@pytest.mark.rule("R4", "Fixed for the year in its first approved release")
@pytest.mark.parametrize("year", ["2025", "2026"])
def test_a_grain_is_fixed_by_the_first_approved_release(year: str) -> None:
    """R4: other figures and other budgets later in the year change nothing; a new year is planned."""
    fixed = Plan("per_service", {"palkkatuki": "quarter"}, "budget")
    first = released(visible(drawn({}), "2025-01", date(2025, 2, 15)), "2025-01")
    archive = Archive((replace(first.records[0], plans={"2025": {"857": fixed}}),), first.head)
    room = a_room(f"{year}-03", archive)
    counts = drawn({("857", "palkkatuki", m): 9 for m in months_of(year)}, f"{year}-03")
    found = plans_in_force(room, figures_of(counts=counts))
    assert found["2025"]["857"] == fixed
    assert set(found) == {"2025", year}


@pytest.mark.rule(
    "R4",
    "Fixed for the year in its first approved release, of a member that joins later in its own first",
)
def test_a_member_that_joins_in_the_year_is_planned_by_the_first_release_that_has_it() -> None:
    """R4: the others' grains stay as they were fixed, and the ledger gets the new one's alone."""
    fixed = {"857": Plan("per_service", {"palkkatuki": "quarter"}, "budget")}
    first = released(visible(drawn({}), "2025-01", date(2025, 2, 15)), "2025-01")
    archive = Archive((replace(first.records[0], plans={"2025": fixed}),), first.head)
    plans = plans_in_force(a_room("2025-03", archive), figures_of(counts=drawn({}, "2025-03")))
    assert plans["2025"].keys() == {m.code for m in PARAMETERS.area.members}
    new = archive.unplanned(plans)
    assert new["2025"].keys() == plans["2025"].keys() - {"857"}
    later = replace(first.records[0], release="2025-03", plans=new)
    assert Archive((*archive.records, later), "").plans("2025") == plans["2025"]


@pytest.mark.rule("R4", "The page says which grain and why, by the share in force")
@pytest.mark.parametrize(("share", "percent"), [("0.75", "75 %"), ("0.80", "80 %"), ("1", "100 %")])
def test_the_page_says_which_share_its_grain_reached(share: str, percent: str) -> None:
    """R4: grain and reason, with the share that the rules have; without a shorter one the longest."""
    parameters = with_rule("grain_share", ("2025-01-01", share))
    services = [s.name for s in parameters.services.shown]
    budgets = {("2025", m.code, s): 100_00 for m in parameters.area.members for s in services}
    advances = Advances(budgets, (), {})
    plans = plan_year("2025", drawn({}), advances, parameters)
    cells = tuple(advance_cells(advances, parameters, "2025-12", "2025-12"))
    record = replace(a_release([]).record, cells=cells)
    whole = Whole(record, plans, advances, (), "2025-12", 0)
    figures = slices(whole, parameters, Archive())[0]
    said = method.counts(Annex(figures, None, Language())).text  # type: ignore[arg-type]
    assert f"vähintään {percent} on 5 tai enemmän, muuten pisin." in said.replace("\u00a0", " ")
    assert "Luvut 2025: palvelut yhteensä neljännesvuosittain." in said


@pytest.mark.parametrize(("day", "stands"), [(14, False), (15, True), (31, True)])
def test_a_notice_stands_on_every_page_from_its_day_on(day: int, stands: bool) -> None:
    """By the extraction date, the first and the last day too, and on all members' pages alike."""
    notice = Notice(says="costs_late", valid_from=date(2026, 1, 15), valid_to=date(2026, 1, 31))
    area = PARAMETERS.area.model_copy(update={"notices": (notice,)})
    record = replace(a_release([]).record, as_of=date(2026, 1, day))
    plans = plan_year("2025", drawn({}), NO_ADVANCES, PARAMETERS)
    whole = Whole(record, plans, NO_ADVANCES, (), "2025-12", 0)
    pages = slices(whole, replace(PARAMETERS, area=area), Archive())
    assert {bool(page.facts.notices) for page in pages} == {stands}


# R5


@pytest.mark.rule("R5", "January to March: last year's that closed since, until March")
@pytest.mark.parametrize(
    ("month", "as_of"), [("2026-02", date(2026, 3, 16)), ("2026-03", date(2026, 4, 15))]
)
def test_what_closed_in_januarys_annex_stays_until_march(month: str, as_of: date) -> None:
    """R5: an early annex carries last year's periods that closed since, not only those of its day."""
    january = visible(drawn({}, "2026-01"), "2026-01", date(2026, 2, 16))
    closed = {p for _, p in january if p < "2026"}
    cells = visible(drawn({}, month), month, as_of, archive=released(january, "2026-01"))
    assert closed and closed <= {p for _, p in cells if p < "2026"}


@pytest.mark.rule("R5", "A running quarter counts up to the release's month")
def test_months_after_the_release_are_in_no_period(tmp_path: Path) -> None:
    """R5: nor where a cost of a later month is recorded already."""
    rows = [cost("1,00", "B", month="2025-09", recorded="2025-09-01")]
    for client, begun in (("A", "2025-07"), ("B", "2025-08"), ("C", "2025-09")):
        rows += [home(client, "857"), period(client, f"{begun}-05", f"{begun}-20")]
    world = World(tmp_path, rows)
    for last_month, number in {"2025-07": 1, "2025-08": 2, "2025-09": 3}.items():
        counts = world.counts(last_month)
        assert counts.of("857", "palkkatuki", "2025-Q3") == number


# R6


@pytest.mark.rule("R6", 'A series by year is exact or "alle 5"')
@pytest.mark.parametrize(("number", "value"), [(0, None), (1, None), (4, None), (5, 5)])
def test_a_series_by_year_is_exact_or_small(number: int, value: int | None) -> None:
    """R6, R2: its one figure looks the same from nobody to four."""
    plans = {"857": Plan("per_service", {"palkkatuki": "year"}, "decision", "drawn")}
    counts = drawn({("857", "palkkatuki", "2025"): number} if number else {}, "2025-12")
    (cell,) = year_count_cells(counts, plans, (), PARAMETERS)
    assert cell == SMALL_YEAR if value is None else cell.value == value


# R7


@pytest.mark.rule("R7", "Budgets and advances per service to the cent")
def test_budgets_and_advances_are_exact_per_service() -> None:
    """R7: to the cent, of every service and together, also beside "alle 5"; no budget is no 0."""
    invoices = (
        Invoice("L1", "857", "palkkatuki", "2026-01", 100_001, "invoice", None, date(2026, 1, 9)),
        Invoice("H1", "857", "palkkatuki", "2026-01", -1, "credit", "L1", date(2026, 1, 20)),
        Invoice("L2", "857", KOTO, "2025-12", 7, "invoice", None, date(2025, 12, 9)),
    )
    budgets = {("2026", "857", "palkkatuki"): 1_200_003, ("2025", "857", KOTO): 11}
    cells = advance_cells(Advances(budgets, invoices, {}), PARAMETERS, "2026-01", "2025-12")
    found = {(c.measure, c.period, c.service): c.value for c in cells if c.municipality == "857"}

    def line(measure: Measure, period: str) -> list[int | None]:
        return [found.get((measure, period, s)) for s in (*SERVICES, "any")]

    assert line(Measure.BUDGET, "2026") == [1_200_003, None, None, 1_200_003]
    assert line(Measure.BUDGET, "2025") == [None, None, 11, 11]
    assert line(Measure.ADVANCE, "2026-01") == [100_000, 0, 0, 100_000]
    assert line(Measure.ADVANCE, "2025") == [0, 0, 7, 7]


@pytest.mark.rule("R7 secret page", "Too few services, unless each one's cost is shown")
@pytest.mark.parametrize(("smallest", "secret"), [(4, True), (5, False), (6, False)])
def test_few_services_are_public_where_each_ones_cost_is_shown(smallest: int, secret: bool) -> None:
    """R7: the rule wants four services, three are charged; the page shows all costs or is secret."""
    parameters = with_rule("total_services", ("2025-01-01", 4))
    year = drawn_year((9, smallest, 9))
    assert is_secret(year, parameters, (NUMBER,)) is secret
    cells = list(settlement_cells(year, parameters, (NUMBER,)))
    assert {c.value is None for c in cells} == {secret}


@pytest.mark.rule(
    "R7", "Of few: in the actual cost, of the service too, unless it has a line of its own"
)
@pytest.mark.parametrize(("persons", "own"), [(4, False), (5, True), (6, True)])
def test_a_correction_with_its_own_line_hides_no_service(persons: int, own: bool) -> None:
    """R7: of a service without a row, and in a line of its own, it is not in what the rows sum to."""
    year = drawn_year(correction={"tyollistamistuki_55": 700}, correction_clients=persons)
    costs = [shown(year)[s, "actual_cents"] for s in SERVICES]
    assert costs == ([60_000, 20_000, 15_000] if own else ["not_shown"] * 3)


def recorded(
    folder: Path, rows: Iterable[Row], count: Cell, parameters: Parameters = PARAMETERS
) -> int | None:
    """Tuusniemi's rounded cost of 2025 beside one count; None where it is not shown."""
    costs = World(folder, rows).costs("2025-12", "2026-01-20")
    cells = recorded_cells(costs, (count,), parameters, "2025-12")
    return next(c.value for c in cells if c.municipality == "857")


MARCH = Cell("857", "palkkatuki", "2025-03", Measure.CLIENTS, Status.NOT_OFFERED)


@pytest.mark.rule(
    "R7",
    "During the year one total, rounded down to a step, where enough services are charged",
)
@pytest.mark.parametrize(("least", "is_shown"), [(2, True), (3, True), (4, False)])
def test_a_recorded_cost_needs_as_many_services_as_the_rule_says(
    least: int, is_shown: bool, tmp_path: Path
) -> None:
    """R7: three are charged; the rounded total of the year so far is a total like any other."""
    parameters = with_rule("total_services", ("2025-01-01", least))
    found = recorded(tmp_path, monthly(["1000,00"] * 6), MARCH.with_value(6), parameters)
    assert found == (600_000 if is_shown else None)


@pytest.mark.rule(
    "R7",
    'During the year one total, rounded down to a step, where a class from the threshold is a number, "alle 5*" none',
)
@pytest.mark.parametrize(("low", "is_shown"), [(0, False), (5, True), (10, True)])
def test_a_class_from_the_threshold_carries_a_number(
    low: int, is_shown: bool, tmp_path: Path
) -> None:
    """R7: "väh. 5" is a number beside the cost, "alle 5*" is none."""
    beside = MARCH.with_class(low, low + 4)
    assert recorded(tmp_path, monthly(["1000,00"] * 6), beside) == (600_000 if is_shown else None)


@pytest.mark.rule(
    "R7", "During the year one total, rounded down to a step, of the year of the data month"
)
@pytest.mark.parametrize(("last", "now"), [(6, 0), (6, 4), (4, 6)])
def test_a_recorded_cost_is_of_the_year_of_the_data(last: int, now: int, tmp_path: Path) -> None:
    """R7: neither last year's euros nor its persons are in it."""
    rows = monthly(["500,00"] * last) + monthly(["1000,00"] * now, year="2026")
    costs, beside = World(tmp_path, rows).costs("2026-03"), replace(MARCH, period="2026-03")
    cells = recorded_cells(costs, (beside.with_value(6),), PARAMETERS, "2026-12")
    found = next(c.value for c in cells if c.municipality == "857")
    assert found == (now * 100_000 if now >= 5 else None)


@pytest.mark.rule("R7", "Services of the year are charged, others not")
@pytest.mark.parametrize(
    ("begins", "ends", "enough"),
    [
        ("2025-01-01", "2025-01-01", True), ("2025-12-31", None, True), ("2026-01-01", None, False),
        ("2024-01-01", "2024-12-31", False), ("2024-01-01", None, True),
    ],
)  # fmt: skip
def test_only_services_of_the_year_are_charged(begins: str, ends: str | None, enough: bool) -> None:
    """R7: a service that ended before the year, or begins after it, hides nothing in the total."""
    parameters = with_service(KOTO, valid_from=begins, valid_to=ends)
    assert has_enough_services(parameters, "2025", "2025-08") is enough


MANIFEST = Manifest(
    release="2025-12", month="2025-12", as_of=date(2026, 2, 28), state="draft", approved_by="",
    archive_head="", inputs="", parameters="", program="", files={},
)  # fmt: skip


def a_room(
    month: str,
    archive: Archive | None = None,
    parameters: Parameters = PARAMETERS,
    output: Path | None = None,
) -> PreparationContext:
    """The restricted room of a month."""
    place = output or Path()
    settings = Settings(
        place, PROJECT / "parameters", OutputFolder(place), OutputFolder(output) if output else None
    )
    as_of = date(int(month[:4]) + 1, 1, 15)
    return PreparationContext(settings, parameters, archive or Archive(), month, as_of, month)


def figures_of(**known: object) -> Figures:
    """Exact figures of which a test needs some."""
    empty = dict.fromkeys(("counts", "costs"), None)
    base = {**empty, "advances": NO_ADVANCES, "mismatches": (), "years": {}, "inputs": ""}
    return Figures(**{**base, **known})  # type: ignore[arg-type]


def a_release(cells: Iterable[Cell]) -> ProtectedRelease:
    """A release that shows these figures."""
    record = released({(c.service, c.period): c for c in cells}, "2025-12").records[0]
    return ProtectedRelease(record, (), (), None, Settled())  # type: ignore[arg-type]


@pytest.mark.rule("R7", "A budget equal to a hidden actual of last year is noted")
@pytest.mark.parametrize(("budget", "noted"), [(99_999, 0), (100_000, 1), (100_001, 0), (0, 0)])
def test_a_budget_that_is_last_years_hidden_cost_is_noted(
    budget: int, noted: int, tmp_path: Path
) -> None:
    """R7: to the cent, of a service whose cost is not shown; one that is shown tells nothing new."""
    rows = [home("A", "857"), period("A", "2025-03-01", "2025-03-31"), cost("1000,00", "A")]
    costs = World(tmp_path, rows).costs()
    figures = figures_of(
        costs=costs, advances=Advances({("2026", "857", "palkkatuki"): budget}, (), {})
    )
    hidden = Cell("857", "palkkatuki", "2025", Measure.ACTUAL, Status.NOT_SHOWN)
    room = a_room("2025-12")
    found = budget_echoes(room, figures, a_release([hidden]))
    assert [p.kind for p in found] == ["budget_equals_hidden_actual"] * noted
    exact = euro_cell(*hidden.key, Measure.ACTUAL, 100_000)
    assert not budget_echoes(room, figures, a_release([exact]))


@pytest.mark.rule("R7", 'Percentages: whole area, whole per cent, "alle 5" counted as 0')
@pytest.mark.parametrize(("seen", "is_shown"), [(19, False), (20, True), (21, True)])
def test_a_small_count_adds_nobody_to_a_percentages_base(seen: int, is_shown: bool) -> None:
    """R7: beside 19 visible clients an "alle 5" leaves 19, whatever it stands for."""
    small = Cell("844", "palkkatuki", "2026-07", Measure.CLIENTS, Status.UNDER_THRESHOLD)
    table = estimate_table(PARAMETERS, "2026-08", Archive())
    assert table
    at = position(PARAMETERS, "2026-08", date(2026, 9, 15))
    release = PublicForecast(at, table, (clients(seen), small))
    assert bool(list(percent_cells(release, PARAMETERS, "2026-08"))) is is_shown


@pytest.mark.rule("R7", "Of settled years of the area only")
@pytest.mark.parametrize(("first", "expected"), [("2024", ["2024", "2025"]), ("2025", ["2025"])])
def test_a_correction_is_of_settled_years_of_the_area(first: str, expected: list[str]) -> None:
    """R7: from the area's first year to the last settled one, and never of the year itself."""
    area = PARAMETERS.area.model_copy(update={"valid_from": date(int(first), 1, 1)})
    now = {str(y): {"857": {"palkkatuki": 100}} for y in range(2023, 2028)}
    settled = Settled({"2025": {}}, date(2026, 2, 28))
    assert settled_years("2027", now, settled, area) == expected
    assert settled_years("2025", now, settled, area) == expected[:-1]


# The door


def doors(base: type[PublicModel] = PublicModel) -> list[type[PublicModel]]:
    """Every type that goes through the door."""
    return [kind for k in base.__subclasses__() for kind in (k, *doors(k))]


@pytest.mark.rule("door", "Only known fields, unchangeable")
@pytest.mark.parametrize("kind", doors(), ids=lambda k: k.__name__)
def test_the_door_refuses_a_field_that_it_does_not_have(kind: type[PublicModel]) -> None:
    """Whatever a type holds, a client id beside it does not pass, and nothing is changed inside."""
    with pytest.raises(ValidationError) as refused:
        kind.model_validate({"client_id": "A0"})
    assert ("client_id",) in {e["loc"] for e in refused.value.errors()}
    assert kind.model_config["frozen"]


# R9


@pytest.mark.rule(
    "R4", "Fixed for the year in its first approved release, and the ledger keeps the first"
)
def test_the_archive_keeps_what_was_first_approved() -> None:
    """R5, R9: of a count the value that it closed with, of a year the plan of its first release."""
    plans = [
        {"2025": {"857": Plan("together", {"any": g}, "budget")}} for g in ("month", "quarter")
    ]
    counts = [MARCH.with_value(6), MARCH.with_value(9)]
    base = a_release([]).record
    archive = Archive(
        tuple(replace(base, plans=p, cells=(c,)) for p, c in zip(plans, counts, strict=True))
    )
    assert archive.closed(*MARCH.key) == counts[0]
    assert archive.plans("2025") == plans[0]["2025"]


def standing(*records: Record) -> Cell:
    """Tuusniemi's March as it can be corrected in the first of these releases."""
    wrong = WrongCount(
        records[0].release, *MARCH.key, date(2026, 1, 15), "Väärä kunta.", "controller"
    )
    return standing_count(Archive(records), wrong)[0]


@pytest.mark.rule(
    "R9",
    'A correction differs by the threshold, "alle 5" counted as 0–4, only on the newest page of a year that is not settled',
)
def test_only_a_count_on_the_newest_page_of_an_open_year_is_corrected() -> None:
    """R9: a settled year stays, and so does what the newest annex does not carry any more."""
    march = replace(a_release([MARCH.with_value(6)]).record, release="2025-05", month="2025-05")
    later = replace(march, release="2025-06", month="2025-06")
    assert standing(march) == standing(march, later) == MARCH.with_value(6)
    settled = replace(later, release="2025-tasaus", month="2025-12")
    with pytest.raises(UsageError, match="Vuosi 2025 on tasattu"):
        standing(march, settled)
    with pytest.raises(UsageError, match="ei ole uusimman kuukauden 2025-06 sivulla"):
        standing(march, replace(later, cells=()))
    preliminary = replace(march, cells=(MARCH.with_class(5, 9),))
    with pytest.raises(UsageError, match="Ennakkotieto"):
        standing(preliminary)


@pytest.mark.rule("R9", "What the attack finds is not approved (exit 1), by the area's own rules")
@pytest.mark.parametrize(("least", "given_up"), [(3, True), (4, False), (5, False)])
def test_the_attacker_reads_a_missing_page_by_the_areas_own_rule(
    least: int, given_up: bool, tmp_path: Path
) -> None:
    """R9: where four services are needed, a page missing beside numbers does not say few clients."""
    hidden = [
        *(f"844 palkkatuki {q} clients 12" for q in Q),
        "844 palkkatuki 2025 clients 20",
        "844 starttiraha 2025 clients <5",
        "844 kotoutumiskoulutus 2025 clients <5",
        "844 any 2025 actual_cents .",
    ]
    output = OutputFolder(publish(tmp_path, {"2025-tasaus": [*SETTLED, *WITHHELD, *hidden]}))
    rules = rules_in_force(with_rule("total_services", ("2025-01-01", least)), "2025-12")
    manifest = MANIFEST.model_copy(update={"release": "2025-tasaus", "state": "approved"})
    text = {RULES: rules.model_dump_json()}
    write_handover(output.handover("2025-tasaus"), manifest, (), text)
    verdict = attack_published(output, None, rules_stated(output))
    assert (("A4", "reasons") in verdict.given_up) is given_up
    assert not verdict.violated


# R7: a client-month with one fixed price


def monthly(euros: Iterable[str], service: str = "palkkatuki", year: str = "2025") -> list[Row]:
    """A client with a cost in March for each amount; an amount may be the sum of two."""
    rows: list[Row] = []
    for n, amount in enumerate(euros):
        name, march = f"A{service[0]}{year[2:]}{n}", f"{year}-03"
        rows += [home(name, "857"), period(name, f"{march}-01", f"{march}-31", service)]
        for k, part in enumerate(amount.split("+")):
            rows.append(cost(part, name, month=march, service=service, cost=f"K{name}{k}"))
    return rows


def course(name: str, participants: int, euros: str) -> list[Row]:
    """A course of March with so many participants at home in two municipalities."""
    rows = [cost(euros, group=name, service=KOTO)]
    for n in range(participants):
        who = f"{name}{n}"
        rows.append(home(who, "857" if n % 2 else "297"))
        rows.append(period(who, "2025-03-01", f"2025-03-{10 + n}", KOTO, group=name))
    return rows


PRICED = {
    "four at one price are too few": (monthly(["900,00"] * 4), ()),
    "five at one price": (monthly(["900,00"] * 5), ("palkkatuki",)),
    "six at one price": (monthly(["900,00"] * 6), ("palkkatuki",)),
    "in two instalments": (monthly(["900,00"] * 4 + ["400,00+500,00"]), ("palkkatuki",)),
    "one of five is dearer": (monthly(["900,00"] * 4 + ["901,00"]), ()),
    "two of twenty are dearer": (monthly(["900,00"] * 18 + ["1,00", "2,00"]), ()),
    "one of twenty is dearer": (monthly(["900,00"] * 19 + ["1,00"]), ("palkkatuki",)),
    "one was recovered whole": (monthly(["900,00"] * 5 + ["900,00+-900,00"]), ("palkkatuki",)),
    "two services": (
        monthly(["900,00"] * 5) + monthly(["780,00"] * 5, "starttiraha"),
        ("palkkatuki", "starttiraha"),
    ),
    "a price a head": (course("G", 2, "200,00") + course("H", 3, "300,00"), (KOTO,)),
    "a price a course": (course("G", 2, "300,00") + course("H", 3, "300,00"), ()),
    "another year": (monthly(["900,00"] * 9, year="2024"), ()),
}


@pytest.mark.rule("R7", "A fixed price is seen in the costs")
@pytest.mark.parametrize("name", PRICED)
def test_a_fixed_price_is_seen_in_the_costs(name: str, tmp_path: Path) -> None:
    """Nearly all client-months of the year cost the same, instalments and participants counted."""
    rows, expected = PRICED[name]
    assert fixed_prices(World(tmp_path, rows).costs(), "2025") == expected


@pytest.mark.rule("R7", "A fixed price is seen in the costs, and asks for one service more")
@pytest.mark.parametrize(
    ("least", "needed"), [(3, "5"), (4, "5"), (5, None), (6, None), (None, "5")], ids=str
)
def test_a_fixed_price_needs_one_service_more(
    least: int | None, needed: str | None, tmp_path: Path
) -> None:
    """Two of three services have a price, so five services must be charged; it says what to write."""
    rows = monthly(["900,00"] * 5) + monthly(["780,00"] * 5, "starttiraha")
    rows += monthly(["1,00", "2,00"], KOTO)
    rules = PARAMETERS.rules.model_copy(update={"total_services": None})
    parameters = replace(PARAMETERS, rules=rules)
    if least is not None:
        parameters = with_rule("total_services", ("2025-01-01", least))
    figures = figures_of(costs=World(tmp_path, rows).costs())
    found = price_notes(a_room("2025-03", parameters=parameters), figures)
    expected = ["palkkatuki", "starttiraha"] if needed else []
    assert [dict(p.values)["service"] for p in found] == expected
    assert {dict(p.values)["value"] for p in found} == ({needed} if needed else set())
    assert {p.severity.value for p in found} <= {"note"}


@pytest.mark.rule("R7", "A fixed price is seen in the costs, in the analyst's list of problems")
def test_the_analyst_reads_what_to_write_in_the_rules(tmp_path: Path) -> None:
    """The note stands in the list of problems, without the price, and stops nothing."""
    costs = World(tmp_path, monthly(["912,34"] * 5)).costs()
    room = a_room("2025-03", output=tmp_path)
    problems = room.settings.target.problems
    write_problems((), problems, Language())
    write_reconciliation(
        room, figures_of(costs=costs, counts=drawn({}, "2025-03")), a_release([NUMBER])
    )
    (found,) = read_problems(problems)
    assert found.kind == "fixed_price" and found.severity.value == "note"
    said = problems.read_text(encoding="utf-8")
    assert "total_services arvo, joka on 2025-01-01 vähintään 4" in said and "912" not in said


def test_the_example_data_have_no_fixed_price() -> None:
    """The committed rules do not have to be raised for them."""
    world = World.__new__(World)
    world.parameters, world.warehouse = PARAMETERS, load_folder(PROJECT / "data" / "example")
    for year, as_of in (("2025", "2026-02-28"), ("2026", "2027-02-28")):
        assert fixed_prices(world.costs(f"{year}-12", as_of), year) == ()


# docs/rules-by-sentence.md


def test_the_document_is_what_the_markers_say() -> None:
    """`make rules` would change nothing, and every rule, guarantee and level has a sentence."""
    wanted = {f"{k}{n}" for k, last in (("R", 9), ("G", 6), ("A", 5)) for n in range(1, last + 1)}
    written = runpy.run_path(str(PROJECT / "docs" / "rules_by_sentence.py"))
    assert written["page"]() == written["PAGE"].read_text(encoding="utf-8")
    assert wanted <= {sentence.rule for sentence in written["sentences"]()}
