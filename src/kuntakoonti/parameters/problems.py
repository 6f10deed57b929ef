"""What is wrong in the parameters: where, what, and what to write instead, in any language."""

from collections.abc import Sequence
from dataclasses import dataclass

from kuntakoonti.core.errors import Translator, UsageError, message


@dataclass(frozen=True)
class Violation:
    """What is wrong: a message and what fills its places; ``place`` within a model, ``a.0.b``."""

    message: str
    values: dict[str, object]
    place: str = ""


def finding(place: str, message: str, /, **values: object) -> Violation:
    """What is wrong at a place of a model."""
    return Violation(message, values, place)


class ModelViolations(ValueError):
    """What a model's own checks find; pydantic carries it to `validate`."""

    def __init__(self, *findings: Violation) -> None:
        super().__init__("; ".join(f.message for f in findings))
        self.findings = findings


@dataclass(frozen=True)
class Complaint:
    """A finding in a file: where, what is wrong and what to write instead."""

    file: str
    line: int
    place: str
    finding: Violation

    def said(self, language: Translator) -> str:
        """``area.yml, rivi 3: members.0.code: …`` in a language; a line of 0 is not said."""
        what = language.text(self.finding.message, **self.finding.values)
        what = f"{self.place}: {what}" if self.place else what
        if not self.line:
            return f"{self.file}: {what}"
        return language.text(
            "{file}, line {line}: {what}", file=self.file, line=self.line, what=what
        )


def wrong(findings: list[Violation]) -> None:
    """Raise for a model all that is wrong in it."""
    if findings:
        raise ModelViolations(*findings)


class WrongParameters(UsageError):
    """Everything that is wrong in the parameters, at once."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(message("The parameters need correction. Correct them and run again:"))
        self.complaints = tuple(complaints)

    def said(self, language: Translator) -> str:
        """The sentence and a line for each complaint."""
        lines = (f"  {complaint.said(language)}" for complaint in self.complaints)
        return "\n".join((language.text(self.message), *lines))


def refuse(complaints: Sequence[Complaint]) -> None:
    """Raise one error that lists every complaint; nothing if there are none."""
    if complaints:
        raise WrongParameters(complaints)
