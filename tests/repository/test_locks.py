"""The lock files pin everything that is installed, with hashes and without an address."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from worlds.places import PROJECT

DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
RUNTIME, TESTING = "requirements.lock", "requirements-test.lock"
EXTRAS = DECLARED["optional-dependencies"]


def test_every_dependency_is_pinned_as_the_project_allows() -> None:
    wanted = {
        RUNTIME: [*DECLARED["dependencies"], *EXTRAS["build"]],
        TESTING: [*DECLARED["dependencies"], *EXTRAS["build"], *EXTRAS["test"]],
    }
    for lock, texts in wanted.items():
        pins = _pins(lock)
        for requirement in map(Requirement, texts):
            versions = {v for n, v in pins if n == canonicalize_name(requirement.name)}
            assert versions, f"{lock}: {requirement.name} is not pinned"
            assert all(v in requirement.specifier for v in versions), f"{lock}: {requirement}"


def test_the_tests_run_on_what_is_installed() -> None:
    """Every pin of the runtime lock stands in the lock of the tests, with the same hashes."""
    runtime, testing = _pins(RUNTIME), _pins(TESTING)
    assert {pin for pin in runtime if testing.get(pin) != runtime[pin]} == set()


@pytest.mark.parametrize("lock", [RUNTIME, TESTING])
def test_every_pin_has_hashes(lock: str) -> None:
    assert [pin for pin, hashes in _pins(lock).items() if not hashes] == []


@pytest.mark.parametrize("name", [RUNTIME, TESTING, "environment.yml"])
def test_no_address_of_an_index_is_recorded(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|index-url|find-links|trusted-host", text)


def test_the_conda_environment_installs_from_the_lock() -> None:
    (pip,) = [part for part in ENVIRONMENT["dependencies"] if isinstance(part, dict)]
    assert pip == {"pip": [f"-r {RUNTIME}"]}


def test_the_conda_environment_has_a_python_that_the_project_allows() -> None:
    (python,) = [p for p in ENVIRONMENT["dependencies"] if str(p).startswith("python=")]
    version = python.removeprefix("python=").replace(".*", ".0")
    assert version in SpecifierSet(DECLARED["requires-python"])


def _pins(lock: str) -> dict[tuple[str, str], frozenset[str]]:
    """(name, version) → hashes of every requirement of a lock file."""
    pins: dict[tuple[str, str], frozenset[str]] = {}
    text = (PROJECT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(None, text.splitlines()):
        name, version = re.match(r"([\w.-]+)==([^\s;]+)", line).groups()  # type: ignore[union-attr]
        key = canonicalize_name(name), version
        pins[key] = pins.get(key, frozenset()) | set(
            re.findall(r"--hash=sha256:([0-9a-f]{64})", line)
        )
    return pins
