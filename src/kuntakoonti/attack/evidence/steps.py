"""The steps of R7 to which what is foreseen is rounded, in cents."""

SMALL, LARGE, MILLION = 100_000, 1_000_000, 100_000_000


def forecast_step(point: int, low: int | None, high: int | None) -> int:
    """A forecast's step: the first of 1, 2, 5 × 10ⁿ € of which twelve are wider than its range.

    Without a range that of a fifth of the amount.
    """
    width = abs(point) // 5 if low is None or high is None else high - low
    least, step, turn = LARGE if abs(point) >= MILLION else SMALL, SMALL, 0
    while step < least or 12 * step <= width:
        step, turn = step * 5 // 2 if turn % 3 == 1 else step * 2, turn + 1
    return step
