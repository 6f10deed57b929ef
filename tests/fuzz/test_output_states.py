"""Damaged OUTPUT folders: any file of an archive in any state, and every command that reads it.

No traceback, no hang, no ledger that grew or shrank by a refused command: exit 0, 1 or 2 and a
sentence. The seed is drawn anew by `make fuzz` and printed; KUNTAKOONTI_FUZZ_SEED repeats one,
KUNTAKOONTI_FUZZ_CASES says how many.
"""

import hashlib
import json
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from worlds.two_members import TwoMembers

from kuntakoonti.cli.main import main

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("KUNTAKOONTI_FUZZ_SEED") or random.SystemRandom().randrange(10**6))
CASES = int(os.environ.get("KUNTAKOONTI_FUZZ_CASES") or 200)
SECONDS = 120  # on a machine that does much else
Damage = Callable[[Path, random.Random], None]


def _emptied(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def _removed(path: Path, chance: random.Random) -> None:
    path.unlink()


def _cut(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content) + 1)])


def _without_last_line_end(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes().rstrip(b"\n"))


def _crlf(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def _last_line_twice(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content + content.splitlines(keepends=True)[-1] if content else b"\n")


def _flipped(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes() or b"x")
    for _ in range(chance.choice((1, 1, 5, 200))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(bytes(content))


def _not_utf8(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"\xff\xfe\x00" + path.read_bytes())


def _other_json(path: Path, chance: random.Random) -> None:
    other = (
        "null",
        "[]",
        "{}",
        "7",
        '"x"',
        '[{"a": []}]',
        "[" * 5000,
        "NaN",
        '{"files": {"../x": "1"}}',
    )
    path.write_text(chance.choice(other), encoding="utf-8")


def _other_values(path: Path, chance: random.Random) -> None:
    """JSON of the same outline with one value of another type somewhere."""
    try:
        body = json.loads(path.read_text(encoding="utf-8").splitlines()[-1] if path.suffix == ".jsonl"
                          else path.read_text(encoding="utf-8"))  # fmt: skip
    except (ValueError, IndexError):
        return _flipped(path, chance)
    _spoil(body, chance)
    path.write_text(json.dumps(body) + "\n", encoding="utf-8")
    return None


def _spoil(body: object, chance: random.Random) -> None:
    while isinstance(body, dict | list) and body:
        key = chance.choice(list(body)) if isinstance(body, dict) else chance.randrange(len(body))
        inner = body[key]  # type: ignore[index]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.3:
            body[key] = chance.choice((None, 7, "", "../..", [], {}, -1, 1e300, True))  # type: ignore[index]
            return
        body = inner


def _folder(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _loop(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _dangling(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _link_into_restricted(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    home = path.parents[-1]
    home = next(p for p in path.parents if (p / "restricted").is_dir())
    (home / "restricted" / "behind").write_bytes(content)
    path.unlink()
    path.symlink_to(home / "restricted" / "behind")


def _huge(path: Path, chance: random.Random) -> None:
    path.write_text('{"a": "' + "x" * 3_000_000, encoding="utf-8")


RECALLED = ("--recipient", "Kunta X", "--reason", "Väärä osoite.", "--by", "controller")
DAMAGES: tuple[Damage, ...] = (
    _emptied, _removed, _cut, _without_last_line_end, _crlf, _last_line_twice, _flipped, _not_utf8,
    _other_json, _other_values, _folder, _loop, _dangling, _link_into_restricted, _huge,
)  # fmt: skip


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory, two_members: TwoMembers) -> Path:
    """An archive in the present format with a draft beside it: what the damage is done to."""
    output = tmp_path_factory.mktemp("pristine") / "outputs"
    told = [f"--{name}={two_members.folder / name}" for name in ("data", "parameters")]
    common = [*told, "--output", str(output)]
    month = ["--format", "html,csv", "--workers", "1", *common]
    assert (
        main(["month", "2025-08", "--as-of", "2025-09-15", "--approve-by", "controller", *month])
        == 0
    )
    given = ["--municipality", "179", "--basis", "laki", "--approved-by", "controller"]
    assert main(["verify", "2025-08", *given, *common]) == 0
    sent = ["--municipality", "179", "--channel", "posti", "--output", str(output)]
    assert main(["sent", "2025-08", *sent]) == 0
    assert main(["recall", "2025-08", "179", *RECALLED, "--output", str(output)]) == 0
    assert main(["month", "2025-10", "--as-of", "2025-11-15", *month]) == 0
    return output


def commands(output: Path, world: TwoMembers) -> dict[str, list[str]]:
    told = [f"--{name}={world.folder / name}" for name in ("data", "parameters")]
    place = ["--output", str(output)]
    month = [*told, *place, "--format", "csv", "--workers", "1"]
    return {
        "status": ["status", *place],
        "attack": ["attack", *place],
        "dry approval": ["approve", "2025-10", "--by", "controller", "--dry-run", *place],
        "dry again": ["approve", "2025-08", "--by", "controller", "--dry-run", *place],
        "month": ["month", "2025-10", "--as-of", "2025-11-15", "--dry-run", *month],
        "sent": ["sent", "2025-08", "--municipality", "500", "--channel", "x", *place],
        "approve": ["approve", "2025-10", "--by", "controller", "--workers", "1", *place],
        "made again": ["approve", "2025-08", "--by", "controller", "--workers", "1", *place],
        "verify": [
            "verify",
            "2025-08",
            "--municipality",
            "500",
            "--basis",
            "laki",
            "--approved-by",
            "controller",
            *told,
            *place,
        ],
        "mend": ["mend", "ledger.jsonl", *place],
        "mend-list": ["mend", "verify.jsonl", *place],
        "recall": ["recall", "2025-08", "179", *RECALLED, *place],
        "prune": ["prune", "--before", "2023-01-01", *told[1:], *place],
        "reproduce": ["reproduce", "2025-08", *told, *place],
    }


def test_no_state_of_a_folder_gives_a_traceback(
    pristine: Path, two_members: TwoMembers, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One file damaged in one way, then two commands: a sentence each, and no lost line."""
    names = sorted(p.relative_to(pristine).as_posix() for p in pristine.rglob("*") if p.is_file())
    names = [n for n in names if not n.startswith(".") and not n.endswith(("/.lock", ".ipynb"))]
    wanted = [n for n in names if n.endswith((".json", ".jsonl", ".csv", "key"))]
    print("seed", SEED)
    wrong, past = [], 0
    for number in range(CASES):
        chance = random.Random(SEED * 100_003 + number)
        output = Path(shutil.copytree(pristine, tmp_path / "outputs", symlinks=True))
        name = chance.choice(wanted if chance.random() < 0.85 else names)
        damage = chance.choice(DAMAGES)
        damage(output / name, chance)
        lines = _whole_lines(output)
        asked = commands(output, two_members)
        for command in ("status", _drawn(chance, [*asked][1:])):
            before = _files(output)
            code, said, seconds = _run(asked[command], capfd)
            past += code != 2
            if _is_wrong(code, said) or seconds > SECONDS:
                wrong.append((number, name, damage.__name__, command, code, said[-600:]))
            if not command.startswith("mend") and _whole_lines(output)[: len(lines)] != lines:
                wrong.append((number, name, damage.__name__, command, "the ledger lost a line", ""))
            if code == 2 and _files(output) != before:
                wrong.append(
                    (number, name, damage.__name__, command, "a refused command wrote", said)
                )
        shutil.rmtree(output)
    print("cases", CASES, "commands that did not stop", past)
    assert not wrong, f"seed {SEED}: {len(wrong)} of {CASES}: {wrong[:5]}"


def _is_wrong(code: int, said: str) -> bool:
    """A traceback, a fault of the program, or no exit code of the contract."""
    return "Traceback" in said or "virheeseen" in said or code not in (0, 1, 2)


def _drawn(chance: random.Random, names: list[str]) -> str:
    """A command; those that make pages seldom, because each takes seconds."""
    slow = [
        n for n in names if n in ("approve", "made again", "verify", "month", "attack", "reproduce")
    ]
    return chance.choice(slow if chance.random() < 0.15 else [n for n in names if n not in slow])


def _files(output: Path) -> dict[str, str]:
    """Every file that a refused command leaves as it was: logs and the lock are its own."""
    found = {}
    for path in sorted(output.rglob("*")):
        name = path.relative_to(output).as_posix()
        if name.startswith("restricted/log/") or name == "restricted/.lock":
            continue
        if path.is_symlink():
            found[name] = f"link {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _whole_lines(output: Path) -> list[bytes]:
    path = output / "ledger.jsonl"
    return path.read_bytes().split(b"\n")[:-1] if path.is_file() else []


def _run(words: list[str], capfd: pytest.CaptureFixture[str]) -> tuple[int, str, float]:
    """Exit code, words and seconds; whatever leaves `main` is a traceback."""
    capfd.readouterr()
    started = time.monotonic()
    try:
        code = main(words)
    except BaseException as error:
        return 99, f"Traceback: {type(error).__name__}: {error}", 0
    out, err = capfd.readouterr()
    return code, out + err, time.monotonic() - started
