"""The problems of the input as sentences, as a frame, as CSV and JSON."""

import csv
import json
from pathlib import Path

import pandas as pd

from kuntakoonti.core.errors import Problem, Severity, message
from kuntakoonti.core.language import Language
from kuntakoonti.restricted.intake import SENTENCES
from kuntakoonti.restricted.intake.sentences import MISMATCH_SENTENCES, RECORDING_SENTENCES

RELEASE_SENTENCES = {
    "budget_equals_hidden_actual": message(
        "Talousarvio on sama kuin viime vuoden toteuma, jota ei esitetä: {place}. "
        "Pyöristä talousarvio, ettei se kerro toteumaa."
    ),
    "fixed_price": message(
        "Palvelu {service}: asiakaskuukaudella on kustannuksissa {year} yksi kiinteä hinta, joten "
        "yhteissumma voi kertoa muiden palvelujen kustannuksen. Kirjoita tiedostoon rules.yml säännölle "
        "total_services arvo, joka on {day} vähintään {value}."
    ),
}

_EUROS = ("expected", "invoiced")  # values that are cents

PROBLEM_COLUMNS = ("severity", "file", "line", "column", "kind", "sentence")


def sentence(problem: Problem, language: Language) -> str:
    """What is wrong and what to write instead; never a cell of a person's record."""
    known = {**SENTENCES, **MISMATCH_SENTENCES, **RECORDING_SENTENCES, **RELEASE_SENTENCES}
    values = {k: language.euros(int(v)) if k in _EUROS else v for k, v in problem.values}
    return language.text(known[problem.kind], **values)


def problem_line(problem: Problem, language: Language) -> str:
    """One problem as a line: how bad, where, what."""
    where = [problem.file]
    where += [language.text("rivi {line}", line=problem.line)] if problem.line else []
    where += [language.text("sarake {column}", column=problem.column)] if problem.column else []
    stops = problem.severity is Severity.STOP
    mark = language.text("PYSÄYTTÄÄ") if stops else language.text("huomautus")
    return f"{mark}  {', '.join(where)}: {sentence(problem, language)}"


def problems_frame(problems: tuple[Problem, ...], language: Language) -> pd.DataFrame:
    """All problems: severity, file, line, column, kind, sentence."""
    return pd.DataFrame([_row(p, language) for p in problems], columns=list(PROBLEM_COLUMNS))


def write_problems(problems: tuple[Problem, ...], path: Path, language: Language) -> None:
    """The problem list as CSV (semicolons, UTF-8 with BOM, as Finnish Excel opens it) and JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(PROBLEM_COLUMNS)
        writer.writerows(_row(p, language) for p in problems)
    rows = [(p.file, p.line, p.column, p.kind, p.severity.value, p.values) for p in problems]
    path.with_suffix(".json").write_text(json.dumps(rows), encoding="utf-8")


def read_problems(path: Path) -> tuple[Problem, ...]:
    """The problems that `write_problems` left beside its CSV, as they were."""
    rows = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return tuple(
        Problem(file, line, column, kind, Severity(severity), tuple((k, v) for k, v in values))
        for file, line, column, kind, severity, values in rows
    )


def _row(p: Problem, language: Language) -> tuple[str, str, int, str, str, str]:
    return p.severity.value, p.file, p.line, p.column, p.kind, sentence(p, language)
