"""The parameters of another employment area, written from what Statistics Finland knows of it.

Code, members and their names and languages are filled in; what only the area itself knows is left
empty, so that the first `check` says with file and line what is missing.
"""

import re
from pathlib import Path
from textwrap import wrap

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.language import Language
from kuntakoonti.core.settings import PROJECT
from kuntakoonti.parameters.missing import lines_of
from kuntakoonti.parameters.municipalities import Municipality, municipalities

_HEAD = """\
{note}
code: "{code}"
name: {{fi: Työllisyysalue {fi}, sv: Sysselsättningsområdet {sv}, en: Employment area {en}}}
sender: {{fi: "", sv: "", en: ""}}
host: "{host}"
language: {language}
{languages}valid_from: "2025-01-01"
case_number:
# {role}
contact: {{fi: "", sv: "", en: ""}}
objection_days: 30
{roles}
members:
"""
_SHARED_EXAMPLE = {
    "31": """\
  # KEKSITTY ESIMERKKI yhteisistä palveluista, jotka jaetaan avaimella (example-data --area 31). Kirjoita tilalle oman
  # sopimuksen palvelut ja avaimet, tai poista.
  - name: yhteiset_tilat
    label: {fi: Yhteiset tilat ja järjestelmät, sv: Gemensamma lokaler och system, en: Common offices and systems}
    statute: "yhteistoimintasopimus"
    valid_from: "2025-01-01"
    allocation: {key: population, reference: "keksitty yhteistoimintasopimus § 12"}
  - name: yhteinen_valmennus
    label: {fi: Yhteinen valmennus, sv: Gemensam träning, en: Common coaching}
    statute: "yhteistoimintasopimus"
    valid_from: "2025-01-01"
    allocation:
      - {valid_from: "2025-01-01", key: {population: 0.5, jobseekers: 0.5}, reference: "keksitty yhteistoimintasopimus § 13"}
"""
}
_MEMBER = (
    '  - {{code: "{code}", name: {{fi: {fi}, sv: {sv}}}{languages}, valid_from: "2025-01-01"}}\n'
)
# A reference that quotes a case number is another area's decision.
_DECIDED_ELSEWHERE = re.compile(r'(?<=reference: )".*\d/\d\d(?:\.\d\d){2,3}/\d{4}.*"')
_TRANSLATED_ELSEWHERE = re.compile(r'  reference_(sv|en): ".*\d/\d\d(?:\.\d\d){2,3}/\d{4}.*"\n')
_NOT_DECIDED = '"alueen oma päätös tai sopimus puuttuu; täydennä"'


def write_new_area(code: str, folder: Path) -> Path:
    """Write ``area.yml``, ``services.yml`` and ``rules.yml`` of an area; returns the first.

    UsageError if there is no such area or the folder has parameters already.
    """
    members = sorted(
        (m for m in municipalities().values() if m.employment_area == code), key=lambda m: m.code
    )
    if not members:
        raise UsageError("There is no employment area {area}; write 01–46.", area=code)
    if (folder / "area.yml").exists():
        raise UsageError(
            "The folder {folder} has an area.yml already; give an empty folder.", folder=folder.name
        )
    folder.mkdir(parents=True, exist_ok=True)
    services = (PROJECT / "parameters" / "services.yml").read_text(encoding="utf-8")
    services += _SHARED_EXAMPLE.get(code, "")
    (folder / "services.yml").write_text(services, encoding="utf-8")
    rules = (PROJECT / "parameters" / "rules.yml").read_text(encoding="utf-8")
    own = _DECIDED_ELSEWHERE.sub(_NOT_DECIDED, _TRANSLATED_ELSEWHERE.sub("", rules))
    (folder / "rules.yml").write_text(own, encoding="utf-8")
    host = max(members, key=lambda m: m.population)
    head = _head(code, host)
    path = folder / "area.yml"
    path.write_text(head + "".join(map(_member, members)), encoding="utf-8")
    return path


def _head(code: str, host: Municipality) -> str:
    """What is said of the whole area; its own pages are in the host's languages."""
    say = Language(host.languages[0])
    note = say.text(
        "Employment area {code}: fill in the empty places (sender, case_number, contact). The "
        "members are from Statistics Finland's classification kunta_1_20250101; check them "
        "against the cooperation agreement. The largest is marked as host.",
        code=code,
    )
    both = f"languages: [{', '.join(host.languages)}]\n" if len(host.languages) > 1 else ""
    return _HEAD.format(
        code=code,
        host=host.code,
        fi=host.area_fi,
        sv=host.area_sv,
        en=host.area_en,
        language=say.code,
        languages=both,
        note="\n".join(wrap(note, 110, initial_indent="# ", subsequent_indent="# ")),
        role=say.text("A role, not a person."),
        roles=lines_of("area.yml", "roles"),
    )


def _member(m: Municipality) -> str:
    """A line of the members; a bilingual municipality gets its pages in both languages."""
    languages = f", languages: [{', '.join(m.languages)}]"
    return _MEMBER.format(code=m.code, fi=m.name_fi, sv=m.name_sv, languages=languages)
