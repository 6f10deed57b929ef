"""The statement for the data protection officer: true to the public files, silent about places."""

import csv
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from pydantic import ValidationError
from worlds.places import PROJECT
from worlds.releases import run_month

from kuntakoonti.attack import Facts, Finding, Verdict, attack
from kuntakoonti.cli.main import main
from kuntakoonti.core.language import Language
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.settings import OutputFolder
from kuntakoonti.pages import statement
from kuntakoonti.pages import statement_rules as rulebook
from kuntakoonti.pages.statement import Statement
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.public.cells import Cell, Measure, Plan, Status
from kuntakoonti.public.handover import Handover, open_handover, read_manifest
from kuntakoonti.public.ledger import Archive
from kuntakoonti.public.statement import (
    PositionTally,
    StatementFigures,
    changes_since,
    rules_of,
    statement_in,
)
from kuntakoonti.release import attack_check as trial
from kuntakoonti.release.attack_check import Candidate
from kuntakoonti.release.jobs import jobs_of, open_release
from kuntakoonti.release.statement import Published, statement_of
from kuntakoonti.restricted.preparation.rules_in_force import rules_in_force
from kuntakoonti.runner.batch import make_reports
from kuntakoonti.runner.job import FORMATS, Job

PARTS = (
    statement.heading, statement.result, statement.attacks, statement.shares, statement.families,
    statement.signature, rulebook.changes, rulebook.rules, rulebook.exceptions, rulebook.assumptions, rulebook.left,
    rulebook.values,
)  # fmt: skip


def handover_of(output: Path) -> Handover:
    return open_handover(OutputFolder(output).handover("2025-08"))


def published_in(handover: Handover) -> Published:
    """What is public of a handover."""
    return Published(handover.annexes, handover.area, rules_of(handover), handover.record.cells)


def words(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page))


def said(figures: StatementFigures, handover: Handover, language: str = "fi") -> str:
    """Everything that the statement says, as plain text."""
    view = Statement(figures, handover.manifest, Language(language))
    return words(" ".join(part(view).text for part in PARTS))


def forget(folder: Path) -> None:
    """A handover as it is before the attack."""
    manifest = read_manifest(folder)
    files = {n: d for n, d in manifest.files.items() if n != "statement.json"}
    text = manifest.model_copy(update={"files": files}).model_dump_json()
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    (folder / "statement.json").unlink()


def statement_jobs(output: Path, target: Path, formats: tuple[str, ...] = FORMATS) -> list[Job]:
    """The job of the statement alone."""
    place = OutputFolder(output)
    jobs = jobs_of(place, open_release(place, "2025-08"), (target, target), formats)
    return [job for job in jobs if job.municipality == "statement"]


@pytest.fixture
def figures(released: Path) -> StatementFigures:
    return statement_in(handover_of(released))


def test_an_approved_release_has_its_statement(released: Path, figures: StatementFigures) -> None:
    """HTML and PDF in the folder of the release, in the manifest, with every level's result."""
    root = released / "2025-08"
    assert sorted(p.name for p in root.glob("statement*")) == ["statement.html", "statement.pdf"]
    assert (root / "statement.pdf").read_bytes().startswith(b"%PDF")
    files = json.loads((root / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {"statement.html", "statement.pdf"} <= set(files)
    page = words((root / "statement.html").read_text(encoding="utf-8"))
    targets = sum(t.targets for t in figures.attack.tallies if t.level == "A5")
    assert f"Yhtään piilotettua lukua ei voitu laskea: 0 / {targets} kohdetta." in page
    assert all(f"{level} " in page for level in ("A1", "A2", "A3", "A4", "A5"))
    assert "controller" in page and "LUONNOS" not in page
    index = (released / "index.html").read_text(encoding="utf-8")
    assert 'href="2025-08/statement.html"' in index and 'href="2025-08/statement.pdf"' in index
    assert "manifest.json" not in index


def test_the_statement_is_that_of_the_attack_over_everything_published(
    released: Path, figures: StatementFigures
) -> None:
    """An attack on the released folder, run afresh, has the same targets at every level."""
    fresh = Counter[tuple[str, str]]()
    for t in attack(released).tallies:
        fresh[t.level, t.guarantee] += t.targets
    assert {(t.level, t.guarantee): t.targets for t in figures.attack.tallies} == dict(fresh)
    assert sum(fresh.values()) > 100 and not figures.attack.fallen


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_no_municipality_stands_in_the_statement(
    language: str, released: Path, figures: StatementFigures
) -> None:
    """Neither name nor code of a member; the host only as the sender."""
    text = said(figures, handover_of(released), language)
    for annex in handover_of(released).annexes:
        assert not re.search(rf"\b{annex.municipality}\b", text)
        if annex.municipality != annex.facts.host:
            assert annex.name.fi not in text and annex.name.in_language(language) not in text
    raw = (handover_of(released).folder / "statement.json").read_text(encoding="utf-8")
    assert "Tuusniemi" not in raw and '"members":[]' in raw.replace(" ", "")


def test_a_statement_about_members_does_not_pass_the_door(
    released: Path, figures: StatementFigures
) -> None:
    """Facts that name the members are refused."""
    facts = handover_of(released).area.facts
    assert facts.members
    with pytest.raises(ValidationError, match="names no municipality"):
        StatementFigures.model_validate({**dict(figures), "facts": facts})


def test_what_is_shown_and_hidden_can_be_counted_from_the_public_files(
    released: Path, figures: StatementFigures
) -> None:
    """Recounted from the members' CSV files alone: the statement says nothing that they do not."""
    found: dict[str, Counter[str]] = {}
    for path in (released / "2025-08").glob("[0-9]*/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["measure"].endswith("_percent") or row["measure"] == "invented_data":
                    continue  # of the area, not of a member
                estimated = ("actual_rounded", "forecast", "expected_adjustment")
                rounded = row["measure"].startswith(estimated)
                kind = "costs" if rounded else "advances"
                if row["measure"] == "clients":
                    kind = {4: "year", 7: "month"}[len(row["period"])]
                    kind = "quarter" if "Q" in row["period"] else kind
                shown = {"final": "approximate" if rounded else "exact"}.get(row["status"])
                shown = shown or (
                    "under_threshold" if row["class_low"] in ("", "0") else "approximate"
                )
                found.setdefault(kind, Counter())[shown] += 1
    counted = {k: PositionTally.model_validate({"positions": k, **v}) for k, v in found.items()}
    assert {p.positions: p for p in figures.positions} == counted
    assert sum(found["month"].values()) > 100


@pytest.mark.parametrize("low, seen", [(0, "under_threshold"), (5, "approximate")])
def test_a_preliminary_class_is_hidden_only_if_it_says_under_five(
    low: int, seen: str, drafted: Path
) -> None:
    """Recorded so far 0–4 is "alle 5"; 5–9 is a lower bound that carries a number."""
    published = published_in(handover_of(drafted))
    place = ("844", "any", "2025-Q3", Measure.CLIENTS, Status.PRELIMINARY)
    cell = Cell(*place, class_low=low, class_high=low + 4)
    verdict = Verdict(1, 1, (), (), (), ())
    (found,) = statement_of(replace(published, cells=(cell,)), verdict).positions
    assert found == PositionTally.model_validate({"positions": "quarter", seen: 1})


def test_a_share_is_given_from_twenty_positions(released: Path, figures: StatementFigures) -> None:
    """19 positions have no percentage, 20 have one."""
    few, enough = (PositionTally(positions="month", exact=n, under_threshold=1) for n in (18, 19))
    for tally, percent in ((few, False), (enough, True)):
        alone = figures.model_copy(update={"positions": (tally,)})
        view = Statement(alone, handover_of(released).manifest, Language())
        assert ("95 %" in words(statement.shares(view).text).replace("\u00a0", " ")) is percent


def test_another_language_says_it_all(released: Path, figures: StatementFigures) -> None:
    """Swedish and English have every sentence, and the bases of the rules by the laws' own names."""
    finnish = said(figures, handover_of(released))
    swedish = said(figures, handover_of(released), "sv")
    english = said(figures, handover_of(released), "en")
    assert "Inget dolt tal kunde räknas ut: 0 / " in swedish
    assert "No hidden figure could be calculated: 0 / " in english
    for word in ("Hyökkä", "hyökkä", "Luku", "lukuja", "Jakso ", "Kunnan", "kuukausi"):
        assert word in finnish and word not in swedish and word not in english


def test_a_draft_is_attacked_once_and_states_it(
    drafted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draft's handover has the statement; the same inputs again do not attack again."""
    assert not statement_in(handover_of(drafted)).attack.fallen
    assert not (drafted / "ledger.jsonl").exists()

    def no_attack(*_: object) -> None:
        raise AssertionError("attacked again")

    monkeypatch.setattr(trial, "attack", no_attack)
    two = ("--municipality", "857", "--municipality", "844")
    assert run_month("2025-08", "2025-09-15", drafted, *two) == 0


def test_a_drafts_statement_is_marked(drafted: Path) -> None:
    """LUONNOS on the page; made again only if something changed; no page without a page's format."""
    target = drafted / "draft" / "2025-08"
    jobs = statement_jobs(drafted, target)
    assert [o.state for o in make_reports(jobs, 1)] == ["done"]
    assert "LUONNOS" in (target / "statement.html").read_text(encoding="utf-8")
    assert [o.state for o in make_reports(jobs, 1)] == ["unchanged"]
    (target / "statement.pdf").unlink()
    assert [o.state for o in make_reports(jobs, 1)] == ["done"]
    assert sorted(p.name for p in target.glob("*statement*")) == ["statement.html", "statement.pdf"]
    assert statement_jobs(drafted, target, ("csv", "xlsx")) == []


def test_a_swedish_statement_is_a_file_of_its_own(drafted: Path, tmp_path: Path) -> None:
    """`statement-sv` beside the Finnish one."""
    (job,) = statement_jobs(drafted, tmp_path / "made", ("html",))
    assert make_reports([replace(job, languages=("fi", "sv"))], 1)[0].state == "done"
    names = ["statement-sv.html", "statement.html"]
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == names
    assert 'lang="sv"' in (tmp_path / "made" / "statement-sv.html").read_text(encoding="utf-8")


def test_a_draft_that_would_fall_says_so(drafted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The analyst reads which rule fell before approving; the statement says it and no place."""
    folder, heard = handover_of(drafted).folder, list[str]()
    stale = drafted / "without"
    shutil.copytree(folder, stale)
    forget(stale)
    leak = Finding("G2", "R7", "A5", "exact", ("402", "palkkatuki", "2025-03"))
    monkeypatch.setattr(trial, "attack", lambda *a, **k: replace(attack(*a, **k), findings=(leak,)))
    output, stage = OutputFolder(drafted), OutputFolder(drafted / "stage")
    before, say = open_handover(stale), Messenger(write=heard.append)
    after = trial.attack_draft(output, Archive(), before, stage, say)
    assert len(heard) == 1 and "G2 (sääntö R7)" in heard[0] and "402" not in heard[0]
    text = said(statement_in(after), after)
    assert "Hyökkäys onnistui" in text and "G2 (sääntö R7)" in text
    assert "Lapinlahti" not in text and not re.search(r"\b402\b", text)


@pytest.mark.rule(
    "R9", "Exact figures for an authority: logged in a chain, and the attacker counts them as known"
)
def test_an_insiders_findings_count_and_its_tallies_do_not(
    drafted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What falls to who has exact figures falls; the numbers stay those that anybody can repeat."""
    handover, output = handover_of(drafted), OutputFolder(drafted)
    leak = Finding("G1", "R8", "A1", "exact", ("402", "palkkatuki", "2025-03"))

    def attacked(
        view: Path, insiders: Path | None = None, stated: dict[str, Facts] | None = None
    ) -> Verdict:
        plain = attack(view, ("A1",))
        return replace(plain, findings=(leak,), tallies=()) if insiders else plain

    monkeypatch.setattr(trial, "attack", attacked)
    verdicts = []
    for number, known in enumerate((None, tmp_path)):
        monkeypatch.setattr(trial, "insiders", lambda _, known=known: known)
        candidate = Candidate(handover.record, handover, tmp_path / str(number) / "release")
        trial.write_figures(handover, candidate.files)
        verdicts.append(trial.attack_release(output, Archive(), candidate, Language()))
    assert [v.findings for v in verdicts] == [(), (leak,)]
    assert verdicts[0].tallies == verdicts[1].tallies != ()


@pytest.mark.slow
@pytest.mark.parametrize("attacked", [True, False])
def test_a_lost_statement_comes_back_as_it_was(attacked: bool, released: Path) -> None:
    """Made again from the handover, or by a new attack if there is none in it, byte for byte."""
    root = released / "2025-08"
    before = {p.name: p.read_bytes() for p in root.glob("statement*")}
    shutil.rmtree(root)
    if not attacked:
        forget(handover_of(released).folder)
    assert main(["approve", "2025-08", "--by", "controller", "--output", str(released)]) == 0
    assert {p.name: p.read_bytes() for p in root.glob("statement*")} == before


def test_only_the_kinds_of_exceptions_are_stated(released: Path) -> None:
    """Each declared exception is found where the public pages show it, and none otherwise."""
    published, verdict = published_in(handover_of(released)), attack(released)
    assert statement_of(published, verdict).exceptions == ()
    zero = Cell("844", "any", "2025", Measure.ACTUAL, Status.FINAL, 0)
    of_zero = replace(published, cells=(*published.cells, zero))
    assert statement_of(of_zero, verdict).exceptions == ("zero_total",)
    secret = published.area.model_copy(update={"unpublished": ("844",)})
    of_secret = replace(published, area=secret)
    assert statement_of(of_secret, verdict).exceptions == ("secret_page",)
    for kind, field in (("coarse", {"coarse": True}), ("correction", {"version": 2})):
        facts = published.area.facts.model_copy(update=field)
        marked = replace(published, area=published.area.model_copy(update={"facts": facts}))
        assert statement_of(marked, verdict).exceptions == (kind,)
    plan = Plan("per_service", {"palkkatuki": "month"}, "decision", "päätös")
    fixed = published.annexes[0].model_copy(update={"plans": {"2025": plan}})
    of_fixed = replace(published, annexes=(fixed, *published.annexes[1:]))
    assert statement_of(of_fixed, verdict).exceptions == ("fixed_publication",)


def test_assumptions_given_up_and_insiders_are_said_without_a_place(released: Path) -> None:
    """The level and the kind of an assumption, and how many municipalities have exact figures."""
    folder = handover_of(released)
    verdict = replace(attack(released), given_up=(("A3", "monotone"),))
    text = said(statement_of(published_in(folder), verdict, insiders=2), folder)
    assert "Tasolla A3 yhdestä oletuksesta luovuttiin" in text and "2 kuntaa" in text
    assert "Mistään niistä ei tarvinnut luopua" not in text


def test_a_rule_without_a_translated_basis_says_it_as_written(
    released: Path, figures: StatementFigures
) -> None:
    """An area that has it in one language only, and a handover from before there were others."""
    facts = tuple(r.model_copy(update={"references": {}}) for r in figures.rules)
    old = figures.model_copy(update={"rules": facts})
    assert "JulkL 621/1999 § 24.1 k. 25: jo asiakkuus" in said(old, handover_of(released), "sv")
    swedish = said(figures, handover_of(released), "sv")
    assert "24 § 1 mom. 25 punkten i lagen om offentlighet i myndigheternas verksamhet" in swedish
    english = said(figures, handover_of(released), "en")
    assert "Act on the Openness of Government Activities (621/1999), section 24(1)(25)" in english
    for act in ("JulkL", "KuntaL", "VNa", "julkaisusääntö"):
        assert act not in swedish and act not in english


def test_the_rules_are_those_in_force() -> None:
    """Every dated rule with its value on the month's first day, its reference and its assumption."""
    parameters = load_parameters(PROJECT / "parameters")
    old = parameters.rules.threshold
    later = old.values[0].model_copy(update={"valid_from": date(2025, 9, 1), "value": 6})
    changed = old.model_copy(update={"values": (*old.values, later), "assumption": False})
    rules = parameters.rules.model_copy(update={"threshold": changed})
    for month, value in (("2025-08", "5"), ("2025-09", "6")):
        found = rules_in_force(replace(parameters, rules=rules), month).rules
        assert [r.name for r in found] == [n for n in type(rules).model_fields if getattr(rules, n)]
        assert found[0].values == {"": value} and not found[0].assumption
        assert all(r.reference and r.meaning for r in found)
    assert found[0].valid_from == date(2025, 9, 1)


def test_a_rule_that_begins_later_is_not_in_force_yet() -> None:
    """A change of prices told in August for October stands in October's table of rules, not before."""
    parameters = load_parameters(PROJECT / "parameters")
    one = {s.name: "1.1" for s in parameters.services.services}
    told = {
        "meaning": "hintataso", "reference": "laki", "assumption": False,
        "values": [{"valid_from": "2025-10-01", "value": one}],
    }  # fmt: skip
    content = parameters.rules.model_dump(exclude_none=True) | {"price_level": told}
    changed = replace(parameters, rules=type(parameters.rules).model_validate(content))
    for month, stands in (("2025-09", False), ("2025-10", True)):
        named = [r.name for r in rules_in_force(changed, month).rules]
        assert ("price_level" in named) is stands


def test_what_changed_since_the_last_statement_is_said(
    released: Path, figures: StatementFigures
) -> None:
    """Another value of a rule, an exception, municipalities, the program; that nothing has changed."""
    folder = handover_of(released)
    program = folder.manifest.program
    same = changes_since(figures, program, figures)
    assert (same.rules, same.exceptions) == ((), ())
    text = said(figures.model_copy(update={"changes": same}), folder)
    assert "Muuttunut edellisestä lausunnosta (elokuu 2025)" in text
    assert "Säännöt, ohjelma, poikkeukset ja kuntien määrä ovat samat." in text
    first, *others = figures.rules
    other = first.model_copy(update={"values": {"": "77"}})
    before = figures.model_copy(update={"rules": (other, *others), "municipalities": 10})
    now = figures.model_copy(update={"exceptions": ("zero_total",)})
    since = changes_since(before, "0" * 64, now)
    assert (since.rules, since.exceptions) == ((first.name,), ("zero_total",))
    text = said(now.model_copy(update={"changes": since}), folder)
    assert (
        "Kuntien sivuja oli 10, nyt 11." in text and "tarkistussumma oli 0000000000000000" in text
    )
    assert "Säännön arvo:" in text and "Poikkeus, jota silloin ei ollut:" in text
    assert "Muuttunut edellisestä" not in said(figures, folder)
