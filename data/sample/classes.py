"""Split pupils into classes, so that bands, class counts and pupils agree by construction."""

from __future__ import annotations

from dice import Dice

BANDS = (
    ("up_to_25", 25),
    ("26_to_30", 30),
    ("31_to_35", 35),
    ("36_to_40", 40),
    ("41_to_45", 45),
    ("46_to_50", 50),
    ("51_to_55", 55),
    ("56_to_60", 60),
    ("61_to_65", 65),
    ("66_and_above", 10**6),
)


def class_sizes(
    pupils: int, crowded: int, *, largest_allowed: int, grades: int, fill: float, dice: Dice
) -> list[int]:
    """Sizes of the classes: exactly ``crowded`` above ``largest_allowed``, the others at or below it.

    ``fill`` is the usual size as a share of the largest allowed one; small schools fill less, and
    where some classes are too large the others are nearly full.

    >>> sizes = class_sizes(900, 3, largest_allowed=45, grades=6, fill=0.9, dice=Dice("a"))
    >>> sum(sizes), sum(size > 45 for size in sizes)
    (900, 3)
    """
    if pupils == 0:
        return []
    over = [largest_allowed + dice.between(1, 6) for _ in range(crowded)]
    rest = pupils - sum(over)
    ceiling = largest_allowed - 2
    usual = largest_allowed * (0.94 if crowded else fill if pupils > 400 else 0.83 * fill)
    number = max(-(-rest // ceiling), round(rest / usual), grades - crowded)
    if pupils < 100:
        number = max(1, min(grades, round(pupils / 14)))
    ordinary = [rest // number + (1 if index < rest % number else 0) for index in range(number)]
    for index in range(0, number - 1, 2):
        shift = dice.between(0, max(0, min(3, largest_allowed - ordinary[index], ordinary[index + 1] - 1)))
        ordinary[index] += shift
        ordinary[index + 1] -= shift
    return sorted(over + ordinary, reverse=True)


def band_counts(sizes: list[int]) -> dict[str, int]:
    """Number of classes in each size band of the template."""
    counts = {name: 0 for name, _ in BANDS}
    for size in sizes:
        counts[next(name for name, upper in BANDS if size <= upper)] += 1
    return counts
