"""docs/rules-by-sentence.md, written from the tests: `make rules`.

A test that keeps a sentence of a rule says so by ``@pytest.mark.rule("R4", "the sentence")``.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "rules-by-sentence.md"
HEAD = """# The rules, sentence by sentence

Written by `make rules` from the markers of the tests: what [rules.md](rules.md) and the guarantees of the attacker
promise, and the test that fails where a sentence does not hold. For the rows of version
0.1 the program was changed on purpose, by one line, and the test failed; later rows have not all been tried so.

| rule | sentence | test |
|---|---|---|
"""


class Sentence(NamedTuple):
    """A sentence of a rule and the test that keeps it, as ``file::name``."""

    rule: str
    text: str
    test: str


def sentences(tests: Path = ROOT / "tests") -> list[Sentence]:
    """Every marked sentence, by rule (R, G, A, then the others) and in the order of the files."""
    found = [s for path in sorted(tests.rglob("test_*.py")) for s in _marked(path, tests)]
    return sorted(found, key=lambda s: ("RGA".find(s.rule[0]) % 4, s.rule.isalpha(), s.rule))


def _marked(path: Path, tests: Path) -> Iterator[Sentence]:
    name = path.relative_to(tests).with_suffix("").as_posix()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rule":
                rule, text = (ast.literal_eval(argument) for argument in mark.args)
                yield Sentence(rule, text, f"{name}::{node.name}")


def page() -> str:
    """The whole document."""
    rows = (
        f"| {s.rule} | {s.text.replace('|', chr(92) + '|')} | `{s.test}` |\n" for s in sentences()
    )
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
