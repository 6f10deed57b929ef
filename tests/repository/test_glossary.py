"""The catalogues speak in the words of docs/glossary.md: one term of a field is one word."""

from collections.abc import Iterator

import pytest
from worlds.catalogues import texts
from worlds.places import PROJECT

# term of the glossary: the part of it that every Finnish inflection has
STEMS = {
    "työllisyysalue": "työllisyysalue", "vastuukunta": "vastuukun", "jäsenkunta": "jäsenku",
    "kotikunta": "kotikun", "palkkatuki": "palkkatu", "starttiraha": "starttirah",
    "työnantaja": "työnantaj",
    "osallistujapäivä": "osallistujapäiv", "talousarvio": "talousarvio",
    "hyvityslasku": "hyvityslask", "tiliöintiehdotus": "tiliöintiehdotu",
    "poimintapäivä": "poimintapäiv", "takaisinperintä": "takaisinper",
    "salassa pidettävä": "salassa pidettäv",
}  # fmt: skip
# where the translation says the same with another word of the same stem
ALSO = {
    ("sv", "salassa pidettävä"): "sekretess", ("en", "salassa pidettävä"): "secret",
    ("en", "kotikunta"): "residence", ("en", "palkkatuki"): "subsid",
    ("en", "poimintapäivä"): "extract", ("sv", "työllisyysalue"): "område",
    ("en", "työllisyysalue"): "area", ("sv", "jäsenkunta"): "medlem",
    ("en", "jäsenkunta"): "member", ("en", "osallistujapäivä"): "participa",
    ("sv", "vastuukunta"): "ansvarig", ("en", "vastuukunta"): "host",
    ("en", "hyvityslasku"): "credit", ("en", "takaisinperintä"): "recover",
    ("sv", "poimintapäivä"): "uttags",
}  # fmt: skip


def glossary() -> dict[str, dict[str, str]]:
    """The terms of the field: Finnish → language → the first word for it."""
    text = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
    field = text.split("## Of the field\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in field.splitlines() if line.startswith("| ")]
    return {
        fi.split(",")[0]: {"sv": sv.split(",")[0], "en": en.split(",")[0].split(" (")[0]}
        for fi, sv, en in rows[1:]
    }


def messages(code: str) -> Iterator[tuple[str, str]]:
    """Every message in Finnish and in a language, plural forms one by one."""
    for finnish, said in zip(texts("fi"), texts(code), strict=True):
        yield from zip(finnish, said, strict=True)


@pytest.mark.parametrize("code", ["sv", "en"])
@pytest.mark.parametrize("term", STEMS)
def test_a_term_is_translated_by_its_word(term: str, code: str) -> None:
    """Wherever the Finnish term stands in a message, the glossary's word stands in the translation."""
    word = ALSO.get((code, term)) or glossary()[term][code]
    having = [(fi, said) for fi, said in messages(code) if STEMS[term] in fi.lower()]
    assert having, f"no message has {term}; take it out of STEMS"
    assert [fi for fi, said in having if word not in said.lower()] == []


def test_every_term_has_its_three_words() -> None:
    """No cell of the glossary is empty and no Finnish term stands there twice."""
    text = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert all(len(row) == 3 and all(row) for row in rows)
    names = [row[0] for row in rows]
    assert len(set(names) - {"fi", "word"}) >= len(names) - 2
