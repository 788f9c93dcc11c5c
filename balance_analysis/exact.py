"""Exact numbers: THE reading of a filed number, rounding, comparison, digits beside a limit, CV² and composite.

Filed numbers are decimals. A float read from a file stands for the shortest decimal that denotes it (0.1 is one
tenth, not its binary neighbour), and every decision close to a limit is made on such decimals as fractions. Whole
columns are kept as whole multiples of a power of ten (:class:`Decimals`): a quotient of two whole numbers below
2**53 is rounded once by the processor, so that it is the very float nearest to the exact value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import frexp, fsum, isfinite, isqrt

import numpy as np
import numpy.typing as npt

from balance_analysis.terms import Relation

Number = int | float | str | Decimal | Fraction | np.integer
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

NEAR = 1e-9
"""Relative distance below which floats are not trusted and fractions decide.

A value is the float nearest to its exact quotient (relative error 2**-53) and a coefficient of n schools is off by
less than 1e-12 for any county; a thousand times more than both leaves no doubt on either side.
"""
MOST_PLACES = 6
"""Decimal places up to which a column is kept as whole numbers; finer figures are reckoned as fractions one by one."""
EXACT_WHOLE = 2**53
"""Whole numbers up to here are exact as floats."""
SAMPLE = 256
"""Rows of a column by which its decimal places are guessed before all rows are tried."""
FEW = 512
"""Numbers fewer than these are added one by one."""
MOST_DIGITS = 9
"""Decimals after which a figure beside its limit is not written any longer."""


def as_filed(value: Number) -> Fraction:
    """Return the decimal number that was filed, exactly; ``ValueError`` for NaN and infinities.

    >>> as_filed(0.1), as_filed(4.2) * as_filed("0.85") == as_filed(3.57), as_filed(7.0)
    (Fraction(1, 10), True, Fraction(7, 1))
    """
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"not a finite number: {value!r}")
        return Fraction(int(value)) if value.is_integer() else Fraction(repr(float(value)))
    return Fraction(int(value)) if isinstance(value, np.integer) else Fraction(value)


def half_up(value: Number, decimals: int) -> Decimal:
    """Round as people do on paper: half away from zero, on the exact decimal or fraction.

    >>> half_up(0.125, 2), half_up(Fraction("0.5046"), 2), half_up(-2.5, 0)
    (Decimal('0.13'), Decimal('0.50'), Decimal('-3'))
    """
    exact = as_filed(value)
    step = 10**decimals
    whole = (2 * abs(exact.numerator) * step + exact.denominator) // (2 * exact.denominator)
    with localcontext(prec=max(28, len(str(whole)) + 1)):
        return Decimal(-whole if exact < 0 else whole).scaleb(-decimals)


def half_up_text(value: Number, decimals: int) -> str:
    """:func:`half_up` as plain digits.

    >>> half_up_text(0.5046, 3), half_up_text(Fraction(1, 3), 2)
    ('0.505', '0.33')
    """
    return f"{half_up(value, decimals):f}"


def holds(value: Fraction, relation: Relation, limit: Fraction) -> bool:
    """Whether an exact value keeps an exact limit; equality counts unless strictly below is asked for.

    >>> holds(Fraction(95), Relation.AT_LEAST, Fraction(95)), holds(Fraction(15, 100), Relation.BELOW, Fraction(15, 100))
    (True, False)
    """
    if relation is Relation.AT_LEAST:
        return value >= limit
    return value < limit if relation is Relation.BELOW else value <= limit


def printed_reach(text: str) -> Fraction:
    """Half a unit in the last printed place: as far as the unrounded value may lie from a printed one.

    >>> printed_reach("0.50"), printed_reach("12")
    (Fraction(1, 200), Fraction(1, 2))
    """
    return Fraction(1, 2 * 10 ** len(text.partition(".")[2]))


def digits_beside(value: Number, keeps: Callable[[Fraction], bool], decimals: int) -> int:
    """The fewest decimals, at least ``decimals``, at which the rounded value says the same as the exact one.

    ``keeps`` tells of a value whether it satisfies what it is compared with. Where nine decimals do not suffice, nine.

    >>> digits_beside(0.50004, lambda x: x <= Fraction(1, 2), 2)
    5
    """
    exact = as_filed(value)
    truth = keeps(exact)
    while decimals < MOST_DIGITS and keeps(Fraction(half_up(exact, decimals))) != truth:
        decimals += 1
    return decimals


def reversing_decimals(
    value: Number, keeps: Callable[[Fraction], bool], places: Iterable[int], *, truth: bool
) -> list[int]:
    """Those of the numbers of decimals at which rounding before judging says the opposite of ``truth``, the verdict on the exact value.

    >>> reversing_decimals(0.5004, lambda x: x <= Fraction(1, 2), (2, 3, 4), truth=False)
    [2, 3]
    """
    return [digits for digits in sorted(places) if keeps(Fraction(half_up(value, digits))) != truth]


def cv_squared(values: Sequence[Fraction], enrolment: Sequence[Fraction]) -> Fraction:
    """CV² by rational arithmetic: (N/R²)·Σ r_i²/n_i − 1, for decisions at the limit.

    >>> cv_squared([Fraction(1), Fraction(3)], [Fraction(1), Fraction(1)])
    Fraction(1, 4)
    """
    total = sum(enrolment, Fraction(0))
    resource = sum((x * n for x, n in zip(values, enrolment, strict=True)), Fraction(0))
    squares = sum((x * x * n for x, n in zip(values, enrolment, strict=True)), Fraction(0))
    return total * squares / (resource * resource) - 1


def composite(squares: Sequence[Fraction]) -> Fraction:
    """Mean of the coefficients whose squares are given, for decisions at the limit.

    Exact where every coefficient is rational; otherwise to 60 digits, which settles any comparison
    with a printed limit, because a mean with irrational parts is never equal to it.

    >>> composite([Fraction(1, 4), Fraction(9, 16)])
    Fraction(5, 8)
    """
    return sum(map(_root, squares), Fraction(0)) / len(squares)


def _root(square: Fraction) -> Fraction:
    upper, lower = isqrt(square.numerator), isqrt(square.denominator)
    if (upper * upper, lower * lower) == (square.numerator, square.denominator):
        return Fraction(upper, lower)
    with localcontext(prec=60):
        return Fraction((Decimal(square.numerator) / square.denominator).sqrt())


def total_in_pairs(terms: list[Fraction]) -> Fraction:
    """Sum in pairs, so that denominators grow late; 0 of nothing.

    >>> total_in_pairs([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
    Fraction(1, 1)
    """
    while len(terms) > 1:
        terms = [sum(terms[at : at + 2], Fraction(0)) for at in range(0, len(terms), 2)]
    return terms[0] if terms else Fraction(0)


@dataclass(frozen=True)
class Decimals:
    """A column of filed numbers: ``whole`` multiples of 10**−``places`` (as floats below 2**53) where ``fits``.

    ``known`` is False where nothing was filed; no whole number is larger than ``most``. A row that is known and does not ``fit`` (more decimals than
    :data:`MOST_PLACES`, or too many digits) has its exact value in :func:`as_filed` of the float only.

    >>> column = Decimals.of(np.array([1.25, 3.0, np.nan]))
    >>> column.whole.tolist(), column.places, column.known.tolist(), column.fits.tolist()
    ([125.0, 300.0, 0.0], 2, [True, True, False], [True, True, True])
    """

    whole: Floats
    places: int
    known: Mask
    fits: Mask
    most: float
    sound: bool = False
    """Every row is known to be known and to fit, so that nobody need ask row by row."""

    @classmethod
    def of(cls, column: npt.ArrayLike) -> Decimals:
        """Read a float column."""
        values = np.asarray(column, dtype=np.float64)
        most = largest(values)
        complete = not np.isnan(most)
        known: Mask = np.ones(len(values), dtype=bool) if complete else ~np.isnan(values)
        plain = values if complete else np.where(known, values, 0.0)
        sample = plain[:SAMPLE]
        hits: list[int] = []
        for places in range(MOST_PLACES + 1):
            hits.append(int(_multiples(sample, places)[1].sum()))
            if hits[-1] == len(sample):
                break
        first = hits.index(max(hits))
        best = (first, *_multiples(plain, first))
        fitting = np.count_nonzero(best[2])
        for places in range(first + 1, MOST_PLACES + 1):
            if fitting == len(plain):
                break
            scaled, fits = _multiples(plain, places)
            if np.count_nonzero(fits) > fitting:
                best, fitting = (places, scaled, fits), np.count_nonzero(fits)
        places, scaled, fits = best
        # where all fit the largest is the largest filed; otherwise a figure that does not fit may round to more
        all_fit = complete and fitting == len(plain)
        most = float(np.rint(most * 10.0**places)) if all_fit else largest(scaled)
        if most >= EXACT_WHOLE:
            fits &= np.abs(scaled) < EXACT_WHOLE
            fitting = np.count_nonzero(fits)
        whole = scaled if fitting == len(plain) else np.where(fits, scaled, 0.0)
        sound = complete and fitting == len(plain)
        return cls(whole, places, known, fits, min(most, float(EXACT_WHOLE)), sound)

    def floats(self) -> Floats:
        """The numbers as floats, each the nearest to its decimal; zero where not known or not fitting."""
        return scaled(self.whole, self.places)


def _multiples(values: Floats, places: int) -> tuple[Floats, Mask]:
    """Nearest multiples of 10**−``places``, and which of them are the very decimals that the floats stand for."""
    if not places:
        whole: Floats = np.rint(values)
        return whole, whole == values
    whole = values * 10.0**places
    np.rint(whole, out=whole)
    return whole, whole / 10.0**places == values


def scaled(whole: Floats, places: int) -> Floats:
    """Whole multiples of 10**−``places`` as floats, each rounded once; the column itself where there are no places."""
    return whole / 10.0**places if places else whole


def largest(column: Floats) -> float:
    """The largest absolute value of a column without blanks; 0 of nothing."""
    return max(float(column.max()), -float(column.min())) if len(column) else 0.0


def added_up(columns: Sequence[Decimals], factors: Sequence[int]) -> Decimals:
    """Sum of columns, each times a whole factor, row by row; a row with a blank in any column is not known.

    >>> filed = [Decimals.of(np.array([0.1, 1.0])), Decimals.of(np.array([0.2, np.nan]))]
    >>> added_up(filed, [1, -1]).whole.tolist()
    [-1.0, 0.0]
    """
    places = max(column.places for column in columns)
    steps = [factor * 10 ** (places - column.places) for factor, column in zip(factors, columns, strict=True)]
    unsound = [one for one in columns if not one.sound] or columns[:1]
    known, fits = unsound[0].known, unsound[0].fits
    for one in unsound[1:]:
        known, fits = known & one.known, fits & one.fits
    sound = all(one.sound for one in columns)
    total = sum(one.most * abs(step) for one, step in zip(columns, steps, strict=True))
    if total >= EXACT_WHOLE:
        most = EXACT_WHOLE // len(columns)
        each = zip(columns, steps, strict=True)
        fits, sound = (
            fits & np.logical_and.reduce([np.abs(one.whole) * abs(step) < most for one, step in each]),
            False,
        )
    whole: Floats = columns[0].whole * float(steps[0]) if steps[0] != 1 else columns[0].whole
    for number, (column, step) in enumerate(zip(columns[1:], steps[1:], strict=True)):
        own = (
            whole if number or steps[0] != 1 else None
        )  # a column that nobody else holds is added to in place
        whole = np.add(whole, column.whole * float(step) if step != 1 else column.whole, out=own)
    if not sound:
        kept = known & fits
        sound = bool(kept.all())
        whole = whole if sound else np.where(kept, whole, 0.0)
    return Decimals(whole, places, known, fits, min(total, float(EXACT_WHOLE)), sound)


def half_up_quotients(top: Floats, bottom: Floats, decimals: int) -> tuple[Whole, Whole]:
    """Quotients of whole numbers ≥ 0 rounded half up, in units of the last decimal; and the positions left undone.

    Undone (zero) are those that are NaN or too large for whole numbers of 64 bits.

    >>> half_up_quotients(np.array([1.0, 5.0, 1e15]), np.array([8.0, 3.0, 7.0]), 2)[0].tolist()
    [13, 167, 14285714285714286]
    """
    most = 2.0**61 / 10**decimals
    fits = (top < most) & (bottom < most) & (top >= 0)
    doubled = np.where(fits, top, 0.0).astype(np.int64) * (2 * 10**decimals)
    whole = np.where(fits, bottom, 1.0).astype(np.int64)
    found: Whole = (doubled + whole) // (2 * whole)
    return found, np.flatnonzero(~fits)


def half_up_floats(values: Floats, decimals: int) -> Floats:
    """:func:`half_up` of floats ≥ 0, in units of the last decimal; beside a half the decimal decides.

    >>> half_up_floats(np.array([0.125, 0.5046, 0.285]), 2).tolist()
    [13.0, 50.0, 29.0]
    """
    scaled = values * 10.0**decimals
    below = np.floor(scaled)
    found: Floats = below + (scaled - below >= 0.5)
    for position in np.flatnonzero(np.abs(scaled - below - 0.5) <= NEAR * (1 + scaled)).tolist():
        found[position] = float(half_up(float(values[position]), decimals).scaleb(decimals))
    return found


def sums(column: Floats, start: Whole, most: float | None = None) -> Floats:
    """Sums of consecutive rows, each group from ``start`` to the next, each rounded once: the bits of ``fsum``.

    The leading bits of every number are split off at one power of two (Rump, Ogita and Oishi 2008), so that adding them
    loses nothing; the rests are added as they are, with an error far below the last bit of the sum. Where even
    so small an error could turn the rounding, for few numbers and for such as no county files, ``fsum`` adds. ``most``
    is the largest absolute value, where it is known already.

    >>> sums(np.array([1e16, 1.0, 1.0, 0.1, 0.2]), np.array([0, 3])).tolist()
    [1.0000000000000002e+16, 0.30000000000000004]
    """
    most = largest(column) if most is None else most
    if len(column) < FEW or not (most == 0 or 2.0**-900 < most < 2.0**900):
        return _sums_one_by_one(column, start, np.arange(len(start)))
    size = int(np.diff(start, append=len(column)).max())
    power = 2.0 ** (frexp(most)[1] + (size + 2).bit_length())
    leading = column + power
    leading -= power
    top: Floats = np.add.reduceat(leading, start)
    np.subtract(column, leading, out=leading)
    rest: Floats = np.add.reduceat(leading, start)
    total = top + rest
    part = total - top
    beyond = (top - (total - part)) + (rest - part)  # top + rest = total + beyond, exactly
    error = (
        power * 2.0**-105 * size * size
    )  # a rest is at most power · 2**-53, and adding them errs by twice less
    doubtful = np.flatnonzero((total + (beyond - error) != total) | (total + (beyond + error) != total))
    total[doubtful] = _sums_one_by_one(column, start, doubtful)
    return total


def _sums_one_by_one(column: Floats, start: Whole, wanted: Whole) -> Floats:
    end = np.append(start[1:], len(column))
    spans = zip(start[wanted].tolist(), end[wanted].tolist(), strict=True)
    return np.array([fsum(column[first:last].tolist()) for first, last in spans], dtype=np.float64)
