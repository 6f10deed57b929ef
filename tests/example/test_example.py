"""The fictional world: the same by seed, realistic in its levels, odd where it promises."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds.places import EXAMPLE

from kuntakoonti.core.errors import UsageError
from kuntakoonti.example import ExamplePlan, Tables, areas, make, write
from kuntakoonti.example.billing import share_of_month
from kuntakoonti.restricted.intake.contract import TABLES

PERSONAL_CODE = re.compile(r"\d{6}\s*[-+A-FU-Y]\s*\d{3}[0-9A-Y]", re.IGNORECASE)
YEARS = ("2025", "2026")


@pytest.fixture(scope="module")
def world() -> Tables:
    return make(ExamplePlan())


@pytest.fixture(scope="module")
def periods(world: Tables) -> pd.DataFrame:
    """The newest row of every record that was not removed."""
    last = world.service_periods.drop_duplicates("record_id", keep="last")
    return last[last["removed"] == 0]


@pytest.fixture(scope="module")
def claims(world: Tables, periods: pd.DataFrame) -> pd.DataFrame:
    """Personal costs of clients with one period in the service, with that period's dates."""
    single = periods.drop_duplicates(["client_id", "service"], keep=False)
    found = world.costs.merge(single, on=["client_id", "service"], suffixes=("", "_period"))
    first = pd.to_datetime(found["service_month"].astype("str"))
    begin = found["start_date"].where(found["start_date"] > first, first)
    month_end = first + pd.offsets.MonthEnd(0)
    end = found["end_date"].where(found["end_date"] < month_end, month_end)
    found["days"] = (end - begin).dt.days + 1
    found["weekdays"] = np.busday_count(
        begin.to_numpy().astype("M8[D]"), (end + pd.Timedelta(days=1)).to_numpy().astype("M8[D]")
    )
    found["whole"] = (begin == first) & (end == month_end)
    return found[found["days"] > 0]


ALWAYS = [t for t in TABLES if not t.optional]  # area 31 alone has keys


def texts(tables: Tables) -> Iterator[pd.Series]:
    """Every column of every table as text."""
    for table in ALWAYS:
        frame = getattr(tables, table.name)
        yield from (frame[name].astype("str") for name in frame.columns)


def homes(world: Tables, day: pd.Timestamp) -> pd.Series:
    """Municipality of every client on a day, by client."""
    rows = world.residences
    covers = (rows["valid_from"] <= day) & ~(rows["valid_to"] < day)
    ordered = rows[covers].sort_values(["valid_from", "recorded_on"])
    return ordered.drop_duplicates("client_id", keep="last").set_index("client_id")["municipality"]


def monthly(world: Tables, periods: pd.DataFrame, code: str, service: str) -> list[int]:
    """Distinct clients of each month of 2025, by residence on the last service day in it."""
    counts = []
    for first in pd.date_range("2025-01-01", periods=12, freq="MS"):
        last = first + pd.offsets.MonthEnd(0)
        present = periods[(periods["start_date"] <= last) & ~(periods["end_date"] < first)]
        counted = present["service"].astype("str").replace("tyollistamistuki_55", "palkkatuki")
        present = present[counted == service]
        day = present["end_date"].fillna(last).clip(upper=last).groupby(present["client_id"]).max()
        rows = world.residences.merge(day.rename("day"), on="client_id")
        rows = rows[(rows["valid_from"] <= rows["day"]) & ~(rows["valid_to"] < rows["day"])]
        rows = rows.sort_values(["valid_from", "recorded_on"])
        here = rows.drop_duplicates("client_id", keep="last")["municipality"]
        counts.append(int((here == code).sum()))
    return counts


# --- the same by seed ---------------------------------------------------------------------------


def written(plan: ExamplePlan, folder: Path) -> dict[str, bytes]:
    """The files of a plan by name."""
    write(make(plan), folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_committed_data_is_the_default_plan(tmp_path: Path) -> None:
    """data/example is what the default plan makes, byte for byte, and smaller than 2 MB."""
    committed = {path.name: path.read_bytes() for path in sorted(EXAMPLE.iterdir())}
    assert written(ExamplePlan(), tmp_path) == committed
    assert sum(map(len, committed.values())) < 2_000_000


def test_same_seed_same_bytes_other_seed_others(tmp_path: Path) -> None:
    """Equal plans give equal bytes; another seed changes every table."""
    small = ExamplePlan(months=12, scale=0.2)
    one = written(small, tmp_path / "one")
    other = written(replace(small, seed=2), tmp_path / "other")
    assert one == written(small, tmp_path / "again")
    assert all(one[name] != other[name] for name in one)


def test_columns_are_the_contract(world: Tables) -> None:
    """The tables have the contract's columns in its order, money as cents."""
    for table in ALWAYS:
        names = [c.name + "_cents" * (c.name == "amount") for c in table.columns]
        made = list(getattr(world, table.name).columns)
        assert [n for n in names if n != "removed" or n in made] == made


def test_csv_is_finnish(tmp_path: Path) -> None:
    """Files have semicolons, decimal commas, dates as 1.2.2025, text codes, and no quotes."""
    files = written(ExamplePlan(months=3, scale=0.1), tmp_path)
    money = rb"^K\d{6};\w+;X\w{5};;2025-\d\d;-?\d+,\d\d;[1-9]\d?\.[1-9]\d?\.2025$"
    assert re.search(money, files["costs.csv"], re.MULTILINE)
    assert files["advance_invoices.csv"].splitlines()[1].startswith(b"4471102;204;palkkatuki;")
    assert not any(b'"' in text for name, text in files.items() if name.endswith(".csv"))


# --- ids ----------------------------------------------------------------------------------------


def test_ids_are_visibly_fictional(world: Tables) -> None:
    """Clients begin with X, records with P, costs with K; no value resembles a personal code."""
    assert world.service_periods["client_id"].str.fullmatch(r"X[2-9A-Z]{5}").all()
    assert world.service_periods["record_id"].str.fullmatch(r"P\d{6}").all()
    assert world.costs["cost_id"].str.fullmatch(r"K\d{6}").all()
    groups = world.costs["group_id"].dropna().astype("str")
    assert groups.str.fullmatch(r"KOTO-20\d\d-\d\d-[A-Z]").all()
    assert not any(column.str.contains(PERSONAL_CODE).any() for column in texts(world))


@pytest.mark.parametrize("table", [t for t in ALWAYS if t.key], ids=lambda t: t.name)
def test_a_revision_is_told_apart(world: Tables, table: object) -> None:
    """No two rows have the same id and the same recording day."""
    frame = getattr(world, table.name)  # type: ignore[attr-defined]
    key = [*table.key, table.recorded]  # type: ignore[attr-defined]
    assert not frame.duplicated(key).any()


def test_invoice_ids_rise_with_time(world: Tables) -> None:
    """An invoice has one member, day and kind; later invoices have larger numbers."""
    by_id = world.advance_invoices.groupby("invoice_id")
    assert (by_id[["municipality", "invoiced_on", "kind", "period"]].nunique() == 1).all(axis=None)
    assert by_id["invoiced_on"].first().sort_index().is_monotonic_increasing


# --- levels -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "service", "low", "high"),
    [
        ("297", "palkkatuki", 470, 530),
        ("297", "starttiraha", 52, 70),
        ("297", "kotoutumiskoulutus", 105, 225),
        ("857", "palkkatuki", 9, 13),
        ("857", "starttiraha", 0, 3),
        ("857", "kotoutumiskoulutus", 0, 3),
        ("749", "palkkatuki", 68, 92),
        ("778", "palkkatuki", 22, 33),
        ("844", "palkkatuki", 3, 9),
    ],
)
def test_levels(
    world: Tables, periods: pd.DataFrame, code: str, service: str, low: int, high: int
) -> None:
    """Clients of every month of 2025 stay in the range asked for."""
    counts = monthly(world, periods, code, service)
    assert low <= min(counts) and max(counts) <= high


def true_costs(world: Tables) -> pd.DataFrame:
    """What the plan's months cost in the end: years × services, cents."""
    last = world.costs.drop_duplicates("cost_id", keep="last")
    year = last["service_month"].astype("str").str[:4].rename("year")
    return last.pivot_table(
        "amount_cents", year, "service", aggfunc="sum", fill_value=0, observed=True
    )


def test_training_falls_in_july(world: Tables, periods: pd.DataFrame) -> None:
    """Integration training is lowest in July and rises in the autumn."""
    counts = monthly(world, periods, "297", "kotoutumiskoulutus")
    assert counts[6] == min(counts)
    assert max(counts[7:10]) > 1.3 * counts[6]


def test_average_costs(world: Tables, periods: pd.DataFrame) -> None:
    """A client-month costs about 1 000, 780 and 950 €."""
    euros = true_costs(world).loc["2025"] / 100
    months = dict.fromkeys(euros.index, 0)
    for first in pd.date_range("2025-01-01", periods=12, freq="MS"):
        last = first + pd.offsets.MonthEnd(0)
        present = periods[(periods["start_date"] <= last) & ~(periods["end_date"] < first)]
        for service in months:
            of = present["service"] == service
            months[service] += present.loc[of, "client_id"].nunique()
    average = {service: euros[service] / months[service] for service in months}
    assert average["palkkatuki"] == pytest.approx(1000, rel=0.07)
    assert average["starttiraha"] == pytest.approx(780, rel=0.05)
    assert average["kotoutumiskoulutus"] == pytest.approx(950, rel=0.05)


def test_repeat_clients(periods: pd.DataFrame) -> None:
    """Some clients have several periods in the same service."""
    assert periods.duplicated(["client_id", "service"]).sum() > 100


# --- oddities: periods --------------------------------------------------------------------------


def test_two_services_at_once(periods: pd.DataFrame) -> None:
    """At least one client is in two services on the same day."""
    both = periods.merge(periods, on="client_id")
    both = both[both["service_x"].astype("str") < both["service_y"].astype("str")]
    overlap = (both["start_date_x"] <= both["end_date_y"]) & (
        both["start_date_y"] <= both["end_date_x"]
    )
    assert overlap.sum() >= 10


def test_overlapping_periods_of_one_service(periods: pd.DataFrame) -> None:
    """At least one client has two overlapping periods in one service."""
    pairs = periods.merge(periods, on=["client_id", "service"])
    pairs = pairs[pairs["record_id_x"] < pairs["record_id_y"]]
    assert (
        (pairs["start_date_x"] <= pairs["end_date_y"])
        & (pairs["start_date_y"] <= pairs["end_date_x"])
    ).any()


def test_registered_up_to_four_months_late(world: Tables) -> None:
    """Periods are recorded from the start to four months after it, mostly within a month."""
    first = world.service_periods.drop_duplicates("record_id")
    days = (first["recorded_on"] - first["start_date"]).dt.days
    assert days.min() >= 0 and 90 < days.max() <= 122
    assert 0.85 < (days <= 31).mean() < 0.97


def test_revised_and_open_rows(world: Tables) -> None:
    """Ends are changed later to earlier and to later days, and some are first left open."""
    rows = world.service_periods[world.service_periods["removed"] == 0]
    ends = rows.groupby("record_id")["end_date"].agg(["first", "last", "size"])
    revised = ends[ends["size"] == 2]
    assert (revised["last"] < revised["first"]).sum() > 50
    assert (revised["last"] > revised["first"]).sum() > 50
    assert rows["end_date"].isna().sum() > 20


def test_removed_rows(world: Tables) -> None:
    """Some records are withdrawn, always after they were recorded."""
    rows = world.service_periods
    gone = rows[rows["removed"] == 1].merge(rows[rows["removed"] == 0], on="record_id")
    assert len(gone) >= 10
    assert (gone["recorded_on_x"] > gone["recorded_on_y"]).all()


def test_periods_from_2024(periods: pd.DataFrame) -> None:
    """Some periods begin in 2024 and go on into 2025."""
    assert ((periods["start_date"] < "2024-12-01") & (periods["end_date"] >= "2025-01-01")).any()


def test_employment_subsidy_for_55(periods: pd.DataFrame) -> None:
    """About two in a hundred pay-subsidy-like periods are the 55+ employment subsidy."""
    number = periods["service"].astype("str").value_counts()
    assert 0.01 < number["tyollistamistuki_55"] / number["palkkatuki"] < 0.04


def test_groups_of_several_municipalities(world: Tables, periods: pd.DataFrame) -> None:
    """Course groups start about every two months, with at least three municipalities in some."""
    home = homes(world, pd.Timestamp("2025-06-30"))
    course = periods[periods["group_id"].notna()]
    places = course["client_id"].map(home.astype("str"))
    assert places.groupby(course["group_id"].astype("str")).nunique().max() >= 3
    starts = course["group_id"].astype("str").str[5:12]
    assert starts[starts.str.startswith("2025")].nunique() >= 5


# --- oddities: residences -----------------------------------------------------------------------


def moves(world: Tables, periods: pd.DataFrame) -> pd.DataFrame:
    """Moves during a period: places before (x) and after (y), and if the day is in mid-month."""
    rows = world.residences
    pairs = rows.merge(rows, on="client_id")
    pairs = pairs[pairs["valid_to_x"] + pd.Timedelta(days=1) == pairs["valid_from_y"]]
    during = pairs.merge(periods[["client_id", "start_date", "end_date"]], on="client_id")
    day = during["valid_from_y"]
    members = [m.code for m in world.plan.members]
    return during.assign(
        middle=(day.dt.day > 1) & (during["start_date"] < day) & (day <= during["end_date"]),
        was_inside=during["municipality_x"].isin(members),
        is_inside=during["municipality_y"].isin(members),
    )


@pytest.mark.parametrize(("was_inside", "is_inside"), [(True, True), (True, False), (False, True)])
def test_moves_in_mid_month(
    world: Tables, periods: pd.DataFrame, was_inside: bool, is_inside: bool
) -> None:
    """Clients move within, out of and into the area in the middle of a month in service."""
    found = moves(world, periods)
    of_kind = (found["was_inside"] == was_inside) & (found["is_inside"] == is_inside)
    assert (of_kind & found["middle"]).sum() >= 5


def test_moves_are_recorded_within_a_week(world: Tables) -> None:
    """Residences are recorded 0–7 days after the move, except a few corrections."""
    days = (world.residences["recorded_on"] - world.residences["valid_from"]).dt.days
    assert days.min() >= 0
    assert 0 < (days > 7).sum() < 30


def test_registry_corrections(world: Tables) -> None:
    """A few residences are recorded again, with another municipality from the same day."""
    same = world.residences.groupby(["client_id", "valid_from"])["municipality"].nunique()
    assert 3 <= (same > 1).sum() < 30


def test_somewhere_else(world: Tables) -> None:
    """A few clients live outside the area, abroad, or it is not known where; all have a row."""
    codes = world.residences["municipality"].astype("str")
    members = [m.code for m in world.plan.members]
    assert {"", "999"} <= set(codes)
    assert (~codes.isin([*members, "", "999"])).sum() > 30
    assert set(world.service_periods["client_id"]) == set(world.residences["client_id"])


# --- oddities: costs ----------------------------------------------------------------------------


@pytest.mark.parametrize("cap", [126_000, 277_000, 177_000, 202_000])
def test_caps_are_hit(world: Tables, cap: int) -> None:
    """Some whole months cost exactly the cap: 50 %, 70 % new and old, 100 %."""
    wage = world.costs[world.costs["service"].isin(["palkkatuki", "tyollistamistuki_55"])]
    assert (wage["amount_cents"] == cap).sum() >= 3
    assert wage["amount_cents"].max() <= 277_000


def test_new_cap_only_for_new_decisions(claims: pd.DataFrame) -> None:
    """Nothing above 2 020 € (the highest old cap) is paid to a period that began before 2025."""
    large = claims[(claims["amount_cents"] > 202_000) & (claims["service"] == "palkkatuki")]
    assert len(large) and (large["start_date"] >= "2025-01-01").all()


def test_partial_months_are_capped_by_days(claims: pd.DataFrame) -> None:
    """A part of a month costs at most cap / 30 × calendar days, and some cost exactly that."""
    part = claims[~claims["whole"] & (claims["service"] == "palkkatuki")]
    assert (part["amount_cents"] <= (277_000 / 30 * part["days"]).round()).all()
    assert (part["amount_cents"] == (126_000 / 30 * part["days"]).round()).any()


def test_start_up_grant_is_paid_by_weekday(claims: pd.DataFrame) -> None:
    """The grant is at most weekdays × 37,21 €, mostly exactly that, sometimes reduced."""
    grants = claims[(claims["service"] == "starttiraha") & (claims["amount_cents"] > 0)]
    most = grants["weekdays"] * 3721
    assert (grants["amount_cents"] <= most).all()
    assert 0.8 < (grants["amount_cents"] == most).mean() < 0.97


def test_exactly_one_of_client_and_group(world: Tables) -> None:
    """A cost belongs to a client or to a group, and integration training to groups."""
    costs = world.costs
    assert (costs["client_id"].isna() ^ costs["group_id"].isna()).all()
    assert (costs["group_id"].notna() == (costs["service"] == "kotoutumiskoulutus")).all()


def test_recoveries_and_credit_notes(world: Tables) -> None:
    """Clients' and groups' costs are taken back by negative rows, months later."""
    back = world.costs[world.costs["amount_cents"] < 0]
    assert back["client_id"].notna().sum() > 50 and back["group_id"].notna().sum() >= 5
    month = pd.to_datetime(back["service_month"].astype("str"))
    assert ((back["recorded_on"] - month).dt.days > 75).all()


def test_revised_costs(world: Tables) -> None:
    """A few costs are written again with another amount."""
    assert 20 < world.costs["cost_id"].duplicated().sum() < 200


def test_late_claims_and_bursts(world: Tables) -> None:
    """Employers claim months late, some many months on one day, a few after half a year or more."""
    wage = world.costs[(world.costs["service"] == "palkkatuki") & (world.costs["amount_cents"] > 0)]
    end = pd.to_datetime(wage["service_month"].astype("str")) + pd.offsets.MonthEnd(0)
    days = (wage["recorded_on"] - end).dt.days
    assert days.min() >= 10 and 30 < days.median() < 75
    assert 0.003 < (days > 180).mean() < 0.03
    assert wage.groupby(["client_id", "recorded_on"]).size().max() >= 5


def test_cost_without_a_period(world: Tables, periods: pd.DataFrame) -> None:
    """Some who quit were paid one month too many, which was recovered."""
    wage = world.costs[world.costs["service"] == "palkkatuki"]
    ends = periods.assign(end=periods["end_date"].fillna(pd.Timestamp("2030-01-01")))
    last = ends[ends["service"] == "palkkatuki"].groupby("client_id")["end"].max()
    month = pd.to_datetime(wage["service_month"].astype("str"))
    beyond = wage[month > wage["client_id"].map(last)]
    final = beyond.drop_duplicates("cost_id", keep="last")
    paid = final.groupby(["client_id", "service_month"], observed=True)["amount_cents"].agg(list)
    assert len(paid) >= 3
    assert all(min(amounts) < 0 < max(amounts) for amounts in paid)


# --- budgets and invoices -----------------------------------------------------------------------


def test_a_raised_budget(world: Tables) -> None:
    """One budget is raised in June; all others are set before the year, in whole hundreds."""
    rows = world.budgets
    raised = rows[rows.duplicated(["year", "municipality", "service"])]
    assert raised[["year", "municipality", "service"]].to_numpy().tolist() == [
        ["2025", "778", "palkkatuki"]
    ]
    assert raised["recorded_on"].dt.month.tolist() == [6]
    first = rows.drop(raised.index)
    assert (first["recorded_on"].dt.year < first["year"].astype(int)).all()
    assert (rows["amount_cents"] % 10_000 == 0).all()


def test_budgets_are_near_the_costs(world: Tables) -> None:
    """An area's budget of a service is within 15 % of what it cost in the end."""
    budget = world.budgets.groupby(["year", "service"])["amount_cents"].sum()
    for (year, service), cents in budget.items():
        assert cents == pytest.approx(true_costs(world).loc[year, service], rel=0.15)


def test_advances_sum_to_the_budget(world: Tables) -> None:
    """Where nothing went wrong, a year's advances are exactly its budget."""
    rows = world.advance_invoices.assign(year=world.advance_invoices["period"].str[:4])
    key = ["year", "municipality", "service"]
    billed = rows.groupby(key)["amount_cents"].sum()
    budget = world.budgets.groupby(key)["amount_cents"].first()
    differ = billed.index[billed != budget.reindex(billed.index)].tolist()
    assert differ == [("2025", "402", "palkkatuki"), ("2025", "778", "palkkatuki")]


def test_advances_follow_the_raised_budget(world: Tables) -> None:
    """From July the raised budget's twelfths are invoiced, odd cents first."""
    rows = world.advance_invoices
    of = rows[(rows["municipality"] == "778") & (rows["service"] == "palkkatuki")]
    of = of.set_index("period")["amount_cents"]
    old, new = world.budgets.query(
        "year == '2025' and municipality == '778' and service == 'palkkatuki'"
    )["amount_cents"]
    assert of["2025-06"] == share_of_month(old, "2025-06")
    assert of["2025-07"] == share_of_month(new, "2025-07")


def test_shares_of_a_month_sum_to_the_budget() -> None:
    """Twelfths sum to the budget, and odd cents are in the first months."""
    shares = [share_of_month(1_000_007, f"2025-{month:02d}") for month in range(1, 13)]
    assert sum(shares) == 1_000_007
    assert shares == sorted(shares, reverse=True) and shares[0] - shares[-1] == 1


def test_doubled_and_credited(world: Tables) -> None:
    """Tuusniemi's start-up grant of May is invoiced twice, and the second is credited in June."""
    rows = world.advance_invoices
    may = rows[
        (rows["municipality"] == "857")
        & (rows["service"] == "starttiraha")
        & (rows["period"] == "2025-05")
    ]
    assert may["kind"].tolist() == ["invoice", "invoice", "credit"]
    right, again, credit = may["amount_cents"]
    assert right == again == -credit
    assert may["credits_invoice_id"].iloc[2] == may["invoice_id"].iloc[1]
    assert may["invoiced_on"].iloc[2].month == 6
    assert (rows["kind"] == "credit").sum() == 1


def test_transposed(world: Tables) -> None:
    """Lapinlahti's pay subsidy of July has two digits transposed, and is not credited."""
    rows = world.advance_invoices
    of = rows[(rows["municipality"] == "402") & (rows["service"] == "palkkatuki")]
    of = of.set_index("period")["amount_cents"]
    assert of["2025-07"] != of["2025-08"]
    assert sorted(str(of["2025-07"])) == sorted(str(of["2025-08"]))
    assert (of.drop("2025-07")["2025-01":"2025-12"] - of["2025-08"]).between(0, 1).all()


def test_invoices_are_sent_by_the_host(world: Tables) -> None:
    """The host's own charge is internal; ordinary invoices leave from the 10th to the 15th."""
    rows = world.advance_invoices
    assert ((rows["kind"] == "internal") == (rows["municipality"] == "297")).all()
    monthly_rows = rows[rows["kind"] != "credit"].drop_duplicates(["municipality", "period"])
    assert monthly_rows["invoiced_on"].dt.day.between(10, 15).all()


# --- other areas and scenarios ------------------------------------------------------------------


def test_areas() -> None:
    """There are 45 employment areas; Åland is not one."""
    assert len(areas()) == 45 and "46" not in areas() and "17" in areas()


@pytest.mark.parametrize("area", areas())
@pytest.mark.slow
def test_every_area_works(area: str, tmp_path: Path) -> None:
    """Every area can be made, with one member or 23, and a budget for each of its members."""
    tables = make(ExamplePlan(area=area, months=8, scale=0.05))
    write(tables, tmp_path)
    assert set(tables.budgets["municipality"]) == {m.code for m in tables.plan.members}
    mistakes = (tables.advance_invoices["kind"] == "credit").sum()
    assert mistakes == (len(tables.plan.members) > 1)


@pytest.mark.parametrize(
    "wrong", [{"area": "46"}, {"first_month": "2025-13"}, {"months": 0}, {"scale": 0}]
)
def test_impossible_plans(wrong: dict[str, object]) -> None:
    """An unknown area, a wrong month, no months and no clients are refused."""
    with pytest.raises(UsageError):
        ExamplePlan(**wrong)  # type: ignore[arg-type]


def spell_starts(plan: ExamplePlan) -> pd.Series:
    """Number of periods that begin in each year and half."""
    starts = make(plan).service_periods.drop_duplicates("record_id")["start_date"]
    return starts.groupby([starts.dt.year, starts.dt.month > 6]).size()


def test_growing_and_stepping_worlds() -> None:
    """Growth and a step raise what begins later, not what began before."""
    steady = spell_starts(ExamplePlan(season=0))
    growing = spell_starts(ExamplePlan(season=0, growth=0.3))
    stepped = spell_starts(ExamplePlan(season=0, step=0.5, step_month="2026-01"))
    assert growing[2026, True] > 1.3 * steady[2026, True]
    assert stepped[2026, True] > 1.3 * steady[2026, True]
    assert stepped[2025, False] < 1.1 * steady[2025, False]


def test_delay_moves_only_the_recording() -> None:
    """A faster office records the same events earlier."""
    slow, fast = make(ExamplePlan(scale=0.3)), make(ExamplePlan(scale=0.3, delay=0.3))
    key = ["client_id", "service_month", "amount_cents"]
    same = [t.costs.dropna(subset="client_id")[key].astype("str") for t in (slow, fast)]
    ordered = [frame.sort_values(key).to_numpy().tolist() for frame in same]
    assert ordered[0] == ordered[1]
    assert fast.costs["recorded_on"].mean() < slow.costs["recorded_on"].mean()


def test_area_31_has_common_services_beside_those_of_persons() -> None:
    """Costs of nobody, budgets for all, a key corrected in June; the persons' rows are as without."""
    plan = ExamplePlan(area="31", scale=0.1)
    world, plain = make(plan), make(plan, shared=False)
    common = world.costs["client_id"].isna() & world.costs["group_id"].isna()
    assert set(world.costs["service"][common]) == {"yhteiset_tilat", "yhteinen_valmennus"}
    assert list(world.costs["cost_id"][~common]) == list(plain.costs["cost_id"])
    assert world.keys is not None
    assert plain.keys is None
    assert not world.keys.duplicated(["key", "year", "municipality", "recorded_on"]).any()
    assert len(world.keys) == 2 * (len(plan.members) + 1)
