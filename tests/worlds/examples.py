"""How many examples a property is tried with: all of them in the full run, a quarter in the quick one.

They are drawn anew in each run; under CI they are the same ones, so that a run can be repeated.
"""

import os

from hypothesis import HealthCheck, settings

QUICK, FULL = "quick", "full"


def register_profiles() -> None:
    """The quick profile is in force until pytest is given ``--hypothesis-profile=full``."""
    same = bool(os.environ.get("CI"))
    for name, number in ((FULL, 100), (QUICK, 25)):
        settings.register_profile(name, max_examples=number, deadline=None, derandomize=same)
    settings.load_profile(QUICK)


def examples(number: int) -> settings:
    """So many examples in the full run; a folder that a fixture made is shared by them."""
    share = settings.default.max_examples / 100
    return settings(
        max_examples=max(2, round(number * share)),
        suppress_health_check=list(HealthCheck),
    )
