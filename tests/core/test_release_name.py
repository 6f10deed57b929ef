"""The names of releases: their kind, year and month."""

import pytest

from kuntakoonti.core.release_name import ReleaseKind, ReleaseName


@pytest.mark.parametrize(
    ("name", "kind", "month", "version"),
    [
        ("2025-08", "month", "2025-08", False),
        ("2025-08-v2", "month", "2025-08", True),
        ("2025-tasausarvio", "estimate", "2025-12", False),
        ("2025-tasaus", "final", "2025-12", False),
    ],
)
def test_a_name_says_what_is_released(
    name: str, kind: ReleaseKind, month: str, version: bool
) -> None:
    """A year's end is prepared like its December; a correction is its month's."""
    release = ReleaseName(name)
    assert release.is_valid and release == name and release.year == "2025"
    assert (release.kind, release.month, release.is_version) == (kind, month, version)


@pytest.mark.parametrize(
    "name",
    ["2025", "2025-13", "2025-08-v0", "2025-tasaus-v2", "draft", "\u0662\u0660\u0662\u0665-08", ""],
)
def test_another_text_is_no_release(name: str) -> None:
    assert not ReleaseName(name).is_valid


def test_names_are_made_of_their_parts() -> None:
    """And an estimate is found by its adjustment."""
    final = ReleaseName.of_year_end("2025", final=True)
    assert (final, final.estimate) == ("2025-tasaus", "2025-tasausarvio")
    assert ReleaseName.of_version("2025-08", 3) == "2025-08-v3"
