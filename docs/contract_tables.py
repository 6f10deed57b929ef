"""The tables of docs/contract.md and docs/rules.md that the program knows: `make contract` writes them."""

import argparse
import ast
import inspect
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from kuntakoonti.cli.parser import parser
from kuntakoonti.core import errors
from kuntakoonti.core.language import Language
from kuntakoonti.parameters.area import Area, Dated, Member, Notice, Publication, Role
from kuntakoonti.parameters.prices import Price
from kuntakoonti.parameters.rules import Rules, Service
from kuntakoonti.parameters.sources import (
    Connection,
    Extracts,
    LeftOut,
    SourceColumn,
    Sources,
    TableSource,
)
from kuntakoonti.public.cells import Measure, Status
from kuntakoonti.restricted.intake.contract import TABLES, Table
from kuntakoonti.restricted.intake.problem_list import ALL_SENTENCES
from kuntakoonti.restricted.intake.sentences import NOTED

DOCS = Path(__file__).parent


def _input_tables() -> str:
    return "\n".join(map(_input_table, TABLES))


def _input_table(table: Table) -> str:
    head = "| column | required | may be empty | what it is |\n|---|---|---|---|\n"
    said = {True: "yes", False: "no"}
    rows = (
        f"| `{c.name}` | {said[c.required]} | {said[c.empty]} | {c.means} |\n"
        for c in table.columns
    )
    return f"### `{table.name}`\n\n{head}{''.join(rows)}"


def _problems() -> str:
    """The kinds by severity; what each says stands in `restricted/intake/sentences.py` alone."""
    either = "more_like_these"
    kinds = [kind for kind in ALL_SENTENCES if kind != either]
    rows = {
        "stop": [kind for kind in kinds if kind not in NOTED],
        "note": [kind for kind in kinds if kind in NOTED],
        "either": [either],
    }
    return "| severity | kinds |\n|---|---|\n" + "".join(
        f"| {severity} | {' '.join(f'`{kind}`' for kind in of)} |\n"
        for severity, of in rows.items()
    )


def _commands() -> str:
    """Every command with its options, as its own help says them."""
    (commands,) = (
        a for a in parser(Language("en"))._actions if isinstance(a, argparse._SubParsersAction)
    )
    lines = (_usage(command) for command in commands.choices.values())
    return "```\n" + "".join(f"{line}\n" for line in lines) + "```\n"


def _usage(command: argparse.ArgumentParser) -> str:
    line = " ".join(command.format_usage().split()).split(": ", 1)[1]
    return line.replace(" [-h]", "")


def _explained(of: type | ModuleType) -> Iterator[tuple[str, str]]:
    """The names that a class or module sets and the sentence that stands below each in its source."""
    tree = ast.parse(inspect.getsource(of))
    body = tree.body if isinstance(of, ModuleType) else getattr(tree.body[0], "body", [])
    for set_here, below in pairwise(body):
        match set_here, below:
            case (
                (ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name))),
                ast.Expr(ast.Constant(str(sentence))),
            ):
                yield name, sentence


def _keys(**models: type) -> str:
    """The keys of the parameters' models, by where they stand."""
    rows = (
        f"| {of.replace('_', ' ')} | `{key}` | {means} |\n"
        for of, model in models.items()
        for key, means in _explained(model)
    )
    return f"| of | key | what it is |\n|---|---|---|\n{''.join(rows)}"


def _parameter_keys() -> str:
    return _keys(
        area=Area, member=Member, publication=Publication, notice=Notice, role=Role,
        service=Service, member_service_notice_or_role=Dated, price=Price,
    )  # fmt: skip


def _source_keys() -> str:
    return _keys(
        file=Sources, table=TableSource, column=SourceColumn, left_out=LeftOut, extracts=Extracts,
        connection=Connection,
    )  # fmt: skip


def _exit_codes() -> str:
    rows = (f"| {getattr(errors, name)} | {means} |\n" for name, means in _explained(errors))
    return f"| code | meaning |\n|---|---|\n{''.join(rows)}"


def _measures() -> str:
    """Every measure, then every status."""
    measures = "".join(f"| `{Measure[n]}` | {means} |\n" for n, means in _explained(Measure))
    statuses = "".join(f"| `{Status[n]}` | {means} |\n" for n, means in _explained(Status))
    return (
        f"| measure | what it is |\n|---|---|\n{measures}\n"
        f"| status | what is filled |\n|---|---|\n{statuses}"
    )


def _dated_values() -> str:
    """Every rule with the newest value of the example area."""
    rules = DOCS.parent / "parameters" / "rules.yml"
    given = yaml.load(rules.read_text(encoding="utf-8"), yaml.BaseLoader)
    head = "| rule | value | meaning | assumption |\n|---|---|---|---|\n"
    rows = (_dated_value(name, means, given.get(name)) for name, means in _explained(Rules))
    return head + "".join(rows)


def _dated_value(name: str, means: str, rule: dict[str, Any] | None) -> str:
    if rule is None:
        return f"| `{name}` | not set | {means} | – |\n"
    assumed = {"true": "yes"}.get(rule["assumption"], "no")
    return f"| `{name}` | {_said(rule['values'][-1]['value'])} | {means} | {assumed} |\n"


def _said(value: object) -> str:
    """A rule's value in one cell: shares and percentages one after another, by service with `;`."""
    if isinstance(value, dict):
        return "; ".join(f"{key} {_said(one)}" for key, one in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "contract.md": {
        "input tables": _input_tables,
        "problems": _problems,
        "keys of area and services": _parameter_keys,
        "keys of sources": _source_keys,
        "commands": _commands,
        "exit codes": _exit_codes,
        "measures": _measures,
    },
    "rules.md": {"dated values": _dated_values},
}


def page(name: str) -> str:
    """The page of that name with its written parts as the program has them today."""
    text = (DOCS / name).read_text(encoding="utf-8")
    for part, written in PARTS[name].items():
        begin, end = f"<!-- {part}: written by `make contract` -->\n\n", "\n<!-- end -->"
        found = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        before, after = found.split(text)  # ValueError where the page has not one place for it
        text = before + begin + written() + end + after
    return text


if __name__ == "__main__":
    for name in PARTS:
        (DOCS / name).write_text(page(name), encoding="utf-8")
