"""`reproduce`: an approved release is made again beside the archive, and every figure is compared.

It is made of the data and rules that are given, from the archive as it was before the release; nothing
of it stays. What was pruned since is named and not compared.
"""

import csv
import io
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from kuntakoonti.core.errors import EXIT_DONE, EXIT_FAILED, UsageError
from kuntakoonti.core.files import staging_folder, write_atomic
from kuntakoonti.core.light_imports import without_iri_grammar
from kuntakoonti.core.messages import Messenger
from kuntakoonti.core.periods import first_day
from kuntakoonti.core.program import program_digest
from kuntakoonti.core.read_back import is_there, text_of
from kuntakoonti.core.settings import OutputFolder, Settings
from kuntakoonti.parameters.rules import load_parameters
from kuntakoonti.public.cells import Cell
from kuntakoonti.public.ledger import Archive, Record
from kuntakoonti.release.attack_check import lines_before
from kuntakoonti.release.correct import closed_count
from kuntakoonti.release.integrity import open_archive
from kuntakoonti.release.jobs import PreparedRelease, open_release
from kuntakoonti.release.prune import pruned_files
from kuntakoonti.restricted.preparation.key import known_key

LISTED = 20  # differences that are said one by one
REMEMBERED = ("settled", "extracts")  # what a preparation reads besides the key


@dataclass(frozen=True)
class Reproduction:
    """A release as it is made now: its record, its secret pages' cells, its exact figures as CSV."""

    record: Record
    secret: tuple[Cell, ...] = ()
    exact: str = ""


def reproduce(settings: Settings, release: str, say: Messenger) -> int:
    """Make a release again and say every difference; 1 if there is any, else 0.

    UsageError if it is not approved, DataProblems and UsageError as a preparation raises them.
    """
    output = settings.output
    archive = open_archive(output, say)
    record = archive.release(release)
    if record is None:
        raise UsageError(
            "The release {release} is not approved; give an approved one (kuntakoonti status).",
            release=release,
        )
    with _as_it_was(settings, record) as then:
        made = _made_again(then, archive, record, open_release(output, release))
    different = _compared_figures(record, made.record, say)
    different += _compared_restricted(output, record, made, say)
    _say_origins(output, record, made.record, say)
    if different:
        return EXIT_FAILED
    say.plural(
        "{release} is reproduced: {count} figure is the same.",
        "{release} is reproduced: {count} figures are the same.",
        len(record.cells),
        release=release,
    )
    return EXIT_DONE


@contextmanager
def _as_it_was(settings: Settings, record: Record) -> Iterator[Settings]:
    """The settings with an OUTPUT as it was before a release, gone afterwards."""
    output = settings.output
    with staging_folder(output) as past:
        lines = text_of(output.ledger).splitlines(keepends=True)
        if before := "".join(lines[: lines_before(lines, record)]):
            past.ledger.write_text(before, encoding="utf-8")
        past.close_restricted()
        known_key(output)
        shutil.copy(output.key, past.key)
        for name in REMEMBERED:
            if (output.restricted / name).is_dir():
                shutil.copytree(output.restricted / name, past.restricted / name)
        try:
            yield replace(settings, output=past)
        finally:
            log = past.log / "prepare.log"
            if is_there(log):
                write_atomic(output.private("log") / log.name, text_of(log))


def _made_again(
    then: Settings, archive: Archive, record: Record, known: PreparedRelease
) -> Reproduction:
    """The release as its data and rules make it now."""
    if record.correction:
        return Reproduction(_corrected_again(then, archive, record))
    with without_iri_grammar():
        from kuntakoonti.release.prepare import prepared_aside  # loads what the work needs

    asked = {"month": record.month, "as_of": str(record.as_of), "release": record.release}
    asked |= {"coarse": "R9"} if known.public.area.facts.coarse else {}
    asked |= {"accept_history": record.accepted} if record.accepted else {}
    with prepared_aside(then, record.release, asked) as (stage, _):
        made, exact = open_release(stage, record.release), stage.exact(record.release)
        return Reproduction(
            made.public.record,
            _secret_cells(made),
            text_of(exact) if is_there(exact) else "",
        )


def _corrected_again(then: Settings, archive: Archive, record: Record) -> Record:
    """The version before with the one figure as the data have it now."""
    from kuntakoonti.restricted.preparation.recount import count_again  # loads what the work needs

    assert record.correction
    key, earlier = record.correction.key, archive.records[: archive.records.index(record)]
    base = [r for r in earlier if r.month == record.month and r.plans is not None][-1]
    counts, _, inputs = count_again(then, record.month, record.as_of)
    first = archive.first_shown(*key) or record.month
    parameters = load_parameters(then.parameters)
    threshold = parameters.rules.threshold.at(first_day(first))
    wrong = next(c for c in base.cells if (*c.key, c.measure) == (*key, "clients"))
    right = closed_count(wrong, counts.of(*key), threshold)
    cells = [right if c == wrong else c for c in base.cells if len(c.municipality) == 3]
    area = [c for c in record.cells if len(c.municipality) != 3]  # a function of the others
    return replace(record, cells=(*cells, *area), inputs=inputs, parameters=parameters.digest)


def _secret_cells(release: PreparedRelease) -> tuple[Cell, ...]:
    annexes = release.secret.annexes if release.secret else ()
    return tuple(c for a in annexes for c in a.cells)


def _compared_figures(then: Record, now: Record, say: Messenger) -> int:
    """Say every published figure that differs; how many do."""
    old, new = _by_place(then.cells), _by_place(now.cells)
    places = [p for p in dict.fromkeys([*old, *new]) if old.get(p) != new.get(p)]
    for place in places[:LISTED]:
        said = {
            "place": " ".join(place),
            "then": _shown(old.get(place)),
            "now": _shown(new.get(place)),
        }
        say("DIFFERENT {place}: published {then}, now {now}.", **said)
    if len(places) > LISTED:
        say("Different besides: {count} figures.", count=len(places) - LISTED)
    if (then.plans, then.settled) != (now.plans, now.settled):
        say("DIFFERENT: the periods of publication or the amounts settled.")
        return len(places) + 1
    return len(places)


def _by_place(cells: Iterable[Cell]) -> dict[tuple[str, ...], Cell]:
    return {(*c.key, c.measure.value): c for c in cells}


def _shown(cell: Cell | None) -> str:
    """A published figure in the contract's words."""
    if cell is None:
        return "–"
    if cell.class_low is not None:
        return f"{cell.status.value} {cell.class_low}–{cell.class_high}"
    return cell.status.value if cell.value is None else str(cell.value)


def _compared_restricted(
    output: OutputFolder, record: Record, made: Reproduction, say: Messenger
) -> int:
    """Say whether exact figures and secret pages are the same, and what is not there to compare."""
    found, known = 0, open_release(output, record.release)
    if not record.correction and _by_place(_secret_cells(known)) != _by_place(made.secret):
        say("DIFFERENT: the figures of the secret pages.")
        found += 1
    path = output.exact(record.release)
    name = path.relative_to(output.root).as_posix()
    if record.correction:
        return found
    if not is_there(path):
        removed = pruned_files(output).get(name)
        if removed:
            say("{file} was removed on {day} (prune): it is not compared.", file=name, day=removed)
        else:
            say("{file} is missing: it is not compared.", file=name)
    elif rows := _different_rows(text_of(path), made.exact):
        say("DIFFERENT {file}: {count} rows.", file=name, count=rows)
        found += 1
    return found


def _different_rows(then: str, now: str) -> int:
    """How many rows of a table are in one of its versions only, whatever their order."""
    old, new = (Counter(map(tuple, csv.reader(io.StringIO(t)))) for t in (then, now))
    return sum(((old - new) + (new - old)).values())


def _say_origins(output: OutputFolder, then: Record, now: Record, say: Messenger) -> None:
    """Whether data, rules and program are those that the release was made of."""
    if now.inputs != then.inputs:
        say("The data known on {day} are not those of the release.", day=then.as_of)
    if now.parameters != then.parameters:
        say("The parameters are not those of the release.")
    if open_release(output, then.release).public.manifest.program != program_digest():
        say("The program is another than the release was made with.")
