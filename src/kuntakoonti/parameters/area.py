"""An employment area: who it is, its members and their languages."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kuntakoonti.core.disclosed_text import has_identity_code, refuse_other_role
from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.periods import END_OF_TIME, day_after, first_day, year_of
from kuntakoonti.core.texts import LanguageCode, Required, Strict, Texts
from kuntakoonti.parameters.municipalities import municipality_codes
from kuntakoonti.parameters.problems import Violation, finding, wrong
from kuntakoonti.parameters.yaml_files import Day, like
from kuntakoonti.public.cells import Grain
from kuntakoonti.public.pages import NoticeName

Code = Annotated[str, like(r"[0-9]{3}", '"297"')]
Mask = Annotated[str, like(r"(?=.*#)[0-9#]{4,30}", '"2025######"')]  # "#" is any digit
Name = Annotated[str, like(r"[a-z][a-z0-9_]*", "palkkatuki")]


class Publication(Strict):
    """A municipality's family or grain fixed by decision instead of by rule R4."""

    family: Literal["per_service", "together"]
    """`per_service` or `together` (R3)"""
    grains: dict[Name, Grain]
    """a service, or with `together` only `any` → `month`, `quarter` or `year`"""
    reference: Required
    """the decision"""

    @model_validator(mode="after")
    def _is_one_family(self) -> "Publication":
        """R3: no count over services beside one of a service."""
        together = self.family == "together"
        wrong([
            finding(f"grains.{n}", "does not belong to the family {family}; remove it", family=self.family)
            for n in self.grains if (n == "any") is not together
        ])  # fmt: skip
        return self


class Dated(Strict):
    """Something valid from a day to a day, both inclusive."""

    valid_from: Day
    """the first day"""
    valid_to: Day | None = None
    """the last day, inclusive"""

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day <= (self.valid_to or END_OF_TIME)


class Member(Dated):
    """A member municipality; a merged one names its successor, a bilingual one its languages."""

    code: Code
    """the municipality's code, three characters"""
    name: Texts
    """its name"""
    languages: tuple[LanguageCode, ...] = ()
    """of its pages, such as `["sv", "fi"]`"""
    successor: Code | None = None
    """the member that it is merged into"""
    publication: Publication | None = None
    """family and grains fixed by decision instead of R4"""


class Notice(Dated):
    """A fixed sentence that stands on every page from a day to a day: what the whole area should know."""

    says: NoticeName
    """`costs_late`, `periods_late`, `law_changed` or `prices_changed`: a fixed sentence on every page whose extraction date is within"""


class Role(Dated):
    """Who may approve, give out, correct and remove: a role or its deputy, never a person."""

    role: Required
    """a role or its deputy, never a person"""


class Area(Strict):
    """An employment area: its members, host, case and contact (a role, not a person)."""

    code: Annotated[str, like(r"[0-9]{2}", '"17"')]
    """the area's number, text of two digits"""
    name: Texts
    """its name"""
    sender: Texts
    """the head of the page"""
    host: Code
    """the host municipality's code"""
    language: LanguageCode
    """`fi`, `sv` or `en`: of messages and, by default, of pages"""
    languages: tuple[LanguageCode, ...] = ()
    """of the board's page"""
    valid_from: Day
    """the area's first day"""
    case_number: Annotated[
        str,
        like(r"[0-9]{1,6}/[0-9]{2}(\.[0-9]{2}){2,3}/[0-9]{4}", '"6194/00.04.01/2025"'),
    ]
    """such as `6194/00.04.01/2025`"""
    contact: Texts
    """a role, not a person"""
    objection_days: Annotated[int, Field(ge=1, le=365)]
    """the days to object"""
    members: tuple[Member, ...]
    """the member municipalities"""
    former_codes: tuple[Code, ...] = ()
    """codes that are no longer in the list of municipalities"""
    notices: tuple[Notice, ...] = ()
    """what the whole area should know"""
    roles: tuple[Role, ...] = ()
    """who may be named by `--by` and the like"""
    invoice_numbers: tuple[Mask, ...] = ()
    """the area's own numbers of digits alone, `"2025######"` (`#` any digit): printed though one looks like an identity code"""

    @model_validator(mode="after")
    def _members_are_sound(self) -> "Area":
        codes = [m.code for m in self.members]
        known = municipality_codes() | set(self.former_codes)
        found = list[Violation]()
        if self.host not in codes:
            found.append(
                finding(
                    "host", "the host municipality {code} is not a member; add it", code=self.host
                )
            )
        for i, member in enumerate(self.members):
            at = f"members.{i}"
            if member.code in codes[:i]:
                found.append(
                    finding(
                        f"{at}.code",
                        "the member {code} is there already; remove one of them",
                        code=member.code,
                    )
                )
            if member.code not in known:
                found.append(
                    finding(
                        f"{at}.code",
                        "there is no municipality code {code}; correct it",
                        code=member.code,
                    )
                )
            if member.successor and member.successor not in codes:
                found.append(
                    finding(
                        f"{at}.successor",
                        "the successor {code} is not a member; add it",
                        code=member.successor,
                    )
                )
            found += _doubled(f"{at}.languages", member.languages)
        for i, role in enumerate(self.roles):
            if not role.role.isprintable() or has_identity_code(role.role):
                found.append(finding(f"roles.{i}.role", "write a role, not a person"))
        wrong(found + _doubled("languages", self.languages))
        return self

    def refuse_other_role(self, option: str, role: str, day: date) -> None:
        """UsageError unless a role is one of the area's on a day; any will do where it has no list."""
        valid = [r.role for r in self.roles if r.valid_on(day)]
        refuse_other_role(option, role, valid if self.roles else None)

    @property
    def number_patterns(self) -> tuple[str, ...]:
        """The area's own invoice numbers of digits alone, as regular expressions."""
        return tuple(mask.replace("#", "[0-9]") for mask in self.invoice_numbers)

    def languages_of(self, member: Member) -> tuple[LanguageCode, ...]:
        """The languages of a member's pages; one that names none gets the area's language."""
        return member.languages or (self.language,)

    def member(self, code: str) -> Member:
        """The member with a code; UsageError lists the codes there are."""
        for member in self.members:
            if member.code == code:
                return member
        known = ", ".join(f"{m.code} {m.name.fi}" for m in self.members)
        raise UsageError(
            "The municipality {code} is not a member of the area. Write a member's code: {known}.",
            code=code,
            known=known,
        )

    def members_on(self, day: date) -> tuple[Member, ...]:
        return tuple(m for m in self.members if m.valid_on(day))

    def members_until(self, month: str) -> tuple[Member, ...]:
        """Who was a member on any day of the month's year by the end of the month."""
        first, after = first_day(year_of(month)), day_after(month)
        return tuple(
            m for m in self.members if m.valid_from < after and (m.valid_to or END_OF_TIME) >= first
        )


def _doubled(place: str, languages: Sequence[str]) -> list[Violation]:
    named = sorted({code for code in languages if languages.count(code) > 1})
    return [
        finding(place, "the language {code} is there twice; remove one of them", code=code)
        for code in named
    ]
