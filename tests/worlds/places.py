"""Where things are: the checkout, its example data, the approved pages."""

from pathlib import Path

PROJECT = Path(__file__).parents[2]
EXAMPLE = PROJECT / "data" / "example"
NOTEBOOKS = PROJECT / "notebooks"
APPROVED = PROJECT / "tests" / "approved"
