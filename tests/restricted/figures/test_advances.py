"""Advances: schedule, budgets by date, invoices and where they differ, one case per sentence."""

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.drawn import (
    PARAMETERS,
    Row,
    budget,
    invoice,
    load_folder,
    load_rows,
    with_member,
    with_rule,
    with_service,
)
from worlds.examples import examples
from worlds.places import PROJECT

from kuntakoonti.core.periods import months_of
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.restricted.figures.advances import Advances, read_advances, schedule
from kuntakoonti.restricted.figures.mismatches import mismatches, problem_of
from kuntakoonti.restricted.intake.revisions import make_revisions
from kuntakoonti.restricted.intake.sentences import MISMATCH_SENTENCES

QUARTERLY = with_rule("advance_schedule", ("2025-01-01", "quarterly"))
JANUARY = "2025-01"
Found = list[tuple[str, str, int, int]]  # municipality, finding, expected and invoiced cents


class Look:
    """Rows as known on a day: the advances, and what was found about them."""

    def __init__(
        self, folder: Path, rows: Sequence[Row], as_of: str, parameters: Parameters = PARAMETERS
    ) -> None:
        day = date.fromisoformat(as_of)
        warehouse = load_rows(folder, rows, parameters)
        make_revisions(warehouse, day)
        self.advances: Advances = read_advances(warehouse, parameters, day)
        self.mismatches = mismatches(self.advances, parameters, day)

    def found(self, period: str = JANUARY) -> Found:
        return [
            (m.municipality, m.finding, m.expected_cents, m.invoiced_cents)
            for m in self.mismatches
            if m.period == period
        ]

    def expected(self, municipality: str = "297", service: str = "palkkatuki") -> list[int]:
        """Cents of every period of the year, in order."""
        keys = sorted(k for k in self.advances.expected if k[:2] == (municipality, service))
        return [self.advances.expected[key] for key in keys]


def shares(*texts: str) -> Parameters:
    return with_rule("advance_schedule", ("2025-01-01", [*texts, *["0"] * (12 - len(texts))]))


def test_a_monthly_schedule_gives_odd_cents_to_the_first_months() -> None:
    """1 000,07 € is eleven months of 83,34 € and one of 83,33 €."""
    months = schedule(PARAMETERS, "2025", 100_007)
    assert list(months) == list(months_of("2025"))
    assert list(months.values()) == [8_334] * 11 + [8_333]


def test_a_quarterly_schedule_gives_odd_cents_to_the_first_quarters() -> None:
    """1 000,03 € is three quarters of 250,01 € and one of 250,00 €."""
    assert schedule(QUARTERLY, "2025", 100_003) == {
        "2025-Q1": 25_001,
        "2025-Q2": 25_001,
        "2025-Q3": 25_001,
        "2025-Q4": 25_000,
    }


def test_shares_are_of_the_months_that_have_one() -> None:
    """A third, two thirds and nothing more: the odd cent to the first, no advance in the others."""
    third = shares("0.3333", "0", "0.6667")
    assert schedule(third, "2025", 100_01) == {"2025-01": 33_34, "2025-03": 66_67}


cuts = st.lists(st.integers(0, 1000), min_size=11, max_size=11).map(sorted)


@examples(30)
@given(cents=st.integers(0, 10**13), cuts=cuts)
def test_a_schedule_sums_to_the_budget(cents: int, cuts: list[int]) -> None:
    """Whatever the shares, to the cent; each is within a cent of its exact share."""
    thousandths = [after - before for before, after in pairwise([0, *cuts, 1000])]
    texts = [str(Decimal(n) / 1000) for n in thousandths]
    months = schedule(shares(*texts), "2025", cents)
    assert sum(months.values()) == cents
    over = [n - cents * Decimal(texts[int(m[5:]) - 1]) for m, n in months.items()]
    assert all(-1 < gap <= 1 for gap in over)
    assert over == sorted(over, key=lambda gap: gap <= 0)  # rounded up first, then down
    for parameters in (PARAMETERS, QUARTERLY):
        even = list(schedule(parameters, "2025", cents).values())
        assert (sum(even), even) == (cents, sorted(even, reverse=True))
        assert max(even) - min(even) <= 1


def test_a_new_schedule_begins_with_its_year() -> None:
    """The schedule is the one in force when the year begins."""
    changed = with_rule("advance_schedule", ("2025-01-01", "monthly"), ("2025-07-01", "quarterly"))
    assert len(schedule(changed, "2025", 12)) == 12
    assert len(schedule(changed, "2026", 12)) == 4


def test_a_budget_without_a_date_is_known_always(tmp_path: Path) -> None:
    """Even before the area began; a dated one replaces it from its day."""
    rows = [budget("297", "1200,00", recorded=""), budget("297", "2400,00", recorded="2025-02-01")]
    for as_of, cents in {
        "2020-01-01": 120_000,
        "2025-01-31": 120_000,
        "2025-02-01": 240_000,
    }.items():
        look = Look(tmp_path, rows, as_of)
        assert look.advances.budgets == {("2025", "297", "palkkatuki"): cents}
    assert look.expected() == [10_000] + [20_000] * 11


@pytest.mark.parametrize(
    ("raised_on", "june"), [("2025-05-31", 200), ("2025-06-01", 200), ("2025-06-02", 100)]
)
def test_a_raised_budget_is_in_force_from_the_next_periods_first_day(
    raised_on: str, june: int, tmp_path: Path
) -> None:
    """Raised in June: June is of the budget known on its first day, July of the new one."""
    rows = [budget("297", "12,00"), budget("297", "24,00", recorded=raised_on)]
    expected = Look(tmp_path, rows, "2025-12-31").expected()
    assert expected == [100] * 5 + [june] + [200] * 6
    assert Look(tmp_path, rows, "2025-05-30").expected() == [100] * 12


def test_periods_before_any_budget_was_known_are_of_the_first(tmp_path: Path) -> None:
    """A budget that came in February is January's and February's too, its revision is not."""
    rows = [
        budget("297", "12,00", recorded="2025-02-15"),
        budget("297", "24,00", recorded="2025-03-10"),
    ]
    assert Look(tmp_path, rows, "2025-12-31").expected() == [100, 100, 100] + [200] * 9
    assert Look(tmp_path, rows, "2025-02-14").expected() == []


def test_a_quarter_is_of_the_budget_known_on_its_first_day(tmp_path: Path) -> None:
    """Quarterly: the budget raised on 2 April is in force from the third quarter."""
    rows = [budget("297", "4,00"), budget("297", "8,00", recorded="2025-04-02")]
    assert Look(tmp_path, rows, "2025-12-31", QUARTERLY).expected() == [100, 100, 200, 200]


def test_an_invoice_as_expected_is_not_found(tmp_path: Path) -> None:
    """The right amount, in one invoice or in several, or with a credit, is right."""
    rows = [budget(code, "12,00") for code in ("204", "297", "749")]
    rows += [
        invoice("204", "1,00"),
        invoice("297", "0,60", invoice="L1"),
        invoice("297", "0,40", invoice="L2"),
        invoice("749", "1,50", invoice="L3"),
        invoice("749", "-0,50", invoice="L4", kind="credit", credits="L3"),
    ]
    assert Look(tmp_path, rows, "2025-01-31").found() == []


def test_a_years_advances_are_all_invoices_and_credits_by_period(tmp_path: Path) -> None:
    """Doubled and misdirected ones included, whatever the grain; another year's are not."""
    rows = [
        invoice("297", "100,00", "2025-01", invoice="L1"),
        invoice("297", "100,00", "2025-01", invoice="L2"),
        invoice("297", "-30,00", "2025-01", invoice="L3", kind="credit", credits="L2"),
        invoice("297", "7,00", "2025-Q3"),
        invoice("297", "0,50", "2025"),
        invoice("297", "9,00", "2024-12"),
        invoice("297", "9,00", "2025-01", service="starttiraha", invoice="L1"),
        invoice("204", "9,00", "2025-01"),
    ]
    advances = Look(tmp_path, rows, "2025-12-31").advances
    assert advances.invoiced("297", "palkkatuki", "2025-01") == 17_000
    assert advances.invoiced("297", "palkkatuki", "2025-Q3") == 700
    assert advances.invoiced("297", "palkkatuki", "2025") == 17_750
    assert advances.invoiced("297", "palkkatuki", "2026") == 0
    assert [i.invoice_id for i in advances.of("297", "palkkatuki", "2025-01")] == ["L1", "L2", "L3"]
    assert all(type(i.cents) is int for i in advances.invoices)


def test_a_doubled_advance_is_doubled_until_it_is_credited(tmp_path: Path) -> None:
    """Two invoices of the expected amount; the credit of one, or a part of it, tells which."""
    rows = [budget("297", "12,00"), invoice("297", "1,00", invoice="L1")]
    rows += [invoice("297", "1,00", invoice="L2", on="2025-01-20")]
    for credit, finding, invoiced in (
        ("", "doubled", 200),
        ("-0,40", "doubled", 160),
        ("-1,00", "doubled_credited", 100),
    ):
        back = [invoice("297", credit, invoice="L3", kind="credit", credits="L2", on="2025-06-12")]
        look = Look(tmp_path, [*rows, *(back if credit else [])], "2025-06-30")
        assert look.found() == [("297", finding, 100, invoiced)]
        assert look.mismatches[0].invoice_ids == ("L1", "L2", *(["L3"] if credit else []))


def test_rows_of_one_invoice_are_not_doubled(tmp_path: Path) -> None:
    """A row for each service that is counted in one: together right, and doubled only together."""
    rows = [budget("297", "12,00"), budget("297", "12,00", "tyollistamistuki_55")]
    once = [
        invoice("297", "1,00", service=service, invoice="L1")
        for service in ("palkkatuki", "tyollistamistuki_55")
    ]
    again = [row._replace(cells=row.cells | {"invoice_id": "L2"}) for row in once]
    assert Look(tmp_path, [*rows, *once], "2025-01-31").found() == []
    look = Look(tmp_path, [*rows, *once, *again], "2025-01-31")
    assert look.found() == [("297", "doubled", 200, 400)]
    assert look.mismatches[0].invoice_ids == ("L1", "L2")


@pytest.mark.parametrize(("amount", "found"), [("0,99", 99), ("1,00", None), ("1,01", 101)])
def test_an_amount_a_cent_off_differs(amount: str, found: int | None, tmp_path: Path) -> None:
    """A cent under, right, a cent over."""
    look = Look(tmp_path, [budget("297", "12,00"), invoice("297", amount)], "2025-01-31")
    assert look.found() == ([("297", "differing", 100, found)] if found else [])


def test_an_advance_is_pending_in_the_month_of_the_extraction_and_then_missing(
    tmp_path: Path,
) -> None:
    """January's: not yet in January, missing in February; a wrong one differs at once."""
    rows = [budget("297", "12,00")]
    for as_of, found in {
        "2024-12-31": [],
        "2025-01-01": [],
        "2025-01-31": [],
        "2025-02-01": [("297", "missing", 100, 0)],
    }.items():
        assert Look(tmp_path, rows, as_of).found() == found
    look = Look(tmp_path, [*rows, invoice("297", "3,00", on="2025-01-01")], "2025-01-01")
    assert look.found() == [("297", "differing", 100, 300)]


def test_a_period_that_has_not_begun_is_not_looked_at(tmp_path: Path) -> None:
    """An invoice sent ahead is compared when its period begins."""
    rows = [budget("297", "12,00"), invoice("297", "9,00", "2025-03", on="2025-01-10")]
    rows += [invoice("297", "1,00", m) for m in ("2025-01", "2025-02")]
    assert Look(tmp_path, rows, "2025-02-28").mismatches == []
    found = Look(tmp_path, rows, "2025-03-01").found("2025-03")
    assert found == [("297", "differing", 100, 900)]


INSTEAD, BESIDES, IN_ONE_SUM = ["2,00"], ["1,00", "2,00"], ["3,00"]


@pytest.mark.parametrize("to_297", [INSTEAD, BESIDES, IN_ONE_SUM])
def test_an_advance_sent_to_another_member_is_misdirected(
    to_297: list[str], tmp_path: Path
) -> None:
    """What a member has wrong or too much is exactly what another lacks."""
    rows = [budget("297", "12,00"), budget("749", "24,00"), budget("204", "12,00")]
    rows += [invoice("297", amount, invoice=f"L{n}") for n, amount in enumerate(to_297)]
    rows += [invoice("204", "1,50")]
    invoiced = sum(int(amount[0]) * 100 for amount in to_297)
    assert Look(tmp_path, rows, "2025-02-01").found() == [
        ("204", "differing", 100, 150),
        ("297", "misdirected", 100, invoiced),
        ("749", "missing", 200, 0),
    ]


def test_a_second_advance_that_an_equal_member_lacks_is_misdirected(tmp_path: Path) -> None:
    """Two members with the same budget: one has both advances, the other none."""
    rows = [budget("297", "12,00"), budget("749", "12,00")]
    rows += [invoice("297", "1,00", invoice="L1"), invoice("297", "1,00", invoice="L2")]
    assert Look(tmp_path, rows, "2025-02-01").found() == [
        ("297", "misdirected", 100, 200),
        ("749", "missing", 100, 0),
    ]


def test_doubled_is_not_misdirected_by_a_sum_that_another_lacks(tmp_path: Path) -> None:
    """Both invoices are the member's own amount; that another lacks their sum is chance."""
    rows = [budget("297", "12,00"), budget("749", "24,00")]
    rows += [invoice("297", "1,00", invoice="L1"), invoice("297", "1,00", invoice="L2")]
    assert Look(tmp_path, rows, "2025-02-01").found() == [
        ("297", "doubled", 100, 200),
        ("749", "missing", 200, 0),
    ]


def test_another_service_or_period_explains_nothing(tmp_path: Path) -> None:
    """A missing advance of another service or month does not make an amount misdirected."""
    rows = [budget("297", "12,00"), budget("749", "24,00", "starttiraha"), invoice("297", "2,00")]
    found = Look(tmp_path, rows, "2025-02-01").found()
    assert found == [("297", "differing", 100, 200), ("749", "missing", 200, 0)]


def test_an_invoice_to_a_municipality_that_is_no_member_is_misdirected(tmp_path: Path) -> None:
    """Elsewhere in the country, before it joins, or after it has merged."""
    area = with_member("749", valid_from="2025-02-01")
    area = with_member("857", area, valid_to="2025-01-31", successor="749")
    rows = [
        invoice(code, "1,00", m) for code in ("091", "749", "857") for m in (JANUARY, "2025-02")
    ]
    look = Look(tmp_path, rows, "2025-02-28", area)
    assert look.found() == [
        ("857", "differing", 0, 100),
        ("091", "misdirected", 0, 100),
        ("749", "misdirected", 0, 100),
    ]
    assert look.found("2025-02") == [
        ("749", "differing", 0, 100),
        ("091", "misdirected", 0, 100),
        ("857", "misdirected", 0, 100),
    ]


def test_quarterly_invoices_match_a_quarterly_schedule(tmp_path: Path) -> None:
    """Right, missing once its first month is over, and differing."""
    rows = [budget(code, "4,00") for code in ("204", "297")]
    rows += [invoice(code, "1,00", "2025-Q1") for code in ("204", "297")]
    rows += [invoice("204", "1,10", "2025-Q2")]
    assert Look(tmp_path, rows, "2025-04-30", QUARTERLY).found("2025-Q2") == [
        ("204", "differing", 100, 110)
    ]
    look = Look(tmp_path, rows, "2025-05-01", QUARTERLY)
    assert look.found("2025-Q1") == []
    assert look.found("2025-Q2") == [("204", "differing", 100, 110), ("297", "missing", 100, 0)]
    assert look.found("2025-Q3") == []


def test_an_invoice_of_a_grain_that_was_not_agreed_is_found(tmp_path: Path) -> None:
    """A quarter's invoice under a monthly schedule: the months lack theirs, it lacks a reason."""
    rows = [budget("297", "12,00"), invoice("297", "3,00", "2025-Q1")]
    look = Look(tmp_path, rows, "2025-04-01")
    assert look.found("2025-Q1") == [("297", "differing", 0, 300)]
    assert [m.period for m in look.mismatches if m.finding == "missing"] == [
        "2025-01",
        "2025-02",
        "2025-03",
    ]


def test_the_hosts_own_charge_is_its_advance(tmp_path: Path) -> None:
    """``internal`` counts like an invoice: as expected, and doubled by a second one."""
    rows = [budget("297", "12,00"), invoice("297", "1,00", kind="internal", invoice="L1")]
    look = Look(tmp_path, rows, "2025-02-01")
    assert look.found() == []
    assert look.advances.invoiced("297", "palkkatuki", JANUARY) == 100
    rows += [invoice("297", "1,00", kind="internal", invoice="L2")]
    assert Look(tmp_path, rows, "2025-01-31").found() == [("297", "doubled", 100, 200)]


def test_an_invoice_of_a_later_day_does_not_exist(tmp_path: Path) -> None:
    """The day before, on and after ``invoiced_on``; a later row of the same invoice replaces it."""
    rows = [
        budget("297", "12,00"),
        invoice("297", "1,00", on="2025-03-10"),
        invoice("297", "1,20", on="2025-05-10"),
    ]
    seen = {
        "2025-03-09": 0,
        "2025-03-10": 100,
        "2025-03-11": 100,
        "2025-05-09": 100,
        "2025-05-10": 120,
    }
    for as_of, cents in seen.items():
        advances = Look(tmp_path, rows, as_of).advances
        assert advances.invoiced("297", "palkkatuki", JANUARY) == cents
    assert advances.last_invoiced_on == date(2025, 5, 10)


@pytest.mark.parametrize(
    ("counts_as", "budgets", "invoiced"),
    [
        ("palkkatuki", {"palkkatuki": 2_400}, {"palkkatuki": 200}),
        (
            "own",
            {"palkkatuki": 1_200, "tyollistamistuki_55": 1_200},
            {"palkkatuki": 100, "tyollistamistuki_55": 100},
        ),
        ("excluded", {"palkkatuki": 1_200}, {"palkkatuki": 100}),
    ],
)
def test_the_budget_of_the_subsidy_of_those_over_55_follows_it(
    counts_as: str, budgets: dict[str, int], invoiced: dict[str, int], tmp_path: Path
) -> None:
    """Added to pay subsidy's, apart, or nowhere: budget, expected advance and invoice alike."""
    rows = [
        row
        for service in ("palkkatuki", "tyollistamistuki_55")
        for row in (budget("297", "12,00", service), invoice("297", "1,00", service=service))
    ]
    changed = with_service("tyollistamistuki_55", counts_as=counts_as)
    look = Look(tmp_path, rows, "2025-01-31", changed)
    assert {service: n for (_, _, service), n in look.advances.budgets.items()} == budgets
    found = {s: look.advances.invoiced("297", s, "2025") for s in budgets}
    assert found == invoiced
    assert {s: look.expected(service=s)[0] for s in budgets} == invoiced
    assert look.mismatches == []


def test_a_raised_budget_of_one_service_leaves_the_others_in_place(tmp_path: Path) -> None:
    """Both budgets that are counted in pay subsidy are revised each by its own rows."""
    rows = [
        budget("297", "12,00"),
        budget("297", "12,00", "tyollistamistuki_55"),
        budget("297", "24,00", "tyollistamistuki_55", recorded="2025-06-30"),
    ]
    assert Look(tmp_path, rows, "2025-12-31").expected() == [200] * 6 + [300] * 6


def test_without_a_budget_nothing_is_expected(tmp_path: Path) -> None:
    """No advance is missing; one that was invoiced all the same differs from nothing."""
    look = Look(tmp_path, [budget("297", "0,00")], "2025-06-30")
    assert look.mismatches == []
    look = Look(tmp_path, [budget("297", "0,00"), invoice("749", "1,00")], "2025-06-30")
    assert look.expected("749") == []
    assert look.found() == [("749", "differing", 0, 100)]
    assert Look(tmp_path, [], "2025-06-30").advances.last_invoiced_on == date.min


def test_a_credit_without_an_invoice_leaves_the_advance_missing(tmp_path: Path) -> None:
    """Where nothing was charged; and where nothing was expected either, it differs."""
    rows = [budget("297", "12,00")]
    rows += [invoice(code, "-1,00", kind="credit") for code in ("297", "749")]
    found = Look(tmp_path, rows, "2025-02-01").found()
    assert found == [("297", "missing", 100, -100), ("749", "differing", 0, -100)]


def test_the_order_of_rows_never_matters(tmp_path: Path) -> None:
    """The same rows in another order give the same advances and the same findings."""
    rows = [budget(code, "12,00") for code in ("204", "297", "749")]
    rows += [budget("297", "24,00", recorded="2025-02-01")]
    rows += [invoice("297", amount, "2025-02", invoice=f"L{n}") for n, amount in enumerate("123")]
    rows += [invoice("204", amount, on=f"2025-01-1{amount}") for amount in "456"]
    before = Look(tmp_path, rows, "2025-03-31")
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        after = Look(tmp_path, rows, "2025-03-31")
        assert (after.advances, after.mismatches) == (before.advances, before.mismatches)


def test_every_finding_has_a_sentence(tmp_path: Path) -> None:
    """A mismatch is a noted problem whose sentence names place, amounts and invoices."""
    rows = [budget(code, "12,00") for code in ("204", "297", "402", "749")]
    rows += [invoice("204", "1,10"), invoice("091", "1,00")]
    rows += [
        invoice(code, "1,00", invoice=f"{code}-{n}") for code in ("297", "402") for n in (1, 2)
    ]
    rows += [invoice("402", "-1,00", invoice="C", kind="credit")]
    rows += [budget("749", "36,00", recorded="2024-12-01")]
    problems = [problem_of(m) for m in Look(tmp_path, rows, "2025-02-01").mismatches]
    assert {p.kind for p in problems} == set(MISMATCH_SENTENCES)
    for problem in problems:
        values = dict(problem.values)
        sentence = MISMATCH_SENTENCES[problem.kind].format(**values)
        assert values["place"] in sentence
        assert problem.severity == "note"


def test_the_example_data_hold_the_mistakes_that_they_promise() -> None:
    """One advance doubled and credited, one with digits swapped; the raised budget is right."""
    warehouse = load_folder(PROJECT / "data" / "example")
    day = date(2025, 9, 15)
    make_revisions(warehouse, day)
    advances = read_advances(warehouse, PARAMETERS, day)
    found = mismatches(advances, PARAMETERS, day)
    assert [(m.municipality, m.service, m.period, m.finding) for m in found] == [
        ("402", "palkkatuki", "2025-07", "differing"),
        ("857", "starttiraha", "2025-05", "doubled_credited"),
    ]
    suonenjoki = {m: advances.expected["778", "palkkatuki", m] for m in months_of("2025")}
    assert suonenjoki["2025-06"] < suonenjoki["2025-07"]


# --- what is still to come -----------------------------------------------------------------------


def coming(
    folder: Path,
    rows: Sequence[Row],
    as_of: str = "2025-09-15",
    parameters: Parameters = PARAMETERS,
) -> int | None:
    """Cents of palkkatuki that Kuopio's page says are still to be invoiced in 2025."""
    return Look(folder, rows, as_of, parameters).advances.coming("297", "palkkatuki", "2025")


def invoices(*periods: str, amount: str = "100,00") -> list[Row]:
    return [invoice("297", amount, p, on="2025-01-10") for p in periods]


YEARLY = budget("297", "1200,00")


@pytest.mark.rule("R7", "What is still to be invoiced")
@pytest.mark.parametrize(
    ("periods", "cents"),
    [
        ((), 1200_00),
        (("2025-01", "2025-02", "2025-03"), 900_00),
        (("2025-01", "2025-03"), 1000_00),
        (("2025-Q1", "2025-Q2"), 600_00),
        (("2025-Q1", "2025-04"), 800_00),
        (("2025",), 0),
        (months_of("2025"), 0),
    ],
)
def test_what_has_no_invoice_is_to_come(periods: Sequence[str], cents: int, tmp_path: Path) -> None:
    """Monthly, quarterly and yearly invoices; February was never invoiced and is still to come."""
    assert coming(tmp_path, [YEARLY, *invoices(*periods)]) == cents


def test_without_a_budget_nothing_is_known_of_what_is_to_come(tmp_path: Path) -> None:
    assert coming(tmp_path, invoices("2025-01")) is None


def test_a_doubled_or_credited_invoice_makes_nothing_come_again(tmp_path: Path) -> None:
    """Twice, and once credited whole: eleven months are to come as before."""
    twice = [*invoices("2025-01"), invoice("297", "100,00", "2025-01", invoice="M")]
    credit = invoice("297", "-100,00", "2025-01", invoice="H", kind="credit", credits="M")
    alone = invoice("297", "-100,00", "2025-02", invoice="G", kind="credit", credits="M")
    assert coming(tmp_path, [YEARLY, *twice]) == 1100_00
    assert coming(tmp_path, [YEARLY, *twice, credit]) == 1100_00
    assert coming(tmp_path, [YEARLY, *twice, credit, alone]) == 1100_00


def test_what_is_to_come_is_of_the_budget_known_then(tmp_path: Path) -> None:
    """Cut by 30 % in July: August has its invoice, September to December come by the new budget."""
    cut = budget("297", "840,00", recorded="2025-07-01")
    done = invoices(*months_of("2025")[:8])
    assert coming(tmp_path, [YEARLY, cut, *done]) == 4 * 70_00
    assert coming(tmp_path, [YEARLY, cut, *done[:5]]) == 100_00 + 6 * 70_00
    assert coming(tmp_path, [YEARLY, cut, *done[:5]], "2025-06-30") == 7 * 100_00


@pytest.mark.parametrize(
    ("joined", "left", "cents"),
    [
        ("2025-05-01", None, 800_00),
        ("2025-01-01", "2025-08-31", 800_00),
        ("2025-05-15", None, 800_00),
    ],
)
def test_only_months_of_membership_are_to_come(
    joined: str, left: str | None, cents: int, tmp_path: Path
) -> None:
    """Joined in May, or left in August: eight months; the others are not missing either."""
    changed = with_member(
        "297", valid_from=joined, valid_to=left, successor="749" if left else None
    )
    assert coming(tmp_path, [YEARLY], parameters=changed) == cents
    look = Look(tmp_path, [YEARLY], "2026-01-31", changed)
    assert len([m for m in look.mismatches if m.finding == "missing"]) == 8


def test_a_quarter_that_is_invoiced_in_part_comes_in_part(tmp_path: Path) -> None:
    """Of 300 € a third month each; a member since May has two months in its first quarter."""
    assert coming(tmp_path, [YEARLY, *invoices("2025-01")], parameters=QUARTERLY) == 1100_00
    joined = with_member("297", valid_from="2025-05-01", base=QUARTERLY)
    assert coming(tmp_path, [YEARLY], parameters=joined) == 900_00
    assert coming(tmp_path, [YEARLY, *invoices("2025-05")], parameters=joined) == 750_00
    assert coming(tmp_path, [YEARLY, *invoices("2025-05", "2025-06")], parameters=joined) == 600_00
