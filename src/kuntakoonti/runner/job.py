"""A report to make and what became of it; light, so that whoever waits for reports loads no more."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from kuntakoonti.core.errors import FINNISH, KuntakoontiError, Translator
from kuntakoonti.core.read_back import is_there, make_again, text_of

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
    """What became of a job: ``done``, ``unchanged`` or ``failed`` with reasons that quote nothing.

    A reason is a message and what fills its places, so that whoever shows it can translate it.
    """

    municipality: str
    name: str
    state: str
    reasons: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    @property
    def reason(self) -> str:
        """Why it failed, in Finnish."""
        return self.because(FINNISH)

    def because(self, language: Translator) -> str:
        """Why it failed, in a language."""
        return " ".join(language.text(said, **dict(values)) for said, values in self.reasons)


def failure(job: Job, *errors: KuntakoontiError) -> Outcome:
    """The outcome of a job that failed, with what the errors say."""
    reasons = tuple(
        (error.message, tuple((name, str(value)) for name, value in error.values.items()))
        for error in errors
    )
    return Outcome(job.municipality, job.name, "failed", reasons)


def aside_of(job: Job) -> Path:
    """The folder beside the target in which the report is made before it is renamed."""
    target = Path(job.target)
    return target.with_name(f".{target.name}.part")


def is_made(job: Job) -> bool:
    """Whether the report is in place and was made from exactly this."""
    target = Path(job.target)
    pages = [any(target.parent.glob(f"{target.name}*.{suffix}")) for suffix in job.formats]
    there = all(pages) if job.loose else target.exists()
    return there and _made_from(job) == made_from(job)


def is_outdated(job: Job) -> bool:
    """Whether the report in place was made of another slice or by another program, in any format."""
    target = Path(job.target)
    there = any(target.parent.glob(f"{target.name}*")) if job.loose else target.exists()
    return there and _made_from(job).partition(" ")[2] != job.digest


def mark_of(job: Job, folder: Path) -> str:
    """What is remembered of a finished report: what it was made from, and every file it made."""
    place = "" if job.loose else f"{Path(job.target).name}/"
    paths = [p for p in sorted(folder.iterdir()) if not job.loose or p.suffix[1:] in job.formats]
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()} {place}{p.name}" for p in paths]
    return "\n".join([made_from(job), *lines])


def made_files(job: Job) -> dict[str, str]:
    """The files of the report in place, by the folder it stands in: name → SHA-256."""
    lines = _read(Path(job.mark)).split("\n")[1:]
    parts = (line.partition(" ") for line in lines)
    return {name: digest for digest, _, name in parts if len(digest) == 64 and name}


def remove_aside(job: Job) -> None:
    """Remove what an interrupted attempt left half made."""
    shutil.rmtree(aside_of(job), ignore_errors=True)


def made_from(job: Job) -> str:
    """What a finished folder was made from: slice, program, notebook, formats, languages.

    A hash of everything, and the digest of slice and program by themselves.
    """
    parts = [job.digest, *job.formats, Path(job.notebook).read_bytes().hex()]
    parts += [*job.languages, "packed" if job.packed else ""]
    whole = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{whole} {job.digest}"


def _made_from(job: Job) -> str:
    """What the report in place was made from."""
    return _read(Path(job.mark)).split("\n")[0]


def _read(path: Path) -> str:
    return text_of(path, make_again) if is_there(path) else ""
