"""The solved table of two runs at one budget, with what a rerun would lose: its numbers, and the sentences on them."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from backend.comparison import boundary
from backend.comparison.counts import compared_counts, solved_sets
from backend.comparison.words import counted

CELLS = {"both": "both solve", "base_only": "only base solves", "rlvr_only": "only RLVR solves", "neither": "neither"}


def boundary_found(base: pd.DataFrame, rlvr: pd.DataFrame, m: int, *, level: float = 0.95) -> dict[str, Any]:
    """Return the 2×2 at m with intervals, the rerun nulls (NaN beyond half of n), and the sets over all samples.

    base, rlvr: the counts of each run, one row a problem: problem, n, c.
    """
    counts = compared_counts(base, rlvr)
    found = boundary.solved_table(counts, m)
    return {
        **asdict(found),
        **{name: getattr(found, name) for name in boundary.RATES},
        "intervals": boundary.table_intervals(counts, m, level=level),
        "null": {side: boundary.self_null(counts[f"n_{side}"], counts[f"c_{side}"], m) for side in ("base", "rlvr")},
        "seen": {name: len(problems) for name, problems in solved_sets(base, rlvr).items()},
        "mcnemar": boundary.mcnemar_of_sets(counts),
        "difference": boundary.difference_of_sets(counts, level),
        "problems": len(counts),
    }


def headline(found: dict[str, Any]) -> str:
    """What RLVR loses at m, and what a rerun of base would, in one sentence."""
    if not found["problems"]:
        return "The two runs have no scored problem in common"
    lost = f"With {counted(found['m'], 'sample')} a problem RLVR loses {found['base_only']:,.1f} problems"
    null = found["null"]["base"]
    return f"{lost}; a rerun of base would lose {null:,.1f}" if null == null else lost


def other_way(found: dict[str, Any]) -> str:
    """The other direction in one sentence; or why no rerun can be judged."""
    gained, null = found["rlvr_only"], found["null"]["rlvr"]
    if null != null:
        return (
            f"RLVR gains {gained:,.1f}. What a rerun would lose can be told up to half of the samples a problem only: "
            "pick a smaller m to see it."
        )
    return f"RLVR gains {gained:,.1f} that base does not solve; a rerun of RLVR would show {null:,.1f} such problems."


def boundary_cells(found: dict[str, Any]) -> pd.DataFrame:
    """One row a cell of the 2×2, as `figures.boundary_figure` wants it."""
    rows = []
    for name, label in CELLS.items():
        low, high = found["intervals"][name]
        ends = "" if np.isnan(low) else f"[{low:,.1f}, {high:,.1f}]<br>"
        share = found[name] / found["problems"] if found["problems"] else 0.0
        note = f"{ends}with all samples: {found['seen'][name]:,}"
        null = found["null"].get({"base_only": "base", "rlvr_only": "rlvr"}.get(name, ""), np.nan)
        label = label if np.isnan(null) else f"{label} · a rerun: {null:,.1f}"
        rows.append({"solved": name, "label": label, "size": found[name], "share": share, "note": note})
    return pd.DataFrame(rows)


RATE_WORDS = {"srr": "SRR, retained", "ndr": "NDR, new", "sds": "SDS, both", "nscr": "NSCR, net"}


def rate_rows(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, value and interval of each rate of the table, and of the tests over all samples, in words."""
    rows = [(words, _share(found[name]), _ends(found["intervals"][name])) for name, words in RATE_WORDS.items()]
    apart, low, high = found["difference"]
    return [
        *rows,
        ("Base − RLVR, all n", _share(apart), _ends((low, high))),
        ("McNemar's p, all n", f"{found['mcnemar']:.2g}", ""),
    ]


def _share(value: float) -> str:
    return "–" if np.isnan(value) else f"{100 * value:,.1f} %".replace("-", "−")


def _ends(ends: tuple[float, float]) -> str:
    return "–" if np.isnan(ends[0]) else f"[{100 * ends[0]:,.1f}, {100 * ends[1]:,.1f}] %".replace("-", "−")


def rerun_in_words(counts: pd.DataFrame) -> str:
    """What RLVR lost and gained at half the smallest n, beside what a rerun of either would; empty where n is 1."""
    m = boundary.rerun_budget(counts)
    if not m:
        return ""
    table = boundary.solved_table(counts, m)
    lost, gained = (boundary.self_null(counts[f"n_{side}"], counts[f"c_{side}"], m) for side in ("base", "rlvr"))
    return (
        f"With {counted(m, 'sample')} a problem, RLVR would miss {table.base_only:,.1f} problems that base solves; "
        f"a rerun of base would miss {lost:,.1f}. Base would miss {table.rlvr_only:,.1f} that RLVR solves; "
        f"a rerun of RLVR would miss {gained:,.1f}."
    )
