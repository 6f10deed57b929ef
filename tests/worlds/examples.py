"""How many examples a property is tried with: all of them in the full run, a quarter in the quick one."""

from hypothesis import HealthCheck, settings

QUICK, FULL = "quick", "full"


def register_profiles() -> None:
    """The quick profile is in force until pytest is given ``--hypothesis-profile=full``."""
    settings.register_profile(FULL, max_examples=100, deadline=None)
    settings.register_profile(QUICK, max_examples=25, deadline=None)
    settings.load_profile(QUICK)


def examples(number: int) -> settings:
    """So many examples in the full run; a folder that a fixture made is shared by them."""
    share = settings.default.max_examples / 100
    return settings(
        max_examples=max(2, round(number * share)),
        suppress_health_check=list(HealthCheck),
    )
