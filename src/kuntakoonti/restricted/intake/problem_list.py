"""The problems of the input as sentences, as a frame, as CSV and JSON."""

import csv
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from kuntakoonti.core.errors import Problem, Severity, UsageError
from kuntakoonti.core.language import Language
from kuntakoonti.restricted.intake import SENTENCES
from kuntakoonti.restricted.intake.sentences import (
    MISMATCH_SENTENCES,
    RECORDING_SENTENCES,
    RELEASE_SENTENCES,
)

ALL_SENTENCES = {**SENTENCES, **MISMATCH_SENTENCES, **RECORDING_SENTENCES, **RELEASE_SENTENCES}

_EUROS = ("expected", "invoiced")  # values that are cents
_COUNTS = (
    "rows",
    "unknown",
    "ids",
    "moved",
    "numbers",
    "more",
    "vanished",
)  # values that are whole numbers
_SHOWN = 5  # lines of one cause that are named

PROBLEM_COLUMNS = ("severity", "file", "line", "column", "kind", "sentence")


def sentence(problem: Problem, language: Language) -> str:
    """What is wrong and what to write instead; never a cell of a person's record."""
    values = {k: _said(k, v, language) for k, v in problem.values}
    return language.text(ALL_SENTENCES[problem.kind], **values)


def _said(name: str, value: str, language: Language) -> str:
    if name in _EUROS:
        return language.euros(int(value))
    if name == "since":
        return language.date(date.fromisoformat(value))
    if name in _COUNTS:
        return language.number(int(value))
    return language.text(value) if name == "type" else value


def problem_lines(problems: Sequence[Problem], language: Language) -> list[str]:
    """One line for each cause: how bad, where, what; kind by kind, as in `grouped_lines`."""
    return [line for _, lines in _by_kind(problems, language) for line in lines]


def grouped_lines(problems: Sequence[Problem], language: Language) -> list[str]:
    """The same under a line for each kind, with how many there are: what stops first, invoices last."""
    return [
        line
        for heading, lines in _by_kind(problems, language)
        for line in (heading, *(f"  {line}" for line in lines))
    ]


def _by_kind(problems: Sequence[Problem], language: Language) -> list[tuple[str, list[str]]]:
    """Each kind with its number, and a line for each cause; the rows of one cause stand together."""
    causes: dict[tuple[object, ...], list[Problem]] = {}
    for p in sorted(problems, key=lambda p: (p.file, p.line == 0, p)):
        values = () if p.kind == "more_like_these" else p.values
        causes.setdefault((p.file, p.column, _kind(p), p.severity, values), []).append(p)
    kinds: dict[tuple[Severity, str], list[list[Problem]]] = {}
    for same in causes.values():
        kinds.setdefault((same[0].severity, _kind(same[0])), []).append(same)
    return [
        (
            f"{kind}: {language.number(sum(map(_number, kinds[severity, kind])))}",
            [_cause_line(same, language) for same in kinds[severity, kind]],
        )
        for severity, kind in sorted(kinds, key=_rank)
    ]


def _kind(problem: Problem) -> str:
    """Its kind; of the rest of a long list, the kind of what it is the rest of."""
    return dict(problem.values).get("kind", problem.kind)


def _number(same: Sequence[Problem]) -> int:
    """How many problems of a cause there are, those that are not listed too."""
    return sum(int(dict(p.values).get("more", 1)) for p in same)


def _rank(found: tuple[Severity, str]) -> tuple[bool, bool, str]:
    severity, kind = found
    return severity is not Severity.STOP, kind.startswith(("advance_", "invoice_")), kind


def _cause_line(same: Sequence[Problem], language: Language) -> str:
    first, lines = same[0], [p.line for p in same if p.line]
    more = sum(int(dict(p.values)["more"]) for p in same if p.kind == "more_like_these")
    where = [first.file]
    if len(lines) + more == 1:
        where.append(language.text("line {line}", line=lines[0]))
    elif lines:
        shown = ", ".join(map(str, lines[:_SHOWN]))
        rest = len(lines) + more - _SHOWN
        where.append(
            language.text("lines {lines} and {rest} more", lines=shown, rest=language.number(rest))
            if rest > 0
            else language.text("lines {lines}", lines=shown)
        )
    problem = first
    where += [language.text("column {column}", column=problem.column)] if problem.column else []
    stops = problem.severity is Severity.STOP
    mark = language.text("STOPS") if stops else language.text("note")
    return f"{mark}  {', '.join(where)}: {sentence(problem, language)}"


def problems_frame(problems: tuple[Problem, ...], language: Language) -> pd.DataFrame:
    """All problems: severity, file, line, column, kind, sentence."""
    return pd.DataFrame([_row(p, language) for p in problems], columns=list(PROBLEM_COLUMNS))


def refuse_foreign_file(path: Path) -> None:
    """UsageError if there is a file that is no problem list: nothing else is ever overwritten."""
    if not path.exists():
        return
    head = ";".join(PROBLEM_COLUMNS).encode()
    if path.is_dir() or path.read_bytes()[: len(head) + 3].removeprefix(b"\xef\xbb\xbf") != head:
        raise UsageError(
            "--csv {file}: something else than a list of problems is there already. Give another "
            "name.",
            file=path.name,
        )


def write_problem_list(problems: tuple[Problem, ...], path: Path, language: Language) -> None:
    """The problem list as CSV: semicolons, UTF-8 with BOM, as Finnish Excel opens it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(PROBLEM_COLUMNS)
        writer.writerows(_row(p, language) for p in problems)


def write_problems(problems: tuple[Problem, ...], path: Path, language: Language) -> None:
    """The problem list as CSV, and as JSON for `read_problems`."""
    write_problem_list(problems, path, language)
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
