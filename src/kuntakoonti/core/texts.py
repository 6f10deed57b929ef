"""Words of the area in its languages, and the strict base of every model of parameters."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Required = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

LanguageCode = Literal["fi", "sv", "en"]


class Texts(Strict):
    """One text in the languages of the area; Finnish is required, the others fall back to it."""

    fi: Required
    sv: str = ""
    en: str = ""

    def in_language(self, code: str) -> str:
        return {"sv": self.sv, "en": self.en}.get(code) or self.fi
