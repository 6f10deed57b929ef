"""Every command that writes, one after another, each killed before changes of the disk and run again."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from worlds.kills import differences, left_by_kills, open_folders, run
from worlds.places import EXAMPLE
from worlds.two_members import with_key

from kuntakoonti.core.settings import OutputFolder


def sweep(folder: Path, seed: int, rerun: int, step: int) -> tuple[int, list[str]]:
    """How many kills there were, and what the next run did not finish of them.

    One of ``step`` changes is a kill, and ``rerun`` states of each command are run again. Whatever folders
    were open before a command, those of the private rooms are closed after it.
    """
    output, chance = with_key(folder / "outputs"), random.Random(seed)
    total, failed = 0, list[str]()
    for number, words in enumerate(commands(folder, output)):
        begun = folder / f"{number}"
        for place in (p for p in output.rglob("*") if p.is_dir()):
            place.chmod(0o777)
        kills = list(left_by_kills(words, output, begun, step))
        states = dict(kills)
        if open_folders(OutputFolder(output)):
            failed.append(f"{words[0]}: private folders are open")
        total += len(kills)
        print(f"{words[0]}: {len(kills)} kills, {len(states)} states", flush=True)
        unfinished = [state for state in states.values() if differences(state, output)]
        for state in chance.sample(unfinished, min(rerun, len(unfinished))):
            code, said = run(words, state)
            other = differences(state, output)
            if code or other:
                failed.append(f"{words[0]} {state.name}: {code} {other[:6]} {said[-400:]}")
        shutil.rmtree(begun)
    return total, failed


def commands(folder: Path, output: Path) -> Iterator[list[str]]:
    """Each command after the one before has ended in ``output``."""
    data, html = ["--data", str(EXAMPLE)], ["--format", "html,csv"]
    tuusniemi, role = ["--municipality", "857"], ["--by", "controller"]
    yield ["month", "2025-08", "--as-of", "2025-09-15", *data, *html]
    yield ["approve", "2025-08", *role]
    yield ["sent", "2025-08", *tuusniemi, "--channel", "posti", "--date", "2025-09-16"]
    yield ["verify", "2025-08", *tuusniemi, "--basis", "laki", "--approved-by", "controller", *data]
    yield ["trace", "857", "2025-08", "--as-of", "2025-09-15", *data]
    log = output / "restricted" / "verify.jsonl"
    log.write_bytes(log.read_bytes().removesuffix(b"\n"))
    yield ["mend", log.name]
    later = ["--data", str(_with_more_clients(folder / "data"))]
    place = [*tuusniemi, "--service", "palkkatuki", "--period", "2025-02"]
    yield ["correct", "2025-08", *place, "--as-of", "2025-10-02", "--reason", "Kirjausvirhe.", *role, *later]  # fmt: skip
    yield ["year-end", "2025", "--as-of", "2026-02-28", *later, *html]
    yield ["approve", "2025-tasaus", *role]


def _with_more_clients(folder: Path) -> Path:
    """The example data in which six more clients of February became known on 1 October."""
    data = Path(shutil.copytree(EXAMPLE, folder))
    for name, line in {
        "service_periods": "PX{n};UUSI{n};palkkatuki;3.2.2025;27.2.2025;1.10.2025;;\n",
        "residences": "UUSI{n};857;1.1.2020;;1.1.2020\n",
    }.items():
        with (data / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.writelines(line.format(n=n) for n in range(6))
    return data
