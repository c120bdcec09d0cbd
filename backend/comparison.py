"""Runs set side by side, problem by problem: curves, solved sets, where the curves cross, and the finding in words."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.estimators import pass_at_k
from backend.intervals import population_interval

SETS = ("both", "base_only", "rlvr_only", "neither", "not_compared")
ROUNDING = 1e-12
"""A difference between means of pass@k below this is rounding."""
SETTINGS = {
    "temperature": "Temperature",
    "top_p": "Top-p",
    "max_tokens": "Max tokens",
    "n": "Samples a problem",
    "verifier": "Verifier",
    "prompt_template": "Prompt",
}


def k_grid(n: int) -> list[int]:
    """Return the budgets at which curves are computed: quarter octaves from 1 as in the paper's figures, and n."""
    points = {int(2 ** (i / 4)) for i in range(4 * max(n, 1).bit_length() + 1)}
    return sorted({k for k in points if k <= n} | {n}) if n >= 1 else []


def smallest_n(counts: pd.DataFrame) -> int:
    """Return the largest k for which every scored problem has samples; 0 where no problem is scored."""
    scored = counts["n"][counts["n"] > 0]
    return int(scored.min()) if len(scored) else 0


def curve(counts: pd.DataFrame, ks: Sequence[int]) -> pd.DataFrame:
    """Return the pass@k curve of one run over its problems.

    counts: one row a problem, columns n and c. The result has one row a k: k, pass_at_k, low, high, problems, the
    last being how many problems have k samples. pass_at_k is NaN where that is not every scored problem, since the
    mean would silently be over other problems; problems without scored samples are missing, not failed.
    """
    scored = counts[counts["n"] > 0]
    budgets = np.asarray(ks, dtype=np.int64)
    mean, low, high = population_interval(pass_at_k(scored["n"], scored["c"], budgets))
    behind = (scored["n"].to_numpy()[:, None] >= budgets).sum(axis=0)
    return pd.DataFrame({"k": budgets, "pass_at_k": mean, "low": low, "high": high, "problems": behind})


def solved_sets(counts_base: pd.DataFrame, counts_rlvr: pd.DataFrame) -> dict[str, list[str]]:
    """Sort the problems of two runs by who solved them at least once.

    counts: one row a problem, columns problem, n and c. A problem that one of the runs has no scored sample of is
    `not_compared`. Returns problem ids by set, in the order of SETS, each in the order of the counts.
    """
    order = list(dict.fromkeys([*counts_base["problem"], *counts_rlvr["problem"]]))
    both = counts_base.merge(counts_rlvr, on="problem", how="outer", suffixes=("_base", "_rlvr"))
    both = both.fillna({"n_base": 0, "n_rlvr": 0}).set_index("problem").loc[order].reset_index()
    compared = (both["n_base"] > 0) & (both["n_rlvr"] > 0)
    base, rlvr = both["c_base"] > 0, both["c_rlvr"] > 0
    masks = (base & rlvr, base & ~rlvr, ~base & rlvr, ~base & ~rlvr)
    sets = {name: both["problem"][compared & mask].tolist() for name, mask in zip(SETS, masks, strict=False)}
    return {**sets, "not_compared": both["problem"][~compared].tolist()}


def compared_counts(counts_base: pd.DataFrame, counts_rlvr: pd.DataFrame) -> pd.DataFrame:
    """Return the problems that both runs have scored samples of: problem, n_base, c_base, n_rlvr, c_rlvr."""
    both = counts_base.merge(counts_rlvr, on="problem", suffixes=("_base", "_rlvr"))
    both = both[(both["n_base"] > 0) & (both["n_rlvr"] > 0)]
    return both[["problem", "n_base", "c_base", "n_rlvr", "c_rlvr"]].reset_index(drop=True)


def shared_problems(counts: Iterable[pd.DataFrame]) -> set[str]:
    """Return the problems that every one of these runs has scored samples of."""
    each = [set(frame["problem"][frame["n"] > 0]) for frame in counts]
    return set.intersection(*each) if each else set()


def difference(counts_base: pd.DataFrame, counts_rlvr: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return base − RLVR in pass@k over their shared problems, at the budgets of `fine_grid` up to the smallest n."""
    return _budgets_and_gap(counts_base, counts_rlvr)[1]


def _budgets_and_gap(
    counts_base: pd.DataFrame, counts_rlvr: pd.DataFrame
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    both = compared_counts(counts_base, counts_rlvr)
    if both.empty:
        return np.empty(0, dtype=np.int64), np.empty(0)
    ks = fine_grid(int(both[["n_base", "n_rlvr"]].to_numpy().min()))
    base = _mean_over_problems(both["n_base"], both["c_base"], ks)
    gap = base - _mean_over_problems(both["n_rlvr"], both["c_rlvr"], ks)
    return ks, np.where(np.abs(gap) < ROUNDING, 0.0, gap)


def fine_grid(n: int) -> npt.NDArray[np.int64]:
    """Return the budgets at which two curves are held against each other: all up to 1,024, then 64 an octave, and n."""
    beyond = 1024 * 2 ** (np.arange(1, 64 * max(1, n.bit_length() - 10) + 1) / 64)
    ks = np.unique(np.concatenate([np.arange(1, min(n, 1024) + 1), beyond[beyond < n].astype(np.int64), [n]]))
    return np.asarray(ks)


def _mean_over_problems(n: pd.Series, c: pd.Series, ks: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Average over problems, each distinct (n, c) computed once."""
    states, weight = np.unique(np.stack([n.to_numpy(), c.to_numpy()]), axis=1, return_counts=True)
    return np.asarray(weight @ pass_at_k(states[0], states[1], ks) / weight.sum())


def crossover(counts_base: pd.DataFrame, counts_rlvr: pd.DataFrame) -> float | None:
    """Return the k at which base first rises above RLVR after RLVR led, interpolated in log₂ k; None: it does not."""
    return _crossing(*_budgets_and_gap(counts_base, counts_rlvr))


def _crossing(ks: npt.NDArray[np.int64], gap: npt.NDArray[np.float64]) -> float | None:
    led = np.maximum.accumulate(gap < 0)
    above = np.flatnonzero((gap > 0) & led)
    if not above.size:
        return None
    after = int(above[0])
    before, now = gap[after - 1], gap[after]
    logs = np.log2(ks[after - 1 : after + 1])
    return float(2 ** (logs[0] + (logs[1] - logs[0]) * (-before / (now - before))))


def finding(base_name: str, rlvr_name: str, counts_base: pd.DataFrame, counts_rlvr: pd.DataFrame) -> str:
    """Say in one sentence what the two curves show, whichever way they fall."""
    ks, gap = _budgets_and_gap(counts_base, counts_rlvr)
    if not gap.size:
        return f"{base_name} and {rlvr_name} have no scored problem in common."
    crossing, last = _crossing(ks, gap), int(ks[-1])
    first_word, last_word = _leader(gap[0], base_name, rlvr_name), _leader(gap[-1], base_name, rlvr_name)
    if last == 1:
        return f"{first_word} at k = 1." if gap[0] else f"{base_name} and {rlvr_name} are equal at k = 1."
    if crossing is not None and gap[0] < 0 < gap[-1]:
        return f"{rlvr_name} leads at k = 1, {base_name} overtakes it at k ≈ {_rounded(crossing)}."
    if gap[0] * gap[-1] < 0:
        return f"{first_word} at k = 1, {last_word} at k = {last:,}."
    if gap[0] and gap[-1]:
        return f"{first_word} at k = 1 and still at k = {last:,}."
    if gap[0]:
        return f"{first_word} at k = 1; at k = {last:,} the two are equal."
    if gap[-1]:
        return f"The two are equal at k = 1; {last_word} at k = {last:,}."
    return f"{base_name} and {rlvr_name} are equal at k = 1 and at k = {last:,}."


def _leader(gap: float, base_name: str, rlvr_name: str) -> str:
    return f"{base_name if gap > 0 else rlvr_name} leads"


def _rounded(k: float) -> str:
    return f"{k:.1f}" if k < 10 else f"{k:,.0f}"


def settings_that_differ(runs: pd.DataFrame) -> list[str]:
    """Say, one sentence a setting, in what runs differ besides the model; such curves are not like for like.

    runs: one row a run, with name, n_min, n_max and the columns of SETTINGS.
    """
    frame = runs.assign(n=[_n_in_words(low, high) for low, high in zip(runs["n_min"], runs["n_max"], strict=True)])
    sentences = []
    for column, word in SETTINGS.items():
        values = [_value_in_words(v) for v in frame[column]]
        if len(set(values)) > 1:
            told = "; ".join(f"{value}: {', '.join(names)}" for value, names in _grouped(values, frame["name"]).items())
            sentences.append(f"{word} differs: {told}.")
    return sentences


def _grouped(values: list[str], names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for value, name in zip(values, names, strict=True):
        groups.setdefault(value, []).append(name)
    return groups


def _n_in_words(low: float | None, high: float) -> str:
    if low is None or pd.isna(low):
        return "none"
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _value_in_words(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return "not said"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def curves(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the pass@k curves of several runs over the problems that all of them have scored samples of.

    counts: one row a run and problem (run, problem, n, c). One row of the result is one point: run, part, k, pass_at_k,
    low, high, problems, n_min, n_max (fewest and most samples a problem). The part `all` ends at the run's smallest n;
    where some problems have more samples, the part `subset` goes on over those with the largest n, a fixed set, and
    says how many they are.
    """
    each = {str(run): frame for run, frame in counts.groupby("run", sort=False)}
    shared = shared_problems(each.values())
    kept = {run: frame[frame["problem"].isin(shared)] for run, frame in each.items()}
    ends = {smallest_n(frame) for frame in kept.values()}
    parts = [part for run, frame in kept.items() for part in _parts(run, frame, ends)]
    columns = ["run", "part", "k", "pass_at_k", "low", "high", "problems", "n_min", "n_max"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _parts(run: str, counts: pd.DataFrame, ends: set[int]) -> list[pd.DataFrame]:
    """One run's curve; `ends` are the k at which some run's curve ends: all need a point where they are compared."""
    smallest = smallest_n(counts)
    if not smallest:
        return []
    largest = int(counts["n"].max())
    budgets = sorted({*k_grid(smallest), *(k for k in ends if 0 < k <= smallest)})
    whole = curve(counts, budgets).assign(run=run, part="all", n_min=smallest, n_max=largest)
    if largest == smallest:
        return [whole]
    beyond = [k for k in k_grid(largest) if k >= smallest]
    full = counts[counts["n"] == largest]
    return [whole, curve(full, beyond).assign(run=run, part="subset", n_min=largest, n_max=largest)]


def curve_ends(points: pd.DataFrame) -> pd.DataFrame:
    """Return one row a run of `curves`: run, pass_at_1, k_max (of this run), pass_at_k_max, k_common, pass_at_k_common.

    k_common is the largest k that every run reaches; at it the runs can be compared.
    """
    known = points[(points["part"] == "all") & points["pass_at_k"].notna()]
    last = known.groupby("run", sort=False).tail(1).set_index("run")
    common = int(last["k"].min()) if len(last) else 0
    at = {k: known[known["k"] == k].set_index("run")["pass_at_k"] for k in (1, common)}
    ends = pd.DataFrame({"pass_at_1": at[1], "k_max": last["k"], "pass_at_k_max": last["pass_at_k"]}, index=last.index)
    return ends.assign(k_common=common, pass_at_k_common=at[common]).reset_index()
