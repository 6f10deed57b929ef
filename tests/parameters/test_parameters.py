"""Parameters: text until pydantic, every complaint at once, and dated rules with their reference."""

import csv
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.places import PROJECT

from kuntakoonti.core.errors import EXIT_USAGE, UsageError
from kuntakoonti.core.language import Language
from kuntakoonti.parameters.rules import DatedValue, Rule, load_parameters
from kuntakoonti.parameters.run_file import Run, read_run
from kuntakoonti.parameters.yaml_files import read_yaml, validate
from kuntakoonti.public.cells import ANY

PARAMETERS = PROJECT / "parameters"
TABLES = ("area.yml", "services.yml", "rules.yml")


@dataclass(frozen=True)
class Folder:
    """A copy of the committed parameters in which a text can be changed."""

    path: Path

    def change(self, file: str, old: str, new: str) -> "Folder":
        """Put ``new`` in the first place of ``old``, which must be there."""
        text = (self.path / file).read_text(encoding="utf-8")
        assert old in text
        (self.path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return self

    def complaints(self) -> list[str]:
        """What loading says, a line each; it must be refused."""
        with pytest.raises(UsageError) as caught:
            load_parameters(self.path)
        assert caught.value.exit_code == EXIT_USAGE
        return [line.strip() for line in str(caught.value).splitlines()[1:]]

    def digest(self) -> str:
        return load_parameters(self.path).digest

    def line_of(self, file: str, text: str) -> int:
        """The line a text stands on, from 1."""
        lines = (self.path / file).read_text(encoding="utf-8").splitlines()
        return next(i for i, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A changeable copy of the committed parameters."""
    return Folder(Path(shutil.copytree(PARAMETERS, tmp_path / "parameters")))


# What YAML would make of it


@pytest.mark.parametrize("text", ["016", "no", "1e3", "2025-01-01", "0x1F", "1_000", "1:30", "~"])
def test_a_scalar_stays_the_text_it_is(text: str, tmp_path: Path) -> None:
    """Nothing becomes a number, a truth value, a date or a null before pydantic."""
    path = tmp_path / "x.yml"
    path.write_text(f"key: {text}\nquoted: '{text}'\n")
    assert read_yaml(path).content == {"key": text, "quoted": text}


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_a_quoted_value_comes_back_as_it_was(text: str) -> None:
    """Whatever is written on a line in single quotation marks is read as exactly that text."""
    path = _scratch() / "quoted.yml"
    escaped = text.replace("'", "''")
    path.write_text(f"key: '{escaped}'\n", encoding="utf-8")
    source = read_yaml(path)
    assert source.complaints == () and source.content == {"key": text}


@pytest.mark.parametrize("value", ["016", "no", "On", "YES", "off", "y", "null", "~"])
def test_a_value_that_yaml_would_change_must_be_quoted(value: str, folder: Folder) -> None:
    """The complaint names file and line and says what to write."""
    folder.change("area.yml", "{fi: Kaavi,", f"{{fi: {value},")
    line = folder.line_of("area.yml", f"{{fi: {value},")
    assert folder.complaints() == [
        f'area.yml, rivi {line}: arvo ilman lainausmerkkejä; kirjoita "{value}"'
    ]


@pytest.mark.parametrize("key", ["016", "297", "no", "on", "true", "2025-08"])
def test_a_key_that_yaml_would_change_must_be_quoted(key: str, tmp_path: Path) -> None:
    """Also a key that loses nothing today: the next reader's YAML would make it a number."""
    path = tmp_path / "x.yml"
    path.write_text(f"first: a\n{key}: b\n")
    (found,) = read_yaml(path).complaints
    assert found.said(Language()) == (
        f'x.yml, rivi 2: avain ilman lainausmerkkejä; kirjoita "{key}":'
    )
    path.write_text(f'first: a\n"{key}": b\n')
    assert read_yaml(path).complaints == ()


@pytest.mark.parametrize("value", ["{{ host }}", "{[a]: b}"])
def test_a_key_that_is_not_a_text_is_a_complaint(value: str, folder: Folder) -> None:
    """A template's braces are a mapping to YAML."""
    folder.change("area.yml", 'host: "297"', f"host: {value}")
    line = folder.line_of("area.yml", "host: ")
    assert folder.complaints()[0].startswith(f"area.yml, rivi {line}: avain ei ole teksti")


@pytest.mark.parametrize("value", ["&h [*h]", "*h", "&a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"])
def test_no_alias_is_followed(value: str, folder: Folder) -> None:
    """Nine that hold each other would stand for a thousand million values, one of itself for ever."""
    folder.change("area.yml", 'host: "297"', f"host: {value}")
    line = folder.line_of("area.yml", "*")
    told = [said for said in folder.complaints() if said.startswith(f"area.yml, rivi {line}:")]
    assert (
        len(told) == len(set(told)) + value.splitlines()[min(1, value.count("\n"))].count("*") - 1
    )
    assert all("viittaa toiseen paikkaan" in said for said in told)


def test_deep_brackets_are_no_crash(folder: Folder) -> None:
    folder.change("area.yml", 'host: "297"', "host: " + "[" * 20_000)
    assert "YAML" in folder.complaints()[0]


def test_a_duplicate_key_is_a_complaint(folder: Folder) -> None:
    """The second one does not win silently."""
    folder.change("area.yml", 'host: "297"', 'host: "297"\nhost: "204"')
    line = folder.line_of("area.yml", 'host: "204"')
    assert folder.complaints() == [
        f"area.yml, rivi {line}: avain host on jo annettu; poista toinen"
    ]


# What pydantic makes of it


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("area.yml", "host:", "hots:", "hots: tuntematon avain; tarkoititko host?"),
        ("area.yml", "objection_days: 30", "objection_days: 0", "objection_days: arvo ei kelpaa; kirjoita vähintään 1"),
        ("area.yml", "objection_days: 30", "objection_days: 366", "objection_days: arvo ei kelpaa; kirjoita enintään 365"),
        ("area.yml", 'code: "17"', 'code: "017"', 'code: kirjoita muodossa "17"'),
        ("area.yml", 'code: "204"', "code: 24", 'members.0.code: kirjoita muodossa "297"'),
        ("area.yml", 'code: "204"', 'code: "000"', "members.0.code: kuntanumeroa 000 ei ole"),
        ("area.yml", 'code: "204"', 'code: "239"', "members.1.code: jäsenkunta 239 on jo; poista toinen"),
        ("area.yml", 'host: "297"', 'host: "049"', "host: vastuukunta 049 ei ole jäsen"),
        ("area.yml", 'code: "204",', 'code: "204", successor: "049",', "members.0.successor: seuraaja 049 ei ole jäsen"),
        ("area.yml", "6194/00.04.01/2025", "6194", 'case_number: kirjoita muodossa "6194/00.04.01/2025"'),
        ("area.yml", "language: fi", "language: de", "language: arvo ei kelpaa; kirjoita jokin näistä: 'fi', 'sv', 'en'"),
        ("area.yml", 'valid_from: "2025-01-01"', "valid_from: 1.1.2025", "valid_from: kirjoita päivä muodossa 2025-01-31"),
        ("area.yml", 'valid_from: "2025-01-01"', "valid_from: 0", "valid_from: kirjoita päivä muodossa 2025-01-31"),
        ("area.yml", 'valid_from: "2025-01-01"', 'valid_from: "2025-02-29"', "valid_from: arvo ei kelpaa; kirjoita päivä muodossa 2025-01-31"),
        ("services.yml", "counts_as: palkkatuki", "counts_as: tuki", "services.3.counts_as: kirjoita own, excluded tai palvelu, jolla on omat luvut"),
        ("services.yml", "name: palkkatuki", "name: Palkkatuki", "services.0.name: kirjoita muodossa palkkatuki"),
        ("services.yml", "name: starttiraha", "name: any", "services.1.name: nimi any on varattu"),
        ("services.yml", "name: starttiraha", "name: palkkatuki", "services.1.name: palvelu palkkatuki on jo; poista toinen"),
        ("rules.yml", "value: 5", "value: viisi", "threshold.values.0.value: arvo ei kelpaa; kirjoita kokonaisluku"),
        ("rules.yml", "value: 5", "value: 1", "threshold.values.0.value: arvo ei kelpaa; kirjoita vähintään 3"),
        ("rules.yml", 'value: "0.80"', 'value: "1.01"', "grain_share.values.0.value: arvo ei kelpaa; kirjoita enintään 1"),
        ("rules.yml", 'value: "0.80"', "value: 0", "grain_share.values.0.value: arvo ei kelpaa; kirjoita suurempi kuin 0"),
        ("rules.yml", 'value: "02"', 'value: "13"', 'year_closing.values.0.value: kirjoita muodossa "02"'),
        ("rules.yml", "assumption: true", "assumption: ehkä", "threshold.assumption: arvo ei kelpaa; kirjoita true tai false"),
        ("rules.yml", "below_100: 5", "below_100: 4", "class_width.values.0.value.below_100: luokka on rajaa kapeampi; kirjoita vähintään 5"),
        ("rules.yml", "value: last_service_day", "value: today", "residence_day.values.0.value: arvo ei kelpaa; kirjoita jokin näistä: 'last_service_day', 'month_first_day', 'month_last_day'"),
        ("rules.yml", "tyollistamistuki_55: 2}", "x: 2}", "closing_lag.values.0.value: lisää tyollistamistuki_55"),
        ("rules.yml", "tyollistamistuki_55: 2}", "tyollistamistuki_55: 2, x: 2}", "closing_lag.values.0.value.x: palvelua ei ole"),
        ("rules.yml", "tyollistamistuki_55: 2}", "tyollistamistuki_55: -1}", "closing_lag.values.0.value.tyollistamistuki_55: arvo ei kelpaa; kirjoita vähintään 0"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_said_with_its_line_and_what_to_write(
    file: str, old: str, new: str, said: str, folder: Folder
) -> None:
    """One mistake, at its file and line, in words that tell the way out."""
    folder.change(file, old, new)
    found = [c for c in folder.complaints() if said in c]
    assert len(found) == 1 and found[0].startswith(f"{file}, rivi ")
    line = int(found[0].split("rivi ")[1].split(":")[0])
    keys = found[0].split(": ")[1].split(".")
    last = next(k for k in reversed(keys) if not k.isdigit())
    text = (folder.path / file).read_text(encoding="utf-8").splitlines()[line - 1]
    assert last in text


@pytest.mark.parametrize("key", ["host", "members", "case_number", "contact"])
def test_a_missing_key_is_named(key: str, folder: Folder) -> None:
    """The complaint says which key to add."""
    text = (folder.path / "area.yml").read_text(encoding="utf-8")
    kept, _, rest = text.partition(f"\n{key}:")
    after = rest.splitlines()[1:] if key != "members" else []
    (folder.path / "area.yml").write_text("\n".join([kept, *after]), encoding="utf-8")
    assert any(c.endswith(f"puuttuu; lisää avain {key}") for c in folder.complaints())


def test_a_chain_of_counts_as_would_lose_clients(folder: Folder) -> None:
    """A service counted in one that has no figures of its own is refused."""
    folder.change("services.yml", "name: starttiraha", "name: starttiraha\n    counts_as: excluded")
    folder.change("services.yml", "counts_as: palkkatuki", "counts_as: starttiraha")
    (said,) = folder.complaints()
    assert said.startswith("services.yml, rivi ") and "services.3.counts_as" in said


def test_a_fixed_publication_names_only_services_there_are(folder: Folder) -> None:
    """A decision about a series that does not exist would be ignored."""
    fixed = "publication: {family: together, grains: {%s: quarter}, reference: päätös},"
    folder.change("area.yml", 'code: "204",', f'code: "204", {fixed % ANY}')
    (member, *_) = load_parameters(folder.path).area.members
    assert member.publication and member.publication.grains == {ANY: "quarter"}
    folder.change("area.yml", f"together, grains: {{{ANY}:", "per_service, grains: {tuki:")
    (said,) = folder.complaints()
    assert "members.0.publication.grains.tuki: tuntematon palvelu" in said


@pytest.mark.rule("R3", "Nor by a decision in `area.yml`")
@pytest.mark.parametrize(
    ("family", "grains", "wrong"),
    [
        ("per_service", "palkkatuki: month, any: month", "any"),
        ("per_service", "any: quarter", "any"),
        ("together", "any: month, palkkatuki: year", "palkkatuki"),
        ("together", "palkkatuki: month", "palkkatuki"),
        ("per_service", "palkkatuki: month, starttiraha: year", ""),
        ("together", "any: month", ""),
    ],
)
def test_a_fixed_publication_has_one_family(
    family: str, grains: str, wrong: str, folder: Folder
) -> None:
    """R3: a decision cannot put a count over services beside one of a service."""
    fixed = f"publication: {{family: {family}, grains: {{{grains}}}, reference: päätös}},"
    folder.change("area.yml", 'code: "204",', f'code: "204", {fixed}')
    if not wrong:
        assert load_parameters(folder.path).area.members[0].publication
        return
    (said,) = folder.complaints()
    assert f"members.0.publication.grains.{wrong}: ei kuulu tapaan {family}; poista se" in said


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_file_is_named(name: str, folder: Folder) -> None:
    """The other two files are still read."""
    (folder.path / name).unlink()
    assert folder.complaints() == [f"{name}: tiedosto puuttuu kansiosta parameters; lisää se"]


@pytest.mark.parametrize("where", ["nowhere", "area.yml"])
def test_a_folder_that_is_none_is_said_once_a_file(where: str, folder: Folder) -> None:
    """A path to nothing, or to a file, is wrong usage and not a crash."""
    said = Folder(folder.path / where).complaints()
    assert [line.partition(":")[0] for line in said] == list(TABLES)


@pytest.mark.parametrize(
    "text", ["a: [1", "a: b: c", 'a: "\\ud800"', "\ta: 1", "a: 1\n---\nb: 2", "'"]
)
def test_broken_yaml_is_said_with_its_line(text: str, folder: Folder) -> None:
    """The parser's own words stay out."""
    (folder.path / "area.yml").write_text(text, encoding="utf-8")
    (said,) = folder.complaints()
    assert said.startswith("area.yml, rivi ") and ": ei ole luettavaa YAMLia; " in said


def test_bytes_that_are_not_utf8_are_said(folder: Folder) -> None:
    """A file saved in an old encoding."""
    (folder.path / "area.yml").write_bytes("name: Siilinjärvi".encode("cp1252"))
    assert folder.complaints() == ["area.yml: ei ole luettavaa YAMLia; korjaa merkintä"]


@pytest.mark.parametrize("text", ["", "# vain selite\n", "- a\n", "teksti\n"])
def test_a_file_without_keys_is_a_complaint(text: str, folder: Folder) -> None:
    """An empty file, a list and a bare text are not parameters."""
    (folder.path / "services.yml").write_text(text, encoding="utf-8")
    assert all(line.startswith("services.yml, rivi 1: ") for line in folder.complaints())


def test_everything_wrong_in_all_three_files_comes_at_once(folder: Folder) -> None:
    """Three files, six mistakes, one error."""
    folder.change("area.yml", 'host: "297"', 'host: "297"\nhost: "297"')
    folder.change("area.yml", "objection_days: 30", "objection_days: monta")
    folder.change("services.yml", "statute:", "statutes:")
    folder.change("rules.yml", "value: 5", "value: 1")
    folder.change("rules.yml", 'value: "02"', 'value: "0"')
    said = folder.complaints()
    for part in (
        "area.yml, rivi 8: avain host on jo annettu",
        "objection_days: arvo ei kelpaa",
        "services.0.statutes: tuntematon avain; tarkoititko statute?",
        "puuttuu; lisää avain statute",
        "threshold.values.0.value: arvo ei kelpaa",
        "year_closing.values.0.value: kirjoita muodossa",
    ):
        assert len([line for line in said if part in line]) == 1, part
    assert len(said) == 6


def test_several_faults_of_the_members_come_at_once(folder: Folder) -> None:
    """Also what only the whole area shows is not said one by one."""
    folder.change("area.yml", 'code: "204"', 'code: "000"')
    folder.change("area.yml", 'code: "239",', 'code: "239", successor: "049",')
    folder.change("area.yml", 'host: "297"', 'host: "091"')
    assert len(folder.complaints()) == 3


@given(st.sampled_from(TABLES), st.binary(max_size=200))
def test_no_file_content_crashes(name: str, content: bytes) -> None:
    """Whatever stands in a file, loading succeeds or is wrong usage."""
    source = _scratch() / "any"
    shutil.copytree(PARAMETERS, source, dirs_exist_ok=True)
    (source / name).write_bytes(content)
    with pytest.raises(UsageError, match="Parametreissa on korjattavaa"):
        load_parameters(source)


# Rules and their dates


def test_every_rule_says_on_what_it_rests() -> None:
    """A reference, a meaning, and whether the value is an assumption; a rule may be left out."""
    rules = load_parameters(PARAMETERS).rules
    given = [rule for name in type(rules).model_fields if (rule := getattr(rules, name))]
    assert len(given) > 12
    for rule in given:
        assert rule.reference.strip() and rule.meaning.strip()
        assert isinstance(rule.assumption, bool)


@pytest.mark.parametrize("empty", ['""', '"  "', ""])
def test_a_rule_without_a_reference_is_refused(empty: str, folder: Folder) -> None:
    """Also blanks are no reference."""
    folder.change("rules.yml", 'reference: "julkaisusääntö R5"', f"reference: {empty}")
    (said,) = folder.complaints()
    assert "class_width.reference: arvo ei kelpaa; kirjoita tähän jotakin" in said


@pytest.mark.parametrize("key", ["reference", "assumption", "meaning", "values"])
def test_a_rule_must_be_whole(key: str, folder: Folder) -> None:
    """Nothing of a rule has a default."""
    text = (folder.path / "rules.yml").read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(text) if line.startswith(f"  {key}:"))
    (folder.path / "rules.yml").write_text("\n".join(text[:first] + text[first + 1 :]))
    assert folder.complaints() == [
        f"rules.yml, rivi {folder.line_of('rules.yml', 'threshold:')}: threshold: puuttuu; lisää avain {key}"
    ]


@pytest.mark.parametrize(
    ("day", "value"),
    [("2025-01-01", 5), ("2025-12-31", 5), ("2026-01-01", 10), ("2026-01-02", 10)],
)
def test_a_value_holds_from_its_day(day: str, value: int) -> None:
    """On the day before the old one, on the day and after it the new one, in any order of writing."""
    values = (_dated("2026-01-01", 10), _dated("2025-01-01", 5))
    for order in (values, values[::-1]):
        assert _rule(*order).at(date.fromisoformat(day)) == value


def test_before_the_first_value_is_an_error() -> None:
    """Asking too early is never answered by a default; the error names the first day."""
    rule = _rule(_dated("2026-01-01", 10), _dated("2025-01-01", 5))
    with pytest.raises(UsageError, match="ennen päivää 2025-01-01"):
        rule.at(date(2024, 12, 31))


@given(st.lists(st.dates(date(2000, 1, 1), date(2100, 1, 1)), min_size=1, unique=True), st.data())
def test_the_newest_value_before_a_day_is_in_force(days: list[date], data: st.DataObject) -> None:
    """Whatever the order, the value is the one that began last."""
    rule = _rule(*(DatedValue[int](valid_from=d, value=d.toordinal()) for d in days))
    day = data.draw(st.dates(min(days), max(days) + timedelta(1)))
    assert rule.at(day) == max(d for d in days if d <= day).toordinal()


def test_two_values_of_one_day_are_refused(folder: Folder) -> None:
    """Nobody could tell which one is in force."""
    two = '[{valid_from: "2025-01-01", value: 5}, {valid_from: "2025-01-01", value: 6}]'
    folder.change("rules.yml", '[{valid_from: "2025-01-01", value: 5}]', two)
    (said,) = folder.complaints()
    assert "threshold.values.1.valid_from: arvo päivästä 2025-01-01 on jo" in said


_TWELFTHS = ["0.08"] * 11


@pytest.mark.parametrize("last", ["0.12", "0.11", "0.13", "-0.88"])
def test_shares_of_the_advances_sum_to_one(last: str, folder: Folder) -> None:
    """Twelve shares, exactly one in sum; a cent of a share too few or too many is refused."""
    shares = ", ".join(f'"{share}"' for share in [*_TWELFTHS, last])
    folder.change("rules.yml", "value: monthly", f"value: [{shares}]")
    if last == "0.12":
        value = load_parameters(folder.path).rules.advance_schedule.at(date(2025, 1, 1))
        assert value == (*(Decimal(s) for s in _TWELFTHS), Decimal("0.12"))
    else:
        assert all("advance_schedule.values.0.value" in c for c in folder.complaints())


@pytest.mark.parametrize("value", ['["0.5", "0.5"]', "[]", "[a, b]", "[nan]", "[{}]", "weekly"])
def test_a_schedule_that_is_none_is_refused(value: str, folder: Folder) -> None:
    """Too few shares, words and emptiness are wrong usage and not a crash."""
    folder.change("rules.yml", "value: monthly", f"value: {value}")
    said = folder.complaints()
    assert said and all("advance_schedule.values.0.value" in line for line in said)


def test_a_member_is_valid_on_its_first_and_last_day(folder: Folder) -> None:
    """``valid_to`` is inclusive; a day later the member is gone."""
    folder.change(
        "area.yml",
        'sv: Kaavi}, valid_from: "2025-01-01"',
        'sv: Kaavi}, valid_from: "2025-03-01", valid_to: "2025-12-31", successor: "297"',
    )
    area = load_parameters(folder.path).area
    for day, there in (
        (date(2025, 2, 28), False),
        (date(2025, 3, 1), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), False),
    ):
        assert ("204" in [m.code for m in area.members_on(day)]) is there


def test_a_municipality_that_is_not_a_member_is_refused_with_the_members() -> None:
    """The error lists the codes there are."""
    with pytest.raises(UsageError, match="Kunta 091 ei ole alueen jäsen") as caught:
        load_parameters(PARAMETERS).area.member("091")
    assert "297 Kuopio" in str(caught.value)


# What the digest is of


def test_comments_and_the_order_of_keys_do_not_matter(folder: Folder) -> None:
    """The digest is of the meaning; a commented or reordered file is the same parameters."""
    before = folder.digest()
    folder.change("area.yml", 'host: "297"\nlanguage: fi', 'language: fi # kieli\nhost: "297"')
    folder.change("rules.yml", "threshold:", "# selite\nthreshold:")
    folder.change("services.yml", "name: palkkatuki", "name: 'palkkatuki'")
    assert folder.digest() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("area.yml", "objection_days: 30", "objection_days: 31"),
        ("services.yml", "counts_as: palkkatuki", "counts_as: own"),
        ("rules.yml", "value: 5}", "value: 4}"),
        ("rules.yml", "assumption: true", "assumption: false"),
        ("rules.yml", 'valid_from: "2025-01-01", value: 5', 'valid_from: "2024-12-31", value: 5'),
    ],
)
def test_a_changed_value_is_another_digest(file: str, old: str, new: str, folder: Folder) -> None:
    """Anything that could change a figure or a word changes the digest."""
    before = folder.digest()
    assert folder.change(file, old, new).digest() != before


def test_a_folder_without_notices_is_what_it_was(folder: Folder) -> None:
    """An empty list says nothing; a notice stands on pages, so it is other parameters."""
    before = folder.digest()
    notices = "notices: [{says: costs_late, valid_from: '2026-09-01', valid_to: '2026-10-31'}]"
    assert folder.change("area.yml", "members:", "notices: []\nmembers:").digest() == before
    assert folder.change("area.yml", "notices: []", notices).digest() != before


def test_a_notice_is_one_of_the_fixed_sentences(folder: Folder) -> None:
    """Whoever writes a sentence of their own is told which there are."""
    own = "notices: [{says: hidasta, valid_from: '2026-09-01'}]\nmembers:"
    (said,) = folder.change("area.yml", "members:", own).complaints()
    assert "notices.0.says" in said and "costs_late" in said


# What is committed


def test_the_committed_area_is_kuopio_as_statistics_finland_has_it() -> None:
    """The eleven members and the Finnish names of employment area 17."""
    text = (
        files("kuntakoonti.parameters")
        .joinpath("municipalities.csv")
        .read_text(encoding="utf-8-sig")
    )
    official = {
        row["code"]: row["name_fi"]
        for row in csv.DictReader(text.splitlines())
        if row["employment_area_code"] == "17"
    }
    area = load_parameters(PARAMETERS).area
    assert (area.code, area.host, len(area.members)) == ("17", "297", 11)
    assert {m.code: m.name.fi for m in area.members} == official


def test_the_committed_services_count_the_55_subsidy_as_palkkatuki() -> None:
    """Three services have figures of their own."""
    services = load_parameters(PARAMETERS).services
    assert [s.name for s in services.shown] == ["palkkatuki", "starttiraha", "kotoutumiskoulutus"]
    assert services.named("tyollistamistuki_55").counted_as == "palkkatuki"


@pytest.mark.parametrize("counts_as", ["own", "excluded", "palkkatuki"])
def test_counts_as_says_where_a_service_is_counted(counts_as: str, folder: Folder) -> None:
    """On its own, nowhere, or in another service."""
    folder.change("services.yml", "counts_as: palkkatuki", f"counts_as: {counts_as}")
    found = load_parameters(folder.path).services.named("tyollistamistuki_55").counted_as
    assert found == {"own": "tyollistamistuki_55", "excluded": None}.get(counts_as, counts_as)


@pytest.mark.parametrize(
    "path", sorted((PARAMETERS / "runs").glob("*.yml")), ids=lambda path: path.stem
)
def test_a_committed_run_loads(path: Path) -> None:
    """One file is one run of the month in its name."""
    run, complaints = validate(Run, read_yaml(path))
    assert complaints == () and run is not None
    assert run.month == path.stem and run.as_of > date.fromisoformat(f"{run.month}-01")
    assert (PROJECT / run.data).is_dir() and (PROJECT / run.parameters).is_dir()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['month: "2025-08"', 'year: "2025"'], "kirjoita joko month tai year"),
        ([], "kirjoita joko month tai year"),
        (['month: "2025-8"'], "month: kirjoita muodossa 2025-08"),
        (['year: "25"'], "year: kirjoita muodossa 2025"),
        (['year: "2025"'], ""),
    ],
)
def test_a_run_is_of_a_month_or_of_a_years_end(lines: list[str], said: str, tmp_path: Path) -> None:
    path = tmp_path / "run.yml"
    known = ['as_of: "2026-02-28"', "data: data/example", "output: outputs"]
    path.write_text("\n".join([*known, *lines]), encoding="utf-8")
    if said:
        with pytest.raises(UsageError, match=said):
            read_run(path)
    else:
        assert read_run(path).release == "2025-tasaus"


def _dated(day: str, value: int) -> DatedValue[int]:
    return DatedValue[int](valid_from=date.fromisoformat(day), value=value)


def _rule(*values: DatedValue[int]) -> Rule[int]:
    return Rule[int](meaning="raja", reference="päätös", assumption=False, values=values)


_FOLDER: list[Path] = []


@pytest.fixture(scope="module", autouse=True)
def _scratch_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A folder for hypothesis, which cannot ask for one an example."""
    _FOLDER[:] = [tmp_path_factory.mktemp("parameters")]


def _scratch() -> Path:
    return _FOLDER[0]
