"""The year's adjustment and what of it is visible: hand-calculated cases, three values at each edge."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.by_hand import ByHand, cents
from worlds.drawn import (
    PARAMETERS,
    Row,
    World,
    any_day,
    any_parameters,
    any_rows,
    budget,
    cells_of,
    cost,
    home,
    invoice,
    period,
    with_member,
    with_rule,
    with_service,
)
from worlds.examples import examples
from worlds.figures import KOTO, NUMBER, SERVICES, drawn_year, shown

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.public.cells import ANY, Cell, Grain, Measure, Plan, Status
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.restricted.disclosure.adjustment import (
    is_secret,
    recorded_cells,
    recorded_class,
    rounded,
    secret_cells,
    settlement_cells,
    year_count_cells,
    year_is_shown,
)
from kuntakoonti.restricted.disclosure.counts import Moment, count_cells, year_closing_day
from kuntakoonti.restricted.figures.adjustment import (
    Settled,
    Year,
    amounts_by_year,
    posting,
    recorded_to_date,
    settle,
    years_of,
)
from kuntakoonti.restricted.figures.advances import read_advances
from kuntakoonti.restricted.figures.costs import known_cents
from kuntakoonti.restricted.figures.mismatches import mismatches
from kuntakoonti.restricted.preparation.context import year_end_name
from kuntakoonti.restricted.preparation.settlements import read_settled

FINAL = "2026-02-28"
NEXT = "2027-02-28"


class Books:
    """A drawn world's years as they are known on a day."""

    def __init__(
        self, folder: Path, rows: Iterable[Row], parameters: Parameters = PARAMETERS
    ) -> None:
        self.world = World(folder, rows, parameters)

    def years(
        self, year: str = "2025", as_of: str = FINAL, settled: Settled | None = None
    ) -> dict[str, Year]:
        settled = settled or Settled()
        world, day = self.world, date.fromisoformat(as_of)
        counts, costs = world.counts(f"{year}-12", as_of), world.costs(f"{year}-12", as_of)
        advances = read_advances(world.warehouse, world.parameters, day)
        before = known_cents(world.warehouse, settled.as_of) if settled.years else {}
        return years_of(year, (counts, costs, advances), settled, before, world.parameters)

    def settled(self, year: str = "2025", as_of: str = FINAL) -> Settled:
        costs = self.world.costs(f"{year}-12", as_of)
        return settle(year, costs, date.fromisoformat(as_of))

    def next_year(self, code: str = "204", year: str = "2026", as_of: str = NEXT) -> Year:
        """The year after 2025 was settled on its closing date."""
        return self.years(year, as_of, self.settled())[code]


def actual(years: dict[str, Year]) -> dict[str, int]:
    """Municipality → cents, of those that had any."""
    found = {code: y.actual_cents(with_correction=False) for code, y in years.items()}
    return {code: amount for code, amount in found.items() if amount}


def people(number: int, municipality: str = "204", service: str = "palkkatuki") -> list[Row]:
    """So many clients of a service in March 2025, without costs."""
    rows: list[Row] = []
    for n in range(number):
        client = f"{service[0].upper()}{municipality}-{n}"
        rows += [home(client, municipality), period(client, "2025-03-01", "2025-03-31", service)]
    return rows


# What the year cost


def test_a_client_who_moves_mid_course_takes_the_month_along(tmp_path: Path) -> None:
    """February 28 : 28 days; in March all 31 days are the new home's, against 14 of another's."""
    rows = [
        home("A", "204", until="2025-03-14"),
        home("A", "749", since="2025-03-15"),
        home("B", "297"),
        period("A", "2025-02-01", "2025-03-31", KOTO, group="G"),
        period("B", "2025-02-01", "2025-03-14", KOTO, group="G"),
        cost("100,00", group="G", month="2025-02", service=KOTO),
        cost("90,00", group="G", month="2025-03", service=KOTO),
    ]
    years = Books(tmp_path, rows).years()
    assert actual(years) == {"204": 5_000, "749": 6_200, "297": 5_000 + 2_800}
    assert [years[c].clients[KOTO] for c in ("204", "297", "749")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        # sevenths of 100,00 €: 1 428,57 · 1 428,57 · 2 857,14 · 4 285,71 cents
        ("100,00", {"204": 1_429, "297": 1_428, "402": 2_857, "749": 4_286}),
        ("99,99", {"204": 1_429, "297": 1_428, "402": 2_857, "749": 4_285}),
        ("-100,00", {"204": -1_429, "297": -1_428, "402": -2_857, "749": -4_286}),
    ],
)
def test_a_course_of_four_municipalities_loses_no_cent(
    amount: str, expected: dict[str, int], tmp_path: Path
) -> None:
    """1, 1, 2 and 3 participant-days: rounding, cutting or giving all to one would be a cent off."""
    rows = [cost(amount, group="G", service=KOTO)]
    for code, days in {"204": 1, "297": 1, "402": 2, "749": 3}.items():
        end = f"2025-03-{days:02d}"
        rows += [home(f"C{code}", code), period(f"C{code}", "2025-03-01", end, KOTO, group="G")]
    years = Books(tmp_path, rows).years()
    assert actual(years) == expected
    assert sum(expected.values()) == cents(amount)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2026-01-14", 150_000), ("2026-01-15", 100_000), ("2026-01-16", 100_000)],
)
def test_a_recovery_in_january_belongs_to_last_year(
    as_of: str, expected: int, tmp_path: Path
) -> None:
    """From the day it is recorded it lowers the year of its service month, not of its record."""
    rows = [
        *people(1),
        cost("1500,00", "P204-0", month="2025-11"),
        cost("-500,00", "P204-0", month="2025-11", cost="T", recorded="2026-01-15"),
    ]
    books = Books(tmp_path, rows)
    assert actual(books.years(as_of=as_of)) == {"204": expected}
    assert actual(books.years("2026", as_of)) == {}


def test_a_cost_whose_client_was_never_in_the_service_goes_home(tmp_path: Path) -> None:
    """It is the cost of the municipality of residence, and makes nobody a client there."""
    rows = [home("Z", "857"), cost("123,45", "Z", month="2025-05")]
    year = Books(tmp_path, rows).years()["857"]
    assert (year.actual["palkkatuki"], year.clients[ANY]) == (12_345, 0)


def test_a_year_takes_its_service_months_and_no_others(tmp_path: Path) -> None:
    """December before, January, December and January after: each in its own year."""
    rows = [home("A", "204")]
    for month, amount in {"2024-12": 1, "2025-01": 10, "2025-12": 100, "2026-01": 1000}.items():
        rows.append(cost(f"{amount},00", "A", month=month))
    books = Books(tmp_path, rows)
    assert actual(books.years()) == {"204": 11_000}
    assert actual(books.years("2026")) == {"204": 100_000}


# Against what was paid


@pytest.mark.parametrize(("credited", "advance"), [(True, 10_000), (False, 20_000)])
def test_a_doubled_advance_is_paid_until_it_is_credited(
    credited: bool, advance: int, tmp_path: Path
) -> None:
    """100,00 € twice against 150,00 € of cost: 50,00 € more to pay, or 50,00 € back."""
    rows = [
        *people(1), cost("150,00", "P204-0"), budget("204", "1200,00"),
        invoice("204", "100,00", invoice="L1"), invoice("204", "100,00", invoice="L2", on="2025-01-20"),
    ]  # fmt: skip
    if credited:
        more = {"invoice": "L3", "on": "2025-02-10", "kind": "credit", "credits": "L2"}
        rows.append(invoice("204", "-100,00", **more))
    year = Books(tmp_path, rows).years()["204"]
    assert year.advance_cents == advance
    assert year.actual_cents(with_correction=True) - year.advance_cents == 15_000 - advance


def test_a_quarterly_schedule_is_settled_by_its_quarters(tmp_path: Path) -> None:
    """Four invoices of a quarter agree with the budget and are the year's advances."""
    quarterly = with_rule("advance_schedule", ("2025-01-01", "quarterly"))
    rows = [budget("204", "1000,03"), *people(1), cost("1100,00", "P204-0")]
    amounts = ("250,01", "250,01", "250,01", "250,00")
    for number, amount in enumerate(amounts, 1):
        on = f"2025-{number * 3 - 2:02d}-10"
        rows.append(invoice("204", amount, f"2025-Q{number}", on=on))
    books = Books(tmp_path, rows, quarterly)
    year = books.years()["204"]
    assert (year.budget["palkkatuki"], year.advance_cents) == (100_003, 100_003)
    assert year.actual_cents(with_correction=True) - year.advance_cents == 9_997
    day = date.fromisoformat(FINAL)
    assert mismatches(read_advances(books.world.warehouse, quarterly, day), quarterly, day) == []


@pytest.mark.parametrize(
    ("as_of", "known"),
    [("2025-06-17", 120_000), ("2025-06-18", 180_000), ("2025-06-19", 180_000)],
)
def test_a_budget_raised_in_june_changes_no_adjustment(
    as_of: str, known: int, tmp_path: Path
) -> None:
    """The year's budget is the raised one; what is evened out is what was invoiced."""
    rows = [
        budget("204", "1200,00"), budget("204", "1800,00", recorded="2025-06-18"),
        invoice("204", "100,00"), *people(1), cost("170,00", "P204-0"),
    ]  # fmt: skip
    year = Books(tmp_path, rows).years(as_of=as_of)["204"]
    assert (year.budget["palkkatuki"], year.advance_cents) == (known, 10_000)
    assert year.actual_cents(with_correction=True) - year.advance_cents == 7_000


def test_a_municipality_without_clients_gets_its_advances_back(tmp_path: Path) -> None:
    """No row anywhere but its invoice: nothing was used, all of it returns, and the page is secret."""
    year = Books(tmp_path, [budget("402", "1200,00"), invoice("402", "1200,00")]).years()["402"]
    assert (year.actual_cents(True), year.advance_cents, year.clients[ANY]) == (0, 120_000, 0)
    assert is_secret(year, PARAMETERS, (NUMBER,))


# Two members that merge


def merged(folder: Path) -> Books:
    """857 merges into 297 on 1 January 2026; both have costs in both years, and late ones."""
    parameters = with_member("857", valid_to="2025-12-31", successor="297")
    rows: list[Row] = []
    for client, code in {"A": "297", "B": "857"}.items():
        rows += [
            home(client, code),
            period(client, "2025-12-01", "2026-01-31"),
            cost("100,00", client, month="2025-12"),
            cost("10,00", client, month="2026-01"),
            cost("1,00", client, month="2025-12", cost=f"L{client}", recorded="2026-04-01"),
        ]
    return Books(folder, rows, parameters)


def test_two_members_that_merge_settle_the_old_year_apart(tmp_path: Path) -> None:
    """The year before the merger each has its own; from it the successor has both."""
    books = merged(tmp_path)
    assert actual(books.years()) == {"297": 10_000, "857": 10_000}
    assert actual(books.years("2026", NEXT)) == {"297": 2_000}


def test_a_successor_settles_late_costs_of_the_member_merged_into_it(tmp_path: Path) -> None:
    """Nothing recorded for a member that is no more is lost: 1,00 € of each."""
    books = merged(tmp_path)
    year = books.next_year("297")
    assert (year.correction_cents, year.correction_clients) == (200, 2)
    assert books.next_year("857").correction_cents == 0


# What was settled, and what came after


@pytest.mark.parametrize(
    ("recorded", "in_2025", "in_2026"),
    [("2026-02-27", 300, 0), ("2026-02-28", 300, 0), ("2026-03-01", 100, 200)],
)
def test_a_cost_is_settled_once_by_the_day_it_was_recorded(
    recorded: str, in_2025: int, in_2026: int, tmp_path: Path
) -> None:
    """Until the closing date it is the year's own; after it the next year's correction."""
    rows = [
        *people(1), cost("1,00", "P204-0", month="2025-03"),
        cost("2,00", "P204-0", month="2025-11", recorded=recorded),
    ]  # fmt: skip
    books = Books(tmp_path, rows)
    assert books.years()["204"].actual_cents(True) == in_2025
    assert books.next_year().correction_cents == in_2026


def test_corrections_of_two_earlier_years_come_each_once(tmp_path: Path) -> None:
    """2027 has what was recorded for 2025 and 2026 after 2026 was settled, and nothing of before."""
    rows = [home("A", "204")]
    for month, recorded, amount in (
        ("2025-06", "2025-07-01", "1,00"), ("2025-06", "2026-05-01", "20,00"),
        ("2026-06", "2026-07-01", "300,00"), ("2025-07", "2027-05-01", "4000,00"),
        ("2026-07", "2027-05-01", "50000,00"),
    ):  # fmt: skip
        rows.append(cost(amount, "A", month=month, cost=f"{month}{recorded}", recorded=recorded))
    books = Books(tmp_path, rows)
    first = books.settled()
    assert books.years("2026", NEXT, first)["204"].correction_cents == 2_000
    second = books.settled("2026", NEXT)
    year = books.years("2027", "2028-02-29", second)["204"]
    assert (year.correction_cents, year.actual_cents(False)) == (5_400_000, 0)


def test_a_year_before_the_area_began_is_nobodys_correction(tmp_path: Path) -> None:
    """The area is charged for service months since its first day, however late one is recorded."""
    rows = [home("A", "204"), cost("1,00", "A", month="2024-12", recorded="2026-05-01")]
    rows.append(cost("2,00", "A", month="2024-11", recorded="2025-01-05"))
    year = Books(tmp_path, rows).next_year()
    assert (year.correction_cents, year.correction_clients) == (0, 0)


def test_a_late_move_corrects_both_municipalities(tmp_path: Path) -> None:
    """A residence recorded after the settlement takes the cost along; no person is counted twice."""
    rows = [*people(1), cost("100,00", "P204-0")]
    rows.append(home("P204-0", "749", since="2025-02-01", recorded="2026-05-01"))
    books = Books(tmp_path, rows)
    found = {code: books.next_year(code) for code in ("204", "749")}
    assert [found[c].correction_cents for c in found] == [-10_000, 10_000]
    assert [found[c].correction_clients for c in found] == [0, 0]


@pytest.mark.parametrize("number", [4, 5, 6])
def test_persons_behind_a_correction_are_those_whose_cost_changed(
    number: int, tmp_path: Path
) -> None:
    """Each of so many got 10,00 € more; one more row for one of them adds nobody."""
    rows = people(number)
    for n in range(number):
        rows.append(cost("10,00", f"P204-{n}", cost=f"K{n}", recorded="2026-04-01"))
    rows.append(cost("10,00", "P204-0", cost="more", recorded="2026-05-01"))
    year = Books(tmp_path, rows).next_year()
    assert (year.correction_cents, year.correction_clients) == (1_000 * (number + 1), number)


@pytest.mark.rule("R7", "Behind a correction: whose cost changed")
def test_a_revision_that_changes_nothing_has_nobody_behind_it(tmp_path: Path) -> None:
    """Four re-recorded, one cancelled and one changed cost are the correction of one person."""
    rows = people(6)
    for n in range(6):
        rows.append(cost("10,00", f"P204-{n}", cost=f"K{n}"))
    for n in range(4):
        rows.append(cost("10,00", f"P204-{n}", cost=f"K{n}", recorded="2026-04-01"))
    rows.append(cost("7,00", "P204-4", cost="one", recorded="2026-04-01"))
    rows.append(cost("-7,00", "P204-4", cost="back", recorded="2026-05-01"))
    rows.append(cost("12,00", "P204-5", cost="K5", recorded="2026-04-01"))
    year = Books(tmp_path, rows).next_year()
    assert (year.correction_cents, year.correction_clients) == (200, 1)


@pytest.mark.parametrize("number", [4, 5, 6])
def test_a_late_course_invoice_has_its_participants_behind_it(number: int, tmp_path: Path) -> None:
    """The participants of this municipality; those of another are not counted here."""
    rows = [cost("70,00", group="G", service=KOTO, recorded="2026-04-01")]
    for n in range(number + 1):
        rows += [home(f"C{n}", "204" if n else "749")]
        rows += [period(f"C{n}", "2025-03-01", "2025-03-31", KOTO, group="G")]
    assert Books(tmp_path, rows).next_year().correction_clients == number


def test_a_course_has_behind_it_those_of_the_month_that_changed(tmp_path: Path) -> None:
    """Six in March, whose cost stays, and four in May, whose cost came late."""
    rows = [
        cost("60,00", group="G", service=KOTO),
        cost("40,00", group="G", month="2025-05", service=KOTO, recorded="2026-04-01"),
    ]
    for n in range(6):
        end = "2025-05-31" if n < 4 else "2025-03-31"
        rows += [home(f"C{n}", "204"), period(f"C{n}", "2025-03-01", end, KOTO, group="G")]
    year = Books(tmp_path, rows).next_year()
    assert (year.correction_cents, year.correction_clients) == (4_000, 4)


def test_a_year_that_was_never_settled_is_no_correction(tmp_path: Path) -> None:
    """2025 settled, 2026 not: in 2027 only what came late for 2025 is one."""
    rows = [home("A", "204"), cost("1,00", "A", recorded="2026-05-01")]
    rows.append(cost("20,00", "A", month="2026-03"))
    books = Books(tmp_path, rows)
    assert books.years("2027", "2028-02-29", books.settled())["204"].correction_cents == 100


def test_an_earlier_year_is_not_settled_after_a_later_one(tmp_path: Path) -> None:
    """What was recorded for 2025 is in 2026's adjustment already; it is not charged again."""
    settings_ = Settings(tmp_path, tmp_path, OutputFolder(tmp_path))
    record = Record("2026-tasaus", "2026-12", date(2027, 2, 28), "controller", "", "", {}, ())
    archive = Archive((replace(record, settled="0" * 64),))
    for release in ("2025-tasaus", "2026-tasaus"):
        with pytest.raises(UsageError, match="2026-tasaus on jo hyväksytty"):
            read_settled(settings_, archive, release)
    for release in ("2027-tasaus", "2027-tasausarvio", "2027-01"):
        with pytest.raises(UsageError, match=r"restricted/settled/2026-tasaus\.json puuttuu"):
            read_settled(settings_, archive, release)


# For any data

random_worlds = examples(8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all random worlds of this module."""
    return tmp_path_factory.mktemp("worlds")


def source(rows: list[Row], parameters: Parameters, as_of: str, year: str) -> int:
    """A year's source costs in slow, plain Python."""
    by_hand = ByHand(cells_of(rows), parameters, date.fromisoformat(as_of), date(2025, 12, 31))
    return sum(
        cents(row["amount"])
        for row in by_hand.newest("costs", "cost_id")
        if by_hand.counted_in(row["service"]) and row["service_month"][:4] == year
    )


@random_worlds
@given(rows=any_rows(), parameters=any_parameters(), as_of=any_day())
def test_members_outside_and_unallocated_are_the_source(
    rows: list[Row], parameters: Parameters, as_of: str, folder: Path
) -> None:
    """Σ members + outside + unallocated = Σ source, for the year of any data."""
    books = Books(folder, rows, parameters)
    members = sum(actual(books.years(as_of=as_of)).values())
    others = amounts_by_year(books.world.costs(as_of=as_of)).get("2025", {})
    rest = sum(sum(others.get(place, {}).values()) for place in ("outside", "unallocated"))
    assert members + rest == source(rows, parameters, as_of, "2025")


@examples(4)
@given(rows=any_rows(), parameters=any_parameters(), then=any_day(), seed=...)
def test_rows_may_come_in_any_order_and_twice(
    rows: list[Row], parameters: Parameters, then: str, seed: int, folder: Path
) -> None:
    """The same rows shuffled, each revision applied twice: the same years and corrections."""
    once, again = Books(folder, rows, parameters), [*rows, *rows]
    settled = once.settled("2024", then)
    before = once.years(), once.years("2026", settled=once.settled(as_of=then)), settled
    random.Random(seed).shuffle(again)
    twice = Books(folder, again, parameters)
    settled = twice.settled("2024", then)
    assert (
        twice.years(),
        twice.years("2026", settled=twice.settled(as_of=then)),
        settled,
    ) == before


@random_worlds
@given(rows=any_rows(), parameters=any_parameters(), then=any_day())
def test_two_years_settle_every_cent_once(
    rows: list[Row], parameters: Parameters, then: str, folder: Path
) -> None:
    """Settled 2025 + its correction in 2026 + what is outside = all of 2025 that is known now."""
    books = Books(folder, rows, parameters)
    settled = books.settled(as_of=then)
    known = settled.years.get("2025", {})
    codes = [m.code for m in parameters.area.members]
    members = sum(sum(known.get(code, {}).values()) for code in codes)
    later = sum(y.correction_cents for y in books.years("2026", NEXT, settled).values())
    now = amounts_by_year(books.world.costs("2026-12", NEXT)).get("2025", {})
    rest = sum(sum(now.get(place, {}).values()) for place in ("outside", "unallocated"))
    assert members + later + rest == source(rows, parameters, NEXT, "2025")


# How it is posted


@pytest.mark.rule("R7", "Else a posting by the net advances, largest remainder")
@pytest.mark.parametrize(
    ("adjustment", "advances", "expected"),
    [
        (-1_134_563, (9_600_000, 1_320_000, 1_200_000), (-898_664, -123_566, -112_333)),
        (100, (1, 1, 1), (34, 33, 33)),
        (-100, (1, 1, 1), (-34, -33, -33)),
        (200, (1, 1, 1), (67, 67, 66)),
        (0, (5, 0, 7), (0, 0, 0)),
        (77, (0, 0, 0), (77, 0, 0)),
        (77, (-50, 100, 0), (0, 77, 0)),
    ],
)
def test_a_posting_is_shared_by_the_advances(
    adjustment: int, advances: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    """Largest remainder, ties in service order; a net credit takes no part, no advance all to the first."""
    found = posting(adjustment, dict(zip(SERVICES, advances, strict=True)))
    assert tuple(found.values()) == expected


amounts = st.integers(-(10**12), 10**12)


@given(adjustment=amounts, advances=st.lists(amounts, min_size=1, max_size=5))
def test_a_posting_sums_to_the_adjustment_to_the_cent(adjustment: int, advances: list[int]) -> None:
    """Whatever was paid, and no part has another sign than the whole."""
    parts = posting(adjustment, {f"s{i}": c for i, c in enumerate(advances)}).values()
    assert sum(parts) == adjustment
    assert all(part * adjustment >= 0 for part in parts)


# What is visible: the final adjustment


@pytest.mark.rule("R7", "Per service for all or for none, from the threshold")
@pytest.mark.parametrize("smallest", [4, 5, 6])
def test_actual_costs_are_shown_for_all_services_or_none(smallest: int) -> None:
    """One service under the threshold hides every service's amount, and the total stays exact."""
    found = shown(drawn_year((9, smallest, 9)))
    assert found[ANY, "actual_cents"] == 95_000
    assert found[ANY, "adjustment_cents"] == 95_000 - 100_000
    if smallest >= 5:
        assert [found[s, "actual_cents"] for s in SERVICES] == [60_000, 20_000, 15_000]
        assert [found[s, "adjustment_cents"] for s in SERVICES] == [-20_000, 10_000, 5_000]
        assert not [key for key in found if key[1] == "posting_cents"]
    else:
        for measure in ("actual_cents", "adjustment_cents"):
            assert [found[s, measure] for s in SERVICES] == ["not_shown"] * 3
        assert [found[s, "posting_cents"] for s in SERVICES] == [-4_000, -500, -500]


@pytest.mark.rule(
    "R7", 'Per service for all or for none, from the threshold, and no period "alle 5"'
)
@pytest.mark.parametrize(
    ("municipality", "period", "status", "per_service"),
    [
        ("204", "2025-03", Status.UNDER_THRESHOLD, False),
        ("204", "2025-Q1", Status.UNDER_THRESHOLD, False),
        ("204", "2025-03", Status.NOT_OFFERED, True),
        ("297", "2025-03", Status.UNDER_THRESHOLD, True),
        ("204", "2025", Status.UNDER_THRESHOLD, True),
    ],
)
def test_a_small_period_hides_every_services_euros(
    municipality: str, period: str, status: Status, per_service: bool
) -> None:
    """R7 as repaired: a published "alle 5" period of the municipality, and no other, hides them."""
    small = Cell(municipality, "starttiraha", period, Measure.CLIENTS, status)
    cells = list(settlement_cells(drawn_year((9, 9, 9)), PARAMETERS, (NUMBER, small)))
    actual = [c for c in cells if c.measure is Measure.ACTUAL and c.service != ANY]
    assert len(actual) == 3
    assert {c.value is not None for c in actual} == {per_service}


@pytest.mark.rule("R7 secret page", "Fewer clients in the year than the threshold")
@pytest.mark.parametrize("clients", [0, 4, 5, 6])
def test_fewer_clients_than_the_threshold_make_the_page_secret(clients: int) -> None:
    """Then no amount is public but budget and advances; the secret page has all to the cent."""
    year = drawn_year((clients, 0, 0))
    found = shown(year)
    assert is_secret(year, PARAMETERS, (NUMBER,)) is (clients < 5)
    if clients < 5:
        hidden = {(ANY, "actual_cents"): "not_shown", (ANY, "adjustment_cents"): "not_shown"}
        assert found == hidden
    else:
        assert found[ANY, "actual_cents"] == 95_000
    exact = {(c.service, c.measure): c.value for c in secret_cells(year)}
    assert exact[ANY, Measure.ACTUAL] - 100_000 == exact[ANY, Measure.ADJUSTMENT] == -5_000
    assert [exact[s, Measure.POSTING] for s in SERVICES] == [-4_000, -500, -500]


@pytest.mark.rule("R7 secret page", "Holds exact totals, the correction in them, a posting")
def test_the_secret_page_holds_the_correction_in_its_actual_cost() -> None:
    """No line of its own: 95,00 € short of 1 000,00 € and 30,00 € of last year."""
    year = drawn_year((4, 0, 0), correction={"palkkatuki": 3_000}, correction_clients=5)
    cells = {(c.service, c.measure): c.value for c in secret_cells(year)}
    assert cells[ANY, Measure.ACTUAL] == 98_000
    assert cells[ANY, Measure.ADJUSTMENT] == -2_000
    assert not [key for key in cells if key[1] is Measure.PRIOR_YEAR]


@pytest.mark.rule("R7", "A correction of enough persons: its own line, not in the actual cost")
@pytest.mark.rule("R7", "Of few: in the actual cost, of the service too")
@pytest.mark.parametrize("persons", [4, 5, 6])
def test_a_correction_has_its_own_line_from_the_threshold(persons: int) -> None:
    """Else it is in the actual cost; adjustment = actual − advances either way."""
    year = drawn_year(correction={"palkkatuki": 3_000, KOTO: -500}, correction_clients=persons)
    found = shown(year)
    own = persons >= 5
    assert found.get((ANY, "prior_year_correction_cents")) == (2_500 if own else None)
    assert found[ANY, "actual_cents"] == (95_000 if own else 97_500)
    assert found[ANY, "adjustment_cents"] == (-5_000 if own else -2_500)
    by_service = [found[s, "actual_cents"] for s in SERVICES]
    assert by_service == ([60_000, 20_000, 15_000] if own else [63_000, 20_000, 14_500])


def test_a_small_correction_hides_nothing_that_was_shown() -> None:
    """Whether services are shown depends on their clients only: hiding would tell of the correction."""
    with_one = shown(drawn_year(correction={"palkkatuki": 3_000}, correction_clients=1))
    assert with_one.keys() == shown(drawn_year()).keys()


@pytest.mark.rule(
    "R7",
    "Of few: in the actual cost, of the service too, of a service without a row: no service is shown",
)
def test_a_correction_of_a_service_no_longer_shown_is_in_the_total() -> None:
    """Its service has no row on the page, so that the others could not sum to the total."""
    year = drawn_year(correction={"tyollistamistuki_55": 700}, correction_clients=1)
    found = shown(year)
    assert found[ANY, "actual_cents"] == 95_700
    assert found["palkkatuki", "actual_cents"] == "not_shown"
    assert sum(int(found[s, "posting_cents"]) for s in SERVICES) == 95_700 - 100_000


small_years = st.builds(
    drawn_year,
    st.tuples(*[st.integers(0, 12)] * 3),
    actual=st.fixed_dictionaries(dict.fromkeys(SERVICES, st.integers(-(10**6), 10**9))),
    advances=st.fixed_dictionaries(dict.fromkeys(SERVICES, st.integers(-(10**6), 10**9))),
    correction=st.dictionaries(st.sampled_from(SERVICES), st.integers(-(10**6), 10**6)),
    correction_clients=st.integers(0, 9),
)


@pytest.mark.rule("R7", "Final: total and adjustment to the cent")
@given(small_years)
def test_adjustment_is_actual_less_advances_always(year: Year) -> None:
    """In total, and per service; services and postings sum to the total to the cent."""
    found = {(c.service, c.measure): c.value for c in settlement_cells(year, PARAMETERS, (NUMBER,))}
    total, adjusted = found[ANY, Measure.ACTUAL], found[ANY, Measure.ADJUSTMENT]
    if is_secret(year, PARAMETERS, (NUMBER,)):
        assert total is None and adjusted is None
        return
    assert total is not None and adjusted == total - year.advance_cents
    line = found.get((ANY, Measure.PRIOR_YEAR))
    assert total + (line or 0) == sum(year.actual.values()) + year.correction_cents
    if (SERVICES[0], Measure.POSTING) in found:
        assert sum(found[s, Measure.POSTING] or 0 for s in SERVICES) == adjusted
    else:
        assert sum(found[s, Measure.ACTUAL] or 0 for s in SERVICES) == total
        for s in SERVICES:
            gap = (found[s, Measure.ACTUAL] or 0) - year.advances[s]
            assert found[s, Measure.ADJUSTMENT] == gap


# What is visible: the year's distinct counts


def cell(period: str, value: int | None) -> Cell:
    """A closed count; None is "alle 5"."""
    empty = Cell("204", "palkkatuki", period, Measure.CLIENTS, Status.UNDER_THRESHOLD)
    return empty if value is None else empty.with_value(value)


def periods(*values: int | None) -> list[Cell]:
    return [cell(f"2025-{n:02d}", value) for n, value in enumerate(values, 1)]


@pytest.mark.rule("R6", "Shown if the year's count is large enough")
@pytest.mark.parametrize(("exact", "is_shown"), [(4, False), (5, True), (6, True)])
def test_a_years_count_is_at_least_the_threshold(exact: int, is_shown: bool) -> None:
    """With twelve months of "alle 5" only the count itself decides: 4 × 10 repeats are enough."""
    assert year_is_shown(exact, periods(*[None] * 12), 5) is is_shown


@pytest.mark.rule(
    "R6", "Shown if the year's count is large enough, its difference from every exact period"
)
@pytest.mark.parametrize(("exact", "is_shown"), [(14, False), (15, True), (16, True)])
def test_a_year_differs_from_every_period_by_the_threshold(exact: int, is_shown: bool) -> None:
    """The largest month had 10: 4, 5 or 6 persons more in the year."""
    assert year_is_shown(exact, periods(10, 9, 8, 7), 5) is is_shown


@pytest.mark.rule(
    "R6",
    'Shown if the year\'s count is large enough, and the repeats, all "alle 5" but two counted as 4',
)
@pytest.mark.parametrize(("exact", "is_shown"), [(24, True), (25, True), (26, False)])
def test_a_years_repeats_are_at_least_the_threshold(exact: int, is_shown: bool) -> None:
    """10 + 12 + two "alle 5" that do not count + one of 4 + one of 4 = 30 less the year."""
    assert year_is_shown(exact, periods(10, 12, None, None, None, None), 5) is is_shown


@pytest.mark.parametrize(("small", "is_shown"), [(1, False), (2, False), (3, True)])
def test_the_first_two_small_periods_prove_no_repeats(small: int, is_shown: bool) -> None:
    """11 + 9 less a year of 16 is 4; the third "alle 5" adds 4."""
    assert year_is_shown(16, periods(11, 9, *[None] * small), 5) is is_shown


def year_cells(
    folder: Path, number: int, grain: Grain, extra: int = 0
) -> dict[tuple[str, str], Cell]:
    """Kaavi's count cells of the final adjustment: so many in March, others in April."""
    rows = people(number)
    for n in range(extra):
        client = f"A{n}"
        rows += [home(client, "204"), period(client, "2025-04-01", "2025-05-31")]
    counts = World(folder, rows).counts("2025-12", FINAL)
    plans = {"204": Plan("per_service", {"palkkatuki": grain}, "decision", "drawn")}
    moment = Moment("2025-12", date.fromisoformat(FINAL), Archive())
    cells = tuple(count_cells(counts, {"2025": plans}, PARAMETERS, moment))
    yearly = year_count_cells(counts, plans, cells, PARAMETERS)
    return {(c.service, c.period): c for c in (*cells, *yearly)}


@pytest.mark.parametrize("number", [4, 5, 6])
def test_a_year_grain_series_has_one_figure(number: int, tmp_path: Path) -> None:
    """Exact from the threshold, "alle 5" below it, and no month or quarter beside it."""
    cells = year_cells(tmp_path, number, "year")
    assert list(cells) == [("palkkatuki", "2025")]
    found = cells["palkkatuki", "2025"]
    assert found.value == (number if number >= 5 else None)
    assert found.status is (Status.FINAL if number >= 5 else Status.UNDER_THRESHOLD)


@pytest.mark.rule("R6", 'Else "ei esitetä"')
@pytest.mark.parametrize("number", [4, 5, 6])
def test_the_final_adjustment_closes_all_periods_together(number: int, tmp_path: Path) -> None:
    """Twelve months, none preliminary; the year is "not shown" where R6 does not let it."""
    cells = year_cells(tmp_path, number, "month", extra=6)
    months = [c for (_, p), c in cells.items() if len(p) > 4]
    assert len(months) == 12
    assert {c.status for c in months} == {Status.FINAL, Status.UNDER_THRESHOLD}
    assert cells["palkkatuki", "2025-03"].value == (number if number >= 5 else None)
    year = cells["palkkatuki", "2025"]  # number + 6; April and May repeat 6, nine or ten small
    assert year.status is (Status.FINAL if number >= 5 else Status.NOT_SHOWN)


# Before the closing date


@pytest.mark.parametrize(
    ("day", "final"), [("2026-02-27", False), ("2026-02-28", True), ("2026-03-01", True)]
)
def test_an_adjustment_is_final_from_the_closing_date(day: str, final: bool) -> None:
    """The last day of the following February; the release is named by it."""
    as_of = date.fromisoformat(day)
    assert year_end_name("2025", PARAMETERS, as_of) == f"2025-tasaus{'' if final else 'arvio'}"


def test_the_closing_date_of_a_leap_year_is_its_29th() -> None:
    """28 February 2028 is still before it."""
    assert year_closing_day(PARAMETERS, "2027") == date(2028, 2, 29)
    assert year_end_name("2027", PARAMETERS, date(2028, 2, 28)) == "2027-tasausarvio"


@pytest.mark.parametrize(
    ("cents", "expected"),
    [
        (49_999, 0), (50_000, 100_000), (50_001, 100_000),
        (-49_999, 0), (-50_000, -100_000), (-50_001, -100_000),
        (99_999_999, 100_000_000), (100_000_000, 100_000_000), (100_000_001, 100_000_000),
        (100_499_999, 100_000_000), (100_500_000, 101_000_000), (-100_500_000, -101_000_000),
    ],
)  # fmt: skip
def test_a_forecast_is_rounded_to_the_nearest_step(cents: int, expected: int) -> None:
    """To 1 000 €, above a million to 10 000 €; half away from zero."""
    assert rounded(cents) == expected


@pytest.mark.rule(
    "R7", "During the year one total, rounded down to a step: 3,000 €, from a million 10,000 €"
)
@pytest.mark.parametrize(
    ("cents", "expected"),
    [
        (0, 0), (299_999, 0), (300_000, 300_000), (599_999, 300_000), (-1, -300_000),
        (99_999_999, 99_900_000), (100_000_000, 100_000_000), (100_999_999, 100_000_000),
        (101_000_000, 101_000_000),
    ],
)  # fmt: skip
def test_a_recorded_cost_is_the_lower_end_of_its_class(cents: int, expected: int) -> None:
    """The rule's step decides; a folder without the rule rounds to the nearest 1,000 €."""
    assert recorded_class(cents, PARAMETERS.rules, date(2025, 8, 1)) == expected
    older = PARAMETERS.rules.model_copy(update={"recorded_step": None})
    assert recorded_class(cents, older, date(2025, 8, 1)) == rounded(cents)


def test_a_step_is_the_one_of_the_releases_month() -> None:
    """A step that changes in mid-year holds from the release of its month."""
    fine, coarse = ({"below_million": n, "from_million": 10 * n} for n in (1000, 5000))
    rules = with_rule("recorded_step", ("2025-01-01", fine), ("2025-07-01", coarse)).rules
    days = (date(2025, 6, 1), date(2025, 7, 1))
    assert [recorded_class(1_234_567, rules, day) for day in days] == [1_200_000, 1_000_000]


def recorded(folder: Path, rows: Iterable[Row], cells: Sequence[Cell] = (NUMBER,)) -> Cell:
    """Kaavi's only euro figure of an estimate."""
    costs = World(folder, rows).costs("2025-12", "2026-01-20")
    found = [
        c
        for c in recorded_cells(costs, tuple(cells), PARAMETERS, "2025-12")
        if c.municipality == "204"
    ]
    assert [(c.service, c.measure) for c in found] == [(ANY, Measure.ACTUAL_ROUNDED)]
    return found[0]


@pytest.mark.rule(
    "R7",
    "During the year one total, rounded down to a step, with enough persons behind it, and no service",
)
@pytest.mark.parametrize("persons", [4, 5, 6])
def test_an_estimate_is_a_rounded_total_of_enough_persons(persons: int, tmp_path: Path) -> None:
    """Each cost 3 333,33 €; under the threshold nothing, and never a service by itself."""
    rows = people(persons)
    rows += [cost("3333,33", f"P204-{n}") for n in range(persons)]
    found = recorded(tmp_path, rows)
    assert found.value == {4: None, 5: 1_500_000, 6: 1_800_000}[persons]
    assert found.status is (Status.NOT_SHOWN if persons == 4 else Status.FINAL)


@pytest.mark.rule(
    "R7",
    "During the year one total, rounded down to a step, beside a count of that year with a number",
)
@pytest.mark.parametrize(
    ("values", "is_shown"),
    [
        ((), False), ((None,), False), ((None,) * 12, False), ((None, None, 5), True),
    ],
)  # fmt: skip
def test_no_estimate_while_no_count_of_the_year_carries_a_number(
    values: tuple[int | None, ...], is_shown: bool, tmp_path: Path
) -> None:
    """However many "alle 5" stand there: a total beside nothing else would bound them."""
    rows = people(6) + [cost("1000,00", f"P204-{n}") for n in range(6)]
    found = recorded(tmp_path, rows, periods(*values))
    assert found.value == (600_000 if is_shown else None)


@pytest.mark.rule("R7 secret page", "No count of the year carries a number")
@pytest.mark.parametrize(
    ("count", "secret"),
    [
        (NUMBER, False), (replace(NUMBER, period="2025"), False),
        (NUMBER.with_value(5), False),
        (replace(NUMBER, value=None, status=Status.UNDER_THRESHOLD), True),
        (replace(NUMBER, value=None, status=Status.NOT_SHOWN), True),
        (replace(NUMBER, period="2024-12"), True), (replace(NUMBER, municipality="297"), True),
        (replace(NUMBER, measure=Measure.ADVANCE), True),
    ],
)  # fmt: skip
def test_a_year_without_a_number_among_its_counts_is_secret(count: Cell, secret: bool) -> None:
    """Nine clients, but only a count of this municipality and year that carries a number opens it."""
    assert is_secret(drawn_year(), PARAMETERS, (count,)) is secret


@pytest.mark.rule("R7", "Persons behind costs are a lower bound")
def test_persons_behind_recorded_cost_are_a_lower_bound(tmp_path: Path) -> None:
    """A course's participants may be its named clients: six and six are at least six."""
    rows = people(6, service=KOTO) + people(1, "749")
    rows = [
        r if r.table == "residences" else Row(r.table, {**r.cells, "group_id": "G"}) for r in rows
    ]
    rows += [cost("10,00", f"K204-{n}") for n in range(5)]
    rows.append(cost("60,00", group="G", service=KOTO))
    costs = World(tmp_path, rows).costs()
    assert recorded_to_date(costs, "204", "2025") == (5_000 + 6_000, 6)


def test_services_counted_in_another_are_settled_there(tmp_path: Path) -> None:
    """The 55+ subsidy is pay subsidy by default, and its own line or nothing by another rule."""
    rows = [
        *people(1, service="tyollistamistuki_55"),
        cost("9,00", "T204-0", service="tyollistamistuki_55"),
    ]
    for counts_as, expected in {
        "palkkatuki": {"palkkatuki": 900},
        "own": {"tyollistamistuki_55": 900},
        "excluded": {},
    }.items():
        parameters = with_service("tyollistamistuki_55", counts_as=counts_as)
        year = Books(tmp_path, rows, parameters).years()["204"]
        assert {s: c for s, c in year.actual.items() if c} == expected
