"""The municipalities of Finland: codes, names in two languages, population (Statistics Finland)."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Municipality:
    """One row of ``municipalities.csv``; ``population`` is of 31.12.2022.

    ``languages``: the municipality's official languages, the majority's first.
    """

    code: str
    name_fi: str
    name_sv: str
    employment_area: str
    area_fi: str
    area_sv: str
    area_en: str
    languages: tuple[str, ...]
    population: int


_LANGUAGES = {
    "Yksikielinen suomenkielinen kunta": ("fi",),
    "Yksikielinen ruotsinkielinen kunta": ("sv",),
    "Kaksikielinen kunta, jossa enemmistön kieli on suomi": ("fi", "sv"),
    "Kaksikielinen kunta, jossa enemmistön kieli on ruotsi": ("sv", "fi"),
}


@cache
def municipalities() -> dict[str, Municipality]:
    """All 308 municipalities of 2025 and 2026 by their three-character code."""
    text = (
        files("kuntakoonti.parameters")
        .joinpath("municipalities.csv")
        .read_text(encoding="utf-8-sig")
    )
    return {
        row["code"]: Municipality(
            row["code"],
            row["name_fi"],
            row["name_sv"],
            row["employment_area_code"],
            row["employment_area_fi"],
            row["employment_area_sv"],
            row["employment_area_en"],
            _LANGUAGES[row["language_status_fi"]],
            int(row["population_2022"]),
        )
        for row in csv.DictReader(text.splitlines())
    }


@cache
def municipality_codes() -> frozenset[str]:
    """The codes of all municipalities."""
    return frozenset(municipalities())


@cache
def former_municipalities() -> dict[str, date]:
    """Codes of municipalities that were merged into others → the last day on which they were."""
    text = (
        files("kuntakoonti.parameters")
        .joinpath("former_municipalities.csv")
        .read_text(encoding="utf-8")
    )
    rows = csv.DictReader(text.splitlines())
    return {row["code"]: date(int(row["last_year"]), 12, 31) for row in rows}
