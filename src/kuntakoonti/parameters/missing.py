"""What a later version of the program asks of an older folder of parameters, with the lines to paste.

An older folder stays readable, so that what was made by it can be verified and made again; a new
release is made only when everything is there.
"""

import re

from kuntakoonti.core.settings import PROJECT
from kuntakoonti.parameters.problems import Complaint, finding, refuse
from kuntakoonti.parameters.rules import Parameters, Rules

LATER_RULES = tuple(
    name for name, field in Rules.model_fields.items()
    if not field.is_required() and name != "price_level"
)  # fmt: skip
_OF_THE_KEY = r"^{key}:.*\n(?:(?:[ -]|#).*\n)*"


def refuse_missing(parameters: Parameters, *wanted: str) -> None:
    """UsageError with one sentence for each key that is missing; ``wanted``: of these keys only."""
    rules = [n for n in LATER_RULES if getattr(parameters.rules, n) is None]
    missing = [("rules.yml", name) for name in rules]
    missing += [] if parameters.area.roles else [("area.yml", "roles")]
    refuse([_complaint(file, key) for file, key in missing if not wanted or key in wanted])


def _complaint(file: str, key: str) -> Complaint:
    lines = lines_of(file, key)
    found = finding("", "missing; paste these lines into the file:\n{lines}", lines=lines)
    return Complaint(file, 0, key, found)


def lines_of(file: str, key: str) -> str:
    """The lines of a key as the program's own parameters have them."""
    text = (PROJECT / "parameters" / file).read_text(encoding="utf-8")
    found = re.search(_OF_THE_KEY.format(key=key), text, re.MULTILINE)
    assert found, key
    return found[0].rstrip("\n")
