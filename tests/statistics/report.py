"""What a simulation measured, what it should have measured, and how both are printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ERRORS = 4.0
"""Standard errors of the simulation by which a stated bound may be missed before it counts as broken."""
FEWEST_ROUNDS = 30
"""A share of fewer rounds than this says nothing."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured number, with the bounds that were stated for it."""

    table: str
    case: str
    column: str
    value: float
    least: float = -np.inf
    most: float = np.inf
    slack: float = 0.0
    """By how much chance may carry the value past a bound."""

    @property
    def broken(self) -> bool:
        """Whether a bound is missed beyond what chance explains."""
        return self.value < self.least - self.slack or self.value > self.most + self.slack


def shares(
    table: str, case: str, columns: Sequence[str], hits: Floats, *, least: npt.ArrayLike = -np.inf, most: float = np.inf
) -> list[Row]:
    """Return one row a column: the share of rounds with a hit. hits: shape (rounds, columns); NaN: no claim made.

    least: one bound, or one a column.
    """
    rows = []
    for column, values, low in zip(columns, hits.T, np.broadcast_to(least, len(columns)).tolist(), strict=True):
        known = values[~np.isnan(values)]
        if known.size < FEWEST_ROUNDS:
            continue
        bound = low if np.isfinite(low) else most
        slack = ERRORS * float(np.sqrt(bound * (1 - bound) / known.size)) if np.isfinite(bound) else 0.0
        rows.append(
            Row(table=table, case=case, column=column, value=float(known.mean()), least=low, most=most, slack=slack)
        )
    return rows


RARE = 0.8
"""The least coverage stated where less than one problem is expected to differ from the others: Wilson's interval has it
there too, since one such problem in P excludes rates below about 0.18 / P."""


def unless_rare(least: float, expected: npt.ArrayLike) -> Floats:
    """Return the least coverage, or `RARE` where fewer than one problem in all is expected to tell anything."""
    return np.where(np.asarray(expected) < 1, min(least, RARE), least)


def bias(table: str, case: str, column: str, errors: Floats) -> Row:
    """Return how many standard errors the mean of `errors` lies from 0; beyond four the estimate is biased."""
    known = errors[~np.isnan(errors)]
    spread = float(known.std(ddof=1) / np.sqrt(known.size)) if known.size > 1 else 0.0
    return Row(table=table, case=case, column=column, value=float(known.mean()) / spread if spread else 0.0,
               least=-4.0, most=4.0)  # fmt: skip


def means(table: str, case: str, columns: Sequence[str], values: Floats) -> list[Row]:
    """Return one row a column: the mean, for which nothing is stated."""
    return [
        Row(table=table, case=case, column=column, value=float(np.nanmean(each)))
        for column, each in zip(columns, values.T, strict=True)
        if not np.isnan(each).all()
    ]


def printed(rows: Iterable[Row]) -> str:
    """Return one table as text: a line a case, a column a number; `!` marks what is broken."""
    kept = list(rows)
    columns = list(dict.fromkeys(row.column for row in kept))
    by_case: dict[str, dict[str, Row]] = {}
    for row in kept:
        by_case.setdefault(row.case, {})[row.column] = row
    wide = max(len(case) for case in by_case)
    size = [max(len(column), 7) for column in columns]
    lines = [f"  {'':{wide}}  " + "  ".join(f"{c:>{w}}" for c, w in zip(columns, size, strict=True))]
    for case, found in by_case.items():
        cells = [_cell(found.get(column)) for column in columns]
        lines.append(f"  {case:{wide}}  " + "  ".join(f"{c:>{w}}" for c, w in zip(cells, size, strict=True)))
    return "\n".join([f"{kept[0].table}{_bounds(kept)}", *lines])


def _cell(row: Row | None) -> str:
    return "–" if row is None else f"{row.value:.3f}{'!' if row.broken else ' '}"


def _bounds(rows: Sequence[Row]) -> str:
    """The stated bounds, and the range that was measured."""
    values = [row.value for row in rows]
    least, most = (
        [b for b in bounds if np.isfinite(b)] for bounds in zip(*((r.least, r.most) for r in rows), strict=True)
    )
    stated = [f"at least {max(least):g}"] if least else []
    stated += [f"at most {max(most):g}"] if most else []
    said = f" (stated: {' and '.join(stated)})" if stated else ""
    return f"{said}: {min(values):.3f} to {max(values):.3f}, median {np.median(values):.3f}"
