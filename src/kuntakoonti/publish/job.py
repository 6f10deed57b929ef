"""A report to make and what became of it; light, so that whoever waits for reports loads no more."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

FORMATS = ("html", "pdf", "xlsx", "csv")


@dataclass(frozen=True)
class Job:
    """A report to make; paths are text so that a job can go to another process or machine.

    The notebook runs once in each of ``languages``; ``packed`` adds the archive that is sent. The
    pages of a ``loose`` report, and nothing else of it, stand beside its target instead of inside.
    """

    municipality: str
    name: str
    notebook: str
    handover: str
    target: str
    log: str
    mark: str
    formats: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    digest: str
    languages: tuple[str, ...] = ("fi",)
    packed: bool = False
    loose: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a job: ``done``, ``unchanged`` or ``failed`` with a reason that quotes nothing."""

    municipality: str
    name: str
    state: str
    reason: str = ""


def aside_of(job: Job) -> Path:
    """The folder beside the target in which the report is made before it is renamed."""
    target = Path(job.target)
    return target.with_name(f".{target.name}.part")


def is_made(job: Job) -> bool:
    """Whether the report is in place and was made from exactly this."""
    target = Path(job.target)
    pages = [any(target.parent.glob(f"{target.name}*.{suffix}")) for suffix in job.formats]
    there = all(pages) if job.loose else target.exists()
    return there and _read(Path(job.mark)) == made_from(job)


def remove_aside(job: Job) -> None:
    """Remove what an interrupted attempt left half made."""
    shutil.rmtree(aside_of(job), ignore_errors=True)


def made_from(job: Job) -> str:
    """What a finished folder was made from: slice, program, notebook, formats, languages."""
    parts = [job.digest, *job.formats, Path(job.notebook).read_bytes().hex()]
    parts += [*job.languages, "packed" if job.packed else ""]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
