"""Whole cents shared by whole weights."""

from collections.abc import Mapping


def by_largest_remainder(cents: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Cents by weights, at least 0 and not all 0: rounded down, the rest to the largest remainders.

    Ties in the order of the weights; a negative amount by its absolute value. The parts sum to the whole.
    """
    total, size, sign = sum(weights.values()), abs(cents), 1 if cents >= 0 else -1
    parts = {name: size * weight // total for name, weight in weights.items()}
    largest = sorted(weights, key=lambda name: -(size * weights[name] % total))
    for name in largest[: size - sum(parts.values())]:
        parts[name] += 1
    return {name: sign * part for name, part in parts.items()}
