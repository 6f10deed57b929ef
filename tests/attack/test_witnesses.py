"""Witnesses: stored, read again and checked by plain arithmetic, which refuses a doctored table."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from worlds.archives import CLEAN, SETTLED, WITHHELD, publish
from worlds.places import PROJECT

from kuntakoonti.attack import attack, check_witnesses, write_witnesses

Body = dict[str, Any]
WORLD = {"2025-tasaus": [*SETTLED, *WITHHELD]}


def stored(output: Path, folder: Path) -> Path:
    """The witnesses of an archive, written."""
    write_witnesses(attack(output, ("A4",)), folder)
    return folder


@pytest.mark.parametrize("name", CLEAN)
def test_stored_witnesses_of_clean_worlds_hold(name: str, tmp_path: Path) -> None:
    """Read again from their files they agree with every page and tell every target apart."""
    output = publish(tmp_path / "out", CLEAN[name])
    folder = stored(output, tmp_path / "restricted")
    assert list(folder.glob("*.json"))
    assert check_witnesses(output, folder) == ()


def test_the_products_year_is_witnessed_in_little_space(
    year_in_ledger: Path,
    tmp_path: Path,
) -> None:
    """Eleven municipalities, thirteen releases, under two megabytes, two tables a component."""
    folder = stored(year_in_ledger, tmp_path / "restricted")
    files = list(folder.glob("*.json"))
    assert len(files) == 11
    assert sum(path.stat().st_size for path in files) < 2_000_000
    assert check_witnesses(year_in_ledger, folder) == ()
    for path in files:
        body = json.loads(path.read_text(encoding="utf-8"))
        hidden = {n for target in body["targets"] for n, _ in target}
        for component in body["components"]:
            open_ = len(set(map(tuple, component["tables"]))) > 1
            assert open_ or len(component["tables"]) == 1 or not hidden & {*component["unknowns"]}


def number_of(body: Body, kind: str, service: str) -> int:
    """An unknown of the stored names."""
    return next(i for i, n in enumerate(body["names"]) if (n[0], n[2]) == (kind, service))


def raised(body: Body, kind: str, service: str) -> Body:
    """The first table of an unknown's component, the unknown raised by 1,000."""
    unknown = number_of(body, kind, service)
    for component in body["components"]:
        if unknown in component["unknowns"]:
            component["tables"][0][component["unknowns"].index(unknown)] += 1000
    return body


def halved(body: Body) -> Body:
    """Every table a half more: not whole numbers."""
    for component in body["components"]:
        component["tables"] = [[value + 0.5 for value in t] for t in component["tables"]]
    return body


def single(body: Body) -> Body:
    """Only one table of each component: it tells nothing apart."""
    for component in body["components"]:
        component["tables"] = component["tables"][:1]
    return body


DOCTORED: dict[str, Callable[[Body], Body]] = {
    "a published count": lambda body: raised(body, "clients", "palkkatuki"),
    "a hidden count": lambda body: raised(body, "clients", "starttiraha"),
    "an amount": lambda body: raised(body, "euro", "palkkatuki"),
    "halves": halved,
    "one table": single,
    "no target": lambda body: {**body, "targets": []},
    "a component is gone": lambda body: {**body, "components": body["components"][1:]},
    "a name is gone": lambda body: {**body, "names": body["names"][1:]},
}


@pytest.mark.parametrize("how", DOCTORED)
def test_a_doctored_witness_is_refused(how: str, tmp_path: Path) -> None:
    """Whatever is changed in the file, the pages contradict it."""
    output = publish(tmp_path / "out", WORLD)
    path = stored(output, tmp_path / "restricted") / "857.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(DOCTORED[how](body)), encoding="utf-8")
    assert check_witnesses(output, path.parent)


def test_a_witness_of_another_archive_is_refused(tmp_path: Path) -> None:
    """A page that changed after the tables were made no longer agrees with them."""
    output = publish(tmp_path / "out", WORLD)
    folder = stored(output, tmp_path / "restricted")
    other = [line.replace("clients 12", "clients 13") for line in WORLD["2025-tasaus"]]
    assert check_witnesses(publish(tmp_path / "other", {"2025-tasaus": other}), folder)


def test_a_missing_witness_is_said(tmp_path: Path) -> None:
    """Every member has one."""
    output = publish(tmp_path / "out", WORLD)
    assert check_witnesses(output, tmp_path / "nothing") == ("857: ei todistajaa",)


def test_the_check_knows_no_model_and_no_solver() -> None:
    """What it imports, and what that imports, has neither relations nor HiGHS."""
    source, seen = PROJECT / "src", set[str]()
    wanted = ["kuntakoonti.attack.proof.witness_files"]
    while wanted:
        module = wanted.pop()
        seen.add(module)
        path = source / f"{module.replace('.', '/')}.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert node.module.split(".")[0] not in ("scipy", "numpy")
                inner = node.module.startswith("kuntakoonti.attack.") and node.module not in seen
                wanted += [node.module] if inner else []
    assert {m.rpartition(".")[2] for m in seen} >= {"arithmetic", "released_files"}
    assert {m.split(".")[2] for m in seen} == {"proof", "evidence"}


def test_an_approval_keeps_the_witnesses_of_everything_published(released: Path) -> None:
    """``restricted/witnesses`` proves the archive as it stands, one file for each municipality."""
    folder = released / "restricted" / "witnesses"
    assert check_witnesses(released, folder) == ()
    assert len(list(folder.glob("*.json"))) == 11
