"""The list of compared problems: which of them, in which order, and what each row says; no drawing."""

import pandas as pd

from pages.shared.evidence import SLUGS

ORDERS: dict[str, tuple[str, bool]] = {
    "problem": ("place", True),
    "evidence": ("p", True),
    "base_ahead": ("probability", False),
    "rlvr_ahead": ("probability", True),
    "difference": ("apart", False),
    "more_samples": ("wanted", True),
    "c_base": ("c_base", False),
    "c_rlvr": ("c_rlvr", False),
    "level": ("level", True),
    "topic": ("topic", True),
}
"""By which column each order sorts, and whether it rises."""


def listed(problems: pd.DataFrame, verdicts: pd.DataFrame, solved: str | None, cell: str | None) -> pd.DataFrame:
    """The problems of a set and of a bin or pair of bins, with what is said of them; one row a problem.

    cell: `base-3`, `rlvr-0`, or `3-5` for base's and RLVR's bin.
    """
    columns = ["problem", *(name for name in verdicts if name not in problems)]
    rows = problems.merge(verdicts[columns], on="problem", how="left").assign(place=range(len(problems)))
    rows = rows if solved is None else rows[rows["solved"] == solved]
    if cell is None:
        return rows
    first, _, second = cell.partition("-")
    if first in ("base", "rlvr"):
        return rows[rows[f"{first}_bin"] == int(second)]
    return rows[(rows["base_bin"] == int(first)) & (rows["rlvr_bin"] == int(second))]


def sizes(rows: pd.DataFrame) -> dict[str, int]:
    """How many problems have each verdict, by the name the link has for it."""
    return {slug: int((rows["verdict"] == verdict).sum()) for slug, verdict in SLUGS.items()}


def page(rows: pd.DataFrame, favour: str | None, sort: str, size: int, offset: int) -> tuple[pd.DataFrame, int]:
    """A page of the rows with a verdict, in an order; and how many there are in all."""
    kept = rows if favour is None else rows[rows["verdict"] == SLUGS[favour]]
    column, rising = ORDERS[sort]
    keys = kept.assign(apart=kept["difference"].abs(), wanted=_wanted(kept))
    keys = keys.sort_values([column, "place"], ascending=[rising, True], na_position="last", kind="stable")
    return kept.loc[keys.index[offset : offset + size]], len(kept)


def _wanted(rows: pd.DataFrame) -> pd.Series:
    """More samples of the undetermined; the others come last."""
    wanted = rows["more_samples"].astype("Float64").astype(float)
    return wanted.where(rows["verdict"] == SLUGS["undetermined"])
