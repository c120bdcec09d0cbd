"""Perplexities in words: what the four numbers say of a base model and its RLVR model, as Figure 6 reads them."""

from typing import Any

import pandas as pd

from pages.shared.texts import counted

LEVEL = 0.05
COLUMNS = {
    ("base", "base"): "Base reads base's",
    ("base", "rlvr"): "Base reads RLVR's",
    ("rlvr", "base"): "RLVR reads base's",
    ("rlvr", "rlvr"): "RLVR reads RLVR's",
}


def _held(contrast: dict[str, Any]) -> str:
    """How many times as perplexed, and how surely that is not 1."""
    p = contrast["p"]
    said = "" if p is None else "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
    return f"{contrast['ratio']:,.3g} times ({said}, {counted(contrast['problems'], 'problem')})"


def headline(found: dict[str, Any]) -> str:
    """What Figure 6 of the paper asks: whether RLVR's samples are as likely under base as base's own."""
    first = found["contrasts"][0]
    if not first["problems"]:
        return "Whether base would write RLVR's samples is not known yet"
    ratio, sure = first["ratio"], first["p"] is not None and first["p"] < LEVEL
    if not sure:
        return "Base finds RLVR's samples about as likely as its own"
    return f"Base finds RLVR's samples {'more' if ratio < 1 else 'less'} likely than its own"


def readings(found: dict[str, Any]) -> list[str]:
    """One sentence a contrast that is known: the ratio, how sure it is, and what it means."""
    base, away, own = found["contrasts"]
    said = []
    if base["problems"]:
        means = (
            "it would write such texts itself, which the paper reads as sharpening"
            if base["ratio"] < 1 or base["p"] >= LEVEL
            else "some of what RLVR writes is farther from base than base's own texts are"
        )
        said.append(f"RLVR's samples perplex base {_held(base)} as much as base's own: {means}.")
    if away["problems"]:
        means = (
            "RLVR has turned away from them" if away["ratio"] > 1 and away["p"] < LEVEL else "RLVR still writes them"
        )
        said.append(f"Base's samples perplex RLVR {_held(away)} as much as they perplex base: {means}.")
    if own["problems"]:
        means = "RLVR is surer of them" if own["ratio"] < 1 and own["p"] < LEVEL else "RLVR is no surer of them"
        said.append(f"RLVR's samples perplex RLVR {_held(own)} as much as they perplex base: {means}.")
    return said


def by_problem(found: dict[str, Any]) -> pd.DataFrame:
    """One row a problem: its id and the perplexity of each combination, NaN where it was not scored."""
    frame = pd.DataFrame(found["problems"])
    wide = frame.pivot(index="problem", columns=["reads", "wrote"], values="perplexity")
    shown = pd.DataFrame({"Problem": wide.index})
    for pair, name in COLUMNS.items():
        shown[name] = wide[pair].to_numpy() if pair in wide.columns else float("nan")
    return shown


def with_means(found: dict[str, Any]) -> pd.DataFrame:
    """One row a problem and combination, each with the combination's mean over the benchmark."""
    frame = pd.DataFrame(found["problems"])
    means = [found["perplexity"][f"PPL_{reads}(Y_{wrote})"] for reads, wrote in zip(frame["reads"], frame["wrote"],
                                                                                   strict=True)]  # fmt: skip
    return frame.assign(mean=means)


def blocked_in_words(found: dict[str, Any]) -> str:
    """How many correct samples a sampler could never draw."""
    open_ = sum(path["blocked"] is None for path in found["paths"])
    unsure = f"; of {open_:,} it cannot be told" if open_ else ""
    return (
        f"{found['blocked']:,} of {counted(found['samples'], 'correct sample')} could never be drawn at top-p "
        f"{found['top_p']:g}{unsure}."
    )
