"""The list of compared problems: which of them, in which order, and what each row says; no drawing."""

from math import floor
from typing import Any

import numpy as np
import pandas as pd

from pages.shared.evidence import SLUGS

LEAST_TIMES = 1.01
"""A smaller lower bound of a ratio of rates says nothing once it is rounded down."""
SAYING = "What the samples say"
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


def words(row: dict[Any, Any], level: float) -> str:
    """What the samples say of one problem, in a line."""
    if pd.isna(row["verdict"]):
        return "not drawn by both runs"
    said = []
    if row["ratio_base"] >= LEAST_TIMES:
        said.append(f"base at least {_times(row['ratio_base'])} × as often")
    if row["ratio_rlvr"] >= LEAST_TIMES:
        said.append(f"RLVR at least {_times(row['ratio_rlvr'])} × as often")
    for side, name in (("base", "base"), ("rlvr", "RLVR")):
        if not row[f"c_{side}"]:
            bound = 100 * row[f"upper_{side}"]
            said.append(f"{name}: not solved in {int(row[f'n_{side}']):,}; p < {bound:.2g} % at {100 * level:g} %")
    if row["fragile"]:
        said.append("fragile: rests on 1 or 2 samples")
    return " · ".join(said) or "both solve it"


def _times(bound: float) -> str:
    """A lower bound, rounded down to three digits at most."""
    scale = 100 if bound < 10 else 10 if bound < 100 else 1
    return f"{floor(bound * scale) / scale:,.{len(str(scale)) - 1}f}"


def shown(rows: pd.DataFrame, level: float, lucky: dict[str, float] | None = None) -> pd.DataFrame:
    """A page of rows as the table shows them."""
    records = rows.to_dict("records")
    table = pd.DataFrame(
        {
            "Problem": rows["problem"].tolist(),
            "Base": [_c_of_n(row, "base") for row in records],
            "RLVR": [_c_of_n(row, "rlvr") for row in records],
            "Verdict": rows["verdict"].tolist(),
            "q": [_p(value) for value in rows["q"]],
            SAYING: [words(row, level) for row in records],
            "More samples": [_more(row) for row in records],
            "p": [_p(value) for value in rows["p"]],
            "Base ahead": (100 * rows["probability"]).tolist(),
        }
    )
    if lucky is not None:
        table["Lucky"] = [100 * lucky.get(name, np.nan) for name in table["Problem"]]
    return table


def _c_of_n(row: dict[Any, Any], side: str) -> str:
    n = row[f"n_{side}"]
    return "—" if pd.isna(n) else f"{int(row[f'c_{side}']):,} of {int(n):,}"


def _p(value: Any) -> str | None:
    if pd.isna(value):
        return None
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"


def _more(row: dict[Any, Any]) -> str | None:
    """About how many more samples of each run settle the problem, to two digits."""
    if row["verdict"] != SLUGS["undetermined"]:
        return None
    wanted = row["more_samples"]
    if pd.isna(wanted):
        return "over 1,000,000"
    digits = max(len(str(int(wanted))) - 2, 0)
    return f"about {round(int(wanted), -digits):,}"
