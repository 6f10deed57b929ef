"""The parameters of another employment area, written from what Statistics Finland knows of it.

Code, members and their names and languages are filled in; what only the area itself knows is left
empty, so that the first `check` says with file and line what is missing.
"""

import shutil
from pathlib import Path

from kuntakoonti.errors import UsageError
from kuntakoonti.municipalities import Municipality, municipalities
from kuntakoonti.settings import PROJECT

_HEAD = """\
# Työllisyysalue {code}: täydennä tyhjät kohdat (sender, case_number, contact). Jäsenet ovat Tilastokeskuksen
# luokituksesta kunta_1_20250101; tarkista ne yhteistoimintasopimuksesta. Vastuukunnaksi on merkitty suurin.
code: "{code}"
name: {{fi: Työllisyysalue {fi}, sv: Sysselsättningsområdet {sv}, en: Employment area {fi}}}
sender: {{fi: "", sv: "", en: ""}}
host: "{host}"
language: {language}
valid_from: "2025-01-01"
case_number:
# Rooli, ei henkilö.
contact: {{fi: "", sv: "", en: ""}}
objection_days: 30
members:
"""
_MEMBER = (
    '  - {{code: "{code}", name: {{fi: {fi}, sv: {sv}}}{languages}, valid_from: "2025-01-01"}}\n'
)


def write_new_area(code: str, folder: Path) -> Path:
    """Write ``area.yml``, ``services.yml`` and ``rules.yml`` of an area; returns the first.

    UsageError if there is no such area or the folder has parameters already.
    """
    members = sorted(
        (m for m in municipalities().values() if m.employment_area == code), key=lambda m: m.code
    )
    if not members:
        raise UsageError(f"Työllisyysaluetta {code} ei ole; kirjoita numero 01–46.")
    if (folder / "area.yml").exists():
        raise UsageError(f"Kansiossa {folder.name} on jo area.yml; anna tyhjä kansio.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("services.yml", "rules.yml"):
        shutil.copy(PROJECT / "parameters" / name, folder / name)
    host = max(members, key=lambda m: m.population)
    head = _HEAD.format(
        code=code, host=host.code, fi=host.area_fi, sv=host.area_sv, language=host.languages[0]
    )
    path = folder / "area.yml"
    path.write_text(head + "".join(map(_member, members)), encoding="utf-8")
    return path


def _member(m: Municipality) -> str:
    """A line of the members; a bilingual municipality gets its pages in both languages."""
    languages = f", languages: [{', '.join(m.languages)}]"
    return _MEMBER.format(code=m.code, fi=m.name_fi, sv=m.name_sv, languages=languages)
