"""What two curves show, in words; and in what runs differ besides the model."""

from collections.abc import Iterable

import pandas as pd

from backend.comparison.crossing import Floats, Integers, first_crossing, mean_difference, resampled_crossing
from backend.comparison.difference import differences
from backend.statistics.bootstrap import SEED, difference_interval

SETTINGS = {
    "temperature": "Temperature",
    "top_p": "Top-p",
    "max_tokens": "Max tokens",
    "n": "Samples a problem",
    "verifier": "Verifier",
    "prompt_template": "Prompt",
}


def finding(base_name: str, rlvr_name: str, counts: pd.DataFrame, *, level: float = 0.95, seed: int = SEED) -> str:
    """Say in one sentence what the two curves show over their compared problems, whichever way they fall.

    Of a lead whose interval holds 0 it says so.
    """
    ks, gap = mean_difference(counts)
    said = _seen(base_name, rlvr_name, counts, ks, gap, level, seed)
    unsure = _not_shown(counts, ks, gap, level) if gap.size else []
    return f"{said[:-1]}; the interval holds 0 at k = {' and '.join(f'{k:,}' for k in unsure)}." if unsure else said


def _not_shown(counts: pd.DataFrame, ks: Integers, gap: Floats, level: float) -> list[int]:
    """The ends of the curves at which one leads and the interval of the difference holds 0."""
    ends = sorted({int(ks[0]), int(ks[-1])})
    low, high = difference_interval(differences(counts, ends), level)
    leads = [gap[0] != 0, gap[-1] != 0][-len(ends) :]
    return [k for k, lead, at, to in zip(ends, leads, low, high, strict=True) if lead and at <= 0 <= to]


def _seen(
    base_name: str, rlvr_name: str, counts: pd.DataFrame, ks: Integers, gap: Floats, level: float, seed: int
) -> str:
    """What the curves themselves show."""
    if not gap.size:
        return f"{base_name} and {rlvr_name} have no scored problem in common."
    last = int(ks[-1])
    first_word, last_word = _leader(gap[0], base_name, rlvr_name), _leader(gap[-1], base_name, rlvr_name)
    if last == 1:
        return f"{first_word} at k = 1." if gap[0] else f"{base_name} and {rlvr_name} are equal at k = 1."
    if gap[0] < 0 < gap[-1]:
        crossing = _crossing(ks, gap, resampled_crossing(counts, level=level, seed=seed))
        return f"{rlvr_name} leads at k = 1, {base_name} overtakes it at {crossing}."
    if gap[0] * gap[-1] < 0:
        return f"{first_word} at k = 1, {last_word} at k = {last:,}."
    if gap[0] and gap[-1]:
        return f"{first_word} at k = 1 and still at k = {last:,}."
    if gap[0]:
        return f"{first_word} at k = 1; at k = {last:,} the two are equal."
    if gap[-1]:
        return f"The two are equal at k = 1; {last_word} at k = {last:,}."
    return f"{base_name} and {rlvr_name} are equal at k = 1 and at k = {last:,}."


OFTEN_NONE = 0.05


def _crossing(ks: Integers, gap: Floats, resampled: tuple[float | None, float | None, float | None]) -> str:
    """The crossover with its interval, `k ≈ 14 [9, 26]`, or with how often resamples have none."""
    low, high, none = resampled
    said = f"k ≈ {rounded_k(first_crossing(ks, gap[None, :])[0])}"
    if none is not None and none > OFTEN_NONE:
        return f"{said} ({none:.0%} of resamples do not cross)".replace("%", " %")
    if low is None or high is None:
        return said
    return f"{said} [{rounded_k(low)}, {rounded_k(high)}]"


def _leader(gap: float, base_name: str, rlvr_name: str) -> str:
    return f"{base_name if gap > 0 else rlvr_name} leads"


def rounded_k(k: float) -> str:
    """A budget that lies between whole ones, in as many digits as mean something."""
    return f"{k:.1f}" if k < 10 else f"{k:,.0f}"


def labels_of(runs: pd.DataFrame) -> dict[str, str]:
    """Return what to call runs: by the model alone where that tells them apart and begins their names.

    runs: one row a run, with run, name and model.
    """
    by_model = runs["model"].is_unique and all(
        name.startswith(model) for name, model in zip(runs["name"], runs["model"], strict=True)
    )
    return dict(zip(runs["run"].astype(str), runs["model" if by_model else "name"].astype(str), strict=True))


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
