"""What the samples say of each problem of two runs, in words and as a table."""

from math import floor
from typing import Any

import numpy as np
import pandas as pd

from backend.comparison.verdicts import UNDETERMINED

LEAST_TIMES = 1.01
"""A smaller lower bound of a ratio of rates says nothing once it is rounded down."""
SAYING = "What the samples say"


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


def headline(problem: str, row: dict[Any, Any], names: tuple[str, str]) -> str:
    """Return what two runs made of a problem that both drew, in a sentence; names: what base and RLVR are called."""
    base, rlvr = names
    solved = f"{base} solves {_c_of_n(row, 'base')}, {rlvr} solves {_c_of_n(row, 'rlvr')}"
    return f"{problem}: {solved}; {row['verdict']}"


def _times(bound: float) -> str:
    """A lower bound, rounded down to three digits at most."""
    scale = 100 if bound < 10 else 10 if bound < 100 else 1
    return f"{floor(bound * scale) / scale:,.{len(str(scale)) - 1}f}"


def verdict_table(rows: pd.DataFrame, level: float, lucky: dict[str, float] | None = None) -> pd.DataFrame:
    """Rows of `verdicts.problem_verdicts` as a table shows them, one row a problem."""
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
    if row["verdict"] != UNDETERMINED:
        return None
    wanted = row["more_samples"]
    if pd.isna(wanted):
        return "over 1,000,000"
    digits = max(len(str(int(wanted))) - 2, 0)
    return f"about {round(int(wanted), -digits):,}"
