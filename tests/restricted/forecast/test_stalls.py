"""A stall of recording is seen, said and read: silent weeks are not cheap ones."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from worlds.drawn import PARAMETERS, Row, cost, home, load_rows, period
from worlds.two_histories import drawn, window

from kuntakoonti.core.language import Language
from kuntakoonti.restricted.forecast.cape_cod import project
from kuntakoonti.restricted.forecast.stalls import find_stalls, lags, stall_problems
from kuntakoonti.restricted.intake.problem_list import sentence
from kuntakoonti.restricted.intake.stalls import find_stall, recording_problems

TODAY = date(2026, 6, 30)


def daily(rows: int, until: date, since: date = date(2025, 7, 1)) -> np.ndarray:
    """So many rows on every working day."""
    days = np.arange(since.toordinal(), until.toordinal() + 1)
    return np.repeat(days[days % 7 < 5], rows)


def test_a_table_that_goes_silent_is_found_in_two_weeks() -> None:
    """Since the day after the last row; usual is what as many days brought before."""
    last = TODAY - timedelta(16)
    found = find_stall(daily(3, last), TODAY)
    assert (
        found and found.found == 0 and found.since == date.fromordinal(int(daily(3, last)[-1]) + 1)
    )
    assert 30 <= found.usual <= 36
    assert find_stall(daily(3, TODAY - timedelta(5)), TODAY) is None


def test_a_trickle_is_a_stall_and_a_half_is_not() -> None:
    """Less than two fifths of what the slowest weeks brought."""
    last = TODAY - timedelta(21)
    trickle = np.concatenate([daily(5, last), daily(1, TODAY, last + timedelta(1))])
    found = find_stall(trickle, TODAY)
    assert found and 0 < found.found < 0.4 * found.usual
    half = np.concatenate([daily(6, last), daily(3, TODAY, last + timedelta(1))])
    assert find_stall(half, TODAY) is None


def test_what_comes_once_a_month_stalls_after_a_month() -> None:
    """Fifty rows on the 20th of each month: silent until the 19th is usual, six weeks are not."""
    monthly = [date(2025 + m // 12, m % 12 + 1, 20).toordinal() for m in range(5, 17)]
    rows = np.repeat(monthly, 50)
    assert find_stall(rows, date(2026, 6, 19)) is None
    assert find_stall(rows, date(2026, 7, 2)) is not None


def test_too_few_rows_or_weeks_tell_nothing() -> None:
    rare = np.arange(date(2025, 1, 1).toordinal(), TODAY.toordinal() - 60, 20)
    assert find_stall(rare, TODAY) is None
    young = daily(5, TODAY - timedelta(30), TODAY - timedelta(70))
    assert find_stall(young, TODAY) is None
    assert find_stall(np.array([], np.int64), TODAY) is None


def records(costs_until: int, services: tuple[str, ...] = ("palkkatuki",)) -> list[Row]:
    """Forty weeks of 2025 with ten new clients each; their costs are recorded until a week."""
    rows: list[Row] = []
    for week in range(40):
        day = (date(2025, 1, 6) + timedelta(7 * week)).isoformat()
        for n in range(10):
            client = f"C{week}-{n}"
            rows += [home(client), period(client, day, service=services[0], recorded=day)]
            if week < costs_until:
                rows.append(
                    cost("10,00", client, month=day[:7], service=services[-1], recorded=day)
                )
    return rows


def test_check_says_which_table_of_which_service_stalled(tmp_path: Path) -> None:
    """The sentence names the service, the day and both numbers of rows, and no person."""
    warehouse = load_rows(tmp_path, records(36))
    problems = recording_problems(warehouse, PARAMETERS.services.counted, date(2025, 10, 7))
    (found,) = problems
    assert (found.file, found.kind, found.severity.value) == ("costs", "recording_stalled", "note")
    said = sentence(found, Language())
    assert said.startswith(
        "palkkatuki: rivejä kirjattu 9.9.2025 alkaen: 0, tavallisesti tähän mennessä"
    )
    assert recording_problems(warehouse, PARAMETERS.services.counted, date(2025, 9, 10)) == ()
    assert recording_problems(warehouse, PARAMETERS.services.counted, None) == ()


def test_a_service_with_one_of_both_tables_is_noted(tmp_path: Path) -> None:
    """Half a year of periods without a cost, and of costs without a period."""
    services = ("palkkatuki", "starttiraha")
    warehouse = load_rows(tmp_path, records(40, services))
    problems = recording_problems(warehouse, PARAMETERS.services.counted, date(2025, 10, 8))
    assert {(p.kind, p.values) for p in problems} == {
        ("service_without_costs", (("place", "palkkatuki"),)),
        ("service_without_periods", (("place", "starttiraha"),)),
    }
    assert recording_problems(warehouse, PARAMETERS.services.counted, date(2025, 6, 1)) == ()


def test_nothing_recorded_is_no_stall(tmp_path: Path) -> None:
    assert (
        recording_problems(load_rows(tmp_path, [home("A")]), {"palkkatuki": "palkkatuki"}, None)
        == ()
    )


Shift = Callable[[np.ndarray], np.ndarray]


def test_a_stalled_month_is_read_as_it_was_before_the_stall() -> None:
    """Costs that stopped two months ago leave the forecast where it was, not a sixth lower."""
    whole = drawn()
    kept = whole.cents.day <= date(2026, 5, 1).toordinal()
    parts = (whole.cents.cell[kept], whole.cents.day[kept], whole.cents.amount[kept])
    stalled = replace(
        whole, cents=replace(whole.cents, cell=parts[0], day=parts[1], amount=parts[2])
    )
    late = np.full((2, 2, 1), 3)
    late[1] = 0
    blind = project(stalled.view(), window(17))[0, 0]
    seen = project(stalled.view().lagged(late), window(17))[0, 0]
    assert blind < 0.95 * 1_200_000 < 1_190_000 < seen < 1_210_000


def test_one_members_stall_is_named_and_lags_it_alone() -> None:
    """Member 2 of two is silent for two months, the other one is not."""
    days = daily(4, date(2026, 7, 15), date(2025, 1, 1))
    quiet = days[days <= date(2026, 5, 10).toordinal()]
    whole = drawn()
    cell = np.concatenate([np.zeros(len(days), int), np.full(len(quiet), 24)])
    cents = replace(
        whole.cents, cell=cell, day=np.concatenate([days, quiet]), amount=np.ones(len(cell))
    )
    stalled = replace(whole, cents=cents)
    found = [s for s in find_stalls(stalled) if s.table == 0]
    assert [(s.member, s.stall.found) for s in found] == [(1, 0)]
    assert lags(stalled, tuple(found))[0, :, 0].tolist() == [0, 3]
    (problem,) = stall_problems(stalled, tuple(found))
    assert dict(problem.values)["place"].startswith(stalled.axes.members[1])


@pytest.mark.parametrize("day", [date(2026, 7, 15), date(2026, 12, 15)])
def test_steady_records_have_no_stall(day: date) -> None:
    whole = drawn(as_of=day.isoformat())
    assert find_stalls(whole) == ()
