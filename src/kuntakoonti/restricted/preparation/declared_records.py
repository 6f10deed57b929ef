"""What declared exports need to be remembered by: the key of pseudonyms, extracts, their history.

All of it lies in ``restricted/`` of OUTPUT but the key, which is the area's own file.
"""

import hashlib
import hmac
import json
import secrets
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.files import make_durable, write_atomic
from kuntakoonti.core.read_back import bytes_of, is_there, json_of, parsed
from kuntakoonti.core.settings import Settings
from kuntakoonti.parameters.rules import Parameters
from kuntakoonti.parameters.sources import Sources
from kuntakoonti.public.ledger import Archive
from kuntakoonti.restricted.intake.contract import TABLES
from kuntakoonti.restricted.intake.declared import Declared, pseudonym_check, read_declared
from kuntakoonti.restricted.intake.declared import Where as Reading
from kuntakoonti.restricted.intake.extracts import Folded, history_to_fold, series_of
from kuntakoonti.restricted.intake.warehouse import open_warehouse
from kuntakoonti.restricted.preparation.key import secret_key

EXTRACTS = "extracts"  # the folder of what is remembered of them


def declared_records(
    settings: Settings, parameters: Parameters, archive: Archive | None
) -> Declared | None:
    """How the exports are read, None if they have the contract's own names.

    UsageError if the key of pseudonyms is another or lost, or an old extract has changed.
    """
    sources = parameters.sources
    if sources is None:
        return None
    key = _key(settings, sources, archive)
    if sources.extracts is None:
        return Declared(sources, key)
    if archive is not None:
        _refuse_changed_extracts(settings, sources)
    return Declared(sources, key, _folded(settings))


def pseudonyms_used(settings: Settings, parameters: Parameters) -> str:
    """The check value of the key for the ledger; empty where there are no pseudonyms."""
    sources = parameters.sources
    if sources is None or not sources.pseudonym_key:
        return ""
    return pseudonym_check(_read_key(_key_file(settings, sources)))


def fold_extracts(settings: Settings, parameters: Parameters, archive: Archive) -> date:
    """Keep the pseudonymised history of all extracts; the last one's day.

    From then on the raw exports up to that day are not read any more and can be deleted.
    """
    from kuntakoonti.restricted.preparation.context import known_values

    declared = declared_records(settings, parameters, archive)
    sources = parameters.sources
    if declared is None or sources is None or sources.extracts is None:
        raise UsageError("No series of extracts is declared in sources.yml (extracts).")
    days = series_of(settings.data, sources, declared.folded)
    if not days:
        raise UsageError("There are no new extracts. Everything is kept already.")
    reading = Reading(open_warehouse(), settings.data, known_values(parameters), None)
    tables = {}
    for table in (t for t in TABLES if t.name in sources.tables and sources.is_series(t.name)):
        raw = read_declared(table, declared, reading)
        if not raw.readable or any(p.severity.value == "stop" for p in raw.problems):
            raise UsageError("The extracts have problems. Run first: kuntakoonti check.")
        tables[table.name] = history_to_fold(raw)
    _write_history(settings, tables, days[-1][0])
    return days[-1][0]


def _write_history(settings: Settings, tables: dict[str, pa.Table], last: date) -> None:
    folder = settings.output.private(EXTRACTS)
    for name, cells in tables.items():
        aside = folder / f".{name}.part"
        aside.touch(mode=0o600)
        pq.write_table(cells, aside)
        aside.replace(folder / f"{name}-{last.isoformat()}.parquet")
    write_atomic(
        folder / "folded.json", json.dumps({"last": last.isoformat(), "tables": [*tables]})
    )


def _folded(settings: Settings) -> Folded:
    folder = settings.output.restricted / EXTRACTS
    if not is_there(folder / "folded.json"):
        return Folded()
    last, names = json_of(
        folder / "folded.json",
        lambda said: (date.fromisoformat(said["last"]), [str(name) for name in said["tables"]]),
    )
    tables = dict[str, pa.Table]()
    for name in names:
        path = folder / f"{name}-{last.isoformat()}.parquet"
        if not is_there(path):
            raise UsageError(
                "The file restricted/extracts/{file} is missing; restore it from the backup.",
                file=path.name,
            )
        tables[name] = parsed(path, bytes_of(path), lambda b: pq.read_table(pa.BufferReader(b)))
    return Folded(last, tables)


def _refuse_changed_extracts(settings: Settings, sources: Sources) -> None:
    """Remember each extract by a keyed fingerprint; UsageError if one is not as it was."""
    path = settings.output.restricted / EXTRACTS / "seen.json"
    seen = (
        json_of(path, lambda body: {str(d): str(body[d]) for d in body}) if is_there(path) else {}
    )
    marks, key = dict[str, str](), secret_key(settings)
    for day, folder in series_of(settings.data, sources, _folded(settings)):
        marks[day.isoformat()] = _mark(folder, key)
    changed = [day for day, mark in marks.items() if seen.get(day, mark) != mark]
    if changed:
        raise UsageError(
            "The extract of {days} is no longer what it was when it was counted. Restore it; "
            "corrections come in the next extract.",
            days=", ".join(changed),
        )
    if marks.keys() - seen.keys():
        target = settings.target.private(EXTRACTS) / "seen.json"
        write_atomic(target, json.dumps(seen | marks, indent=1, sort_keys=True))


def _mark(folder: Path, key: bytes) -> str:
    """HMAC of everything in an extract's folder."""
    parts = [
        f"{p.relative_to(folder).as_posix()} {hashlib.sha256(p.read_bytes()).hexdigest()}"
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.name.startswith((".", "~$"))
    ]
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _key(settings: Settings, sources: Sources, archive: Archive | None) -> bytes:
    """The key of pseudonyms: the area's own; one for a check alone; made before the first release."""
    if not sources.pseudonym_key:
        return b""
    path = _key_file(settings, sources)
    used = (
        next((r.pseudonyms for r in reversed(archive.records) if r.pseudonyms), "")
        if archive
        else ""
    )
    if not path.exists():
        if archive is None:
            return secrets.token_bytes(32)
        if used:
            raise UsageError(
                "The key of pseudonyms {file} is missing, and what is published was made with it. "
                "Restore it from the backup; with a new key the clients would not be the same.",
                file=path.name,
            )
        _make_key(path)
    key = _read_key(path)
    if used and pseudonym_check(key) != used:
        raise UsageError(
            "The key of pseudonyms {file} is another than the one that was used for what is "
            "published. Restore the right one.",
            file=path.name,
        )
    return key


def _key_file(settings: Settings, sources: Sources) -> Path:
    return settings.parameters / sources.pseudonym_key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(secrets.token_bytes(32).hex() + "\n", encoding="ascii")
    make_durable(path)


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (ValueError, UnicodeDecodeError):
        key = b""
    if len(key) < 16:
        raise UsageError(
            "The key of pseudonyms {file} is not valid. Restore it from the backup.", file=path.name
        )
    return key
