"""What is said of a sample tree, in words: its finding, its evidence, each of its nodes; nothing is drawn here."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, isnan, log10
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.comparison.words import counted
from backend.statistics.intervals import draws_needed
from backend.trees.evidence import BLOCKED, LabelNull

Integers = npt.NDArray[np.int64]

LEVELS = {
    "exact": "Exact text",
    "normalised": "Normalised text",
    "state": "Same state",
    "semantic": "Same meaning",
    "answer": "Answers only",
}
LABEL_LETTERS, HOVER_WIDTH, PARTING_LETTERS = 240, 64, 70
CLOSED = "the others' samplers never draw there"
SIGNS = {"seen": "◇ seen", "supported": "◈ supported", "epsilon": "◆ below ε", "blocked": "⊠ blocked"}


def label(text: str) -> str:
    """How a step begins, on one line and without bold type's stars; a dot where its lines end."""
    lines = (" ".join(line.replace("**", "").split()) for line in text.splitlines())
    said = " · ".join(line for line in lines if line)
    return said if len(said) <= LABEL_LETTERS else f"{said[:LABEL_LETTERS]} …"


def chance(p: float) -> str:
    """A p-value as it is said."""
    return f"p = {p:.2g}" if p >= 1e-4 else "p < 0.0001"


def expected(null: LabelNull) -> str:
    """How many paths chance would have left a run, to about two digits."""
    if null.expected >= 100:
        return f"{null.expected:,.0f}"
    return f"{null.expected:.2g}" if null.expected >= 0.01 or not null.expected else "under 0.01"


def headline(nulls: Sequence[LabelNull], names: Mapping[str, str], classes: int) -> str:
    """The finding: how many correct paths only the first run took, and how many chance alone would have left it."""
    first = nulls[0]
    if not classes:
        return "No sample is correct: there is no correct path"
    if isnan(first.expected):
        return f"{counted(classes, 'correct path')}; with the samples of one run alone there is nothing to compare"
    seen = f"{counted(first.seen_only, 'correct path')} seen only in {names[first.run]}"
    return f"{seen}; {expected(first)} expected if the models were the same ({chance(first.p)})"


def other_way(nulls: Sequence[LabelNull], names: Mapping[str, str], classes: int) -> list[str]:
    """The same of every other run, a sentence each."""
    return [
        f"{counted(null.seen_only, 'correct path')} seen only in {names[null.run]}; {expected(null)} expected "
        f"({chance(null.p)})."
        for null in nulls[1:]
        if classes and not isnan(null.expected)
    ]


def evidence_in_words(said: pd.DataFrame, n: Integers, q: float, epsilon: float, split_half: bool) -> str:
    """How far the claims of single paths go, over all runs."""
    sole = said[said["only"] >= 0]
    if sole.empty:
        return ""
    supported = (sole["q"] <= q).to_numpy()
    sure, below = int(supported.sum()), int((supported & (sole["upper"] < epsilon).to_numpy()).sum())
    halves = " on the half of the samples in which they were not found" if split_half else ""
    how_many = {0: "none is", 1: "1 is"}.get(sure, f"{sure:,} are")
    seen = counted(len(sole), "correct path")
    head = f"Of {seen} seen in one run alone {how_many} supported by a test{halves} (q ≤ {q:g})"
    return f"{head}{_below_in_words(below, n, epsilon)}{_blocked_in_words(int((sole['evidence'] == BLOCKED).sum()))}"


def _below_in_words(below: int, n: Integers, epsilon: float) -> str:
    """Of how many paths the others' share is below ε; of none, whether the samples could have shown it."""
    needed, most, share = draws_needed(epsilon), int(n.max()), in_fractions(epsilon)
    if below:
        return f", and of {below:,} the others' share is below ε = {share} (95 %)."
    if most >= needed:
        return f"; of none is the others' share shown to be below ε = {share}."
    far = f"takes {needed:,} samples without a hit, and no run has over {most:,}"
    return f"; to show a share below ε = {share} {far}."


def _blocked_in_words(blocked: int) -> str:
    """How many paths the others' samplers close, where samples were read token by token."""
    if not blocked:
        return ""
    return f" {blocked:,} {'is' if blocked == 1 else 'are'} blocked: each text of theirs holds a token that {CLOSED}."


def in_fractions(epsilon: float) -> str:
    """ε as a fraction where it is one."""
    return f"1/{round(1 / epsilon):,}" if abs(round(1 / epsilon) * epsilon - 1) < 1e-9 else f"{epsilon:g}"


def share_in_words(share: float) -> str:
    """A share as a percentage, to a tenth of a point, small ones to two digits."""
    return f"{100 * share:.1f}" if share >= 0.1 or not share else f"{100 * share:.2g}"


def bound_in_words(share: float) -> str:
    """An upper bound of a share as a percentage of three digits, rounded up: a bound is never said to be lower."""
    if not 0 < share < 1:
        return f"{100 * share:g}"
    digits = 2 - floor(log10(100 * share))
    return f"{ceil(100 * share * 10**digits - 1e-9) / 10**digits:.3g}"


def ratio_in_words(ratio: float) -> str:
    """A lower bound of a ratio, rounded down."""
    return f"{floor(10 * ratio + 1e-9) / 10:,.1f}"


def hover(row: Mapping[Any, Any], counts: Sequence[Mapping[str, float]], names: Sequence[str]) -> list[str]:
    """What is known of an item, line by line: its text, each run's counts, its evidence.

    counts: of each run x, y, n, `quantities.node_quantities` of the item, and unseen.
    """
    if row["stub"]:
        branches = row["branches"]
        head = [f"{branches:,} {'branch' if branches == 1 else 'branches'} folded; click to open them"]
    else:
        head = wrap(str(row["label"]), HOVER_WIDTH)
    answer = f", answer {row['answer'][:60]}" if row["answer"] else ""
    ends = [f"ends: {row['verdict'].replace('_', ' ')}{answer}"] if row["verdict"] else []
    said = [_of_run(name, known, leaf=row["leaf"]) for name, known in zip(names, counts, strict=True)]
    return [*head, *ends, *said, *_claim(row, names)]


def _of_run(name: str, known: Mapping[str, float], *, leaf: bool) -> str:
    """How many of a run's samples came to an item, and how many of them were correct."""
    said = f"{name}: {known['x']:,.0f} of {known['n']:,.0f} samples{_share(known, 'reach')}"
    if not leaf and known["x"]:
        said += f", {known['y']:,.0f} of them correct{_share(known, 'value')}"
    return said if isnan(known["unseen"]) else f"{said}; {share_in_words(known['unseen'])} % would go a new way"


def _share(known: Mapping[str, float], name: str) -> str:
    if isnan(known[name]):
        return ""
    share, low, high = (share_in_words(max(known[f"{name}{end}"], 0.0)) for end in ("", "_low", "_high"))
    return f" ({share} % [{low}, {high}])"


def _claim(row: Mapping[Any, Any], names: Sequence[str]) -> list[str]:
    """What is claimed of a path that one run alone took."""
    if not row["evidence"]:
        return []
    if isnan(row["p"]):
        return [
            f"{SIGNS[row['evidence']]}: only in {names[int(row['only'])]}; not found in the first half, so not tested"
        ]
    tested = f", q = {row['q']:.2g}" if not isnan(row["q"]) else ", too few samples to be tested"
    said = [f"{SIGNS[row['evidence']]}: only in {names[int(row['only'])]}, p = {row['p']:.2g}{tested}"]
    if row["evidence"] == BLOCKED:
        said.append(f"each text of it holds a token that {CLOSED}")
    if row["ratio_low"] > 1:
        said.append(f"at least {ratio_in_words(row['ratio_low'])} × as often as in the others (95 %)")
    return [*said, f"others' share below {bound_in_words(row['upper'])} % (95 %)"]


def state_in_words(mine: LabelNull, state: LabelNull) -> str:
    """How many paths a run alone took where the order of operands makes no difference; empty where that is not known.

    mine: its null at the level that is shown; state: that at the level state.
    """
    if isnan(mine.expected):
        return ""
    return (
        f"Where steps are one if they leave the same numbers ({LEVELS['state'].lower()}), it is "
        f"{state.seen_only:,} paths, {expected(state)} expected ({chance(state.p)})."
    )


def parting_in_words(names: Sequence[str], fork: float, after: str | None) -> str:
    """Where the first two runs part most; after: the step before, empty where that is folded, None: the first step."""
    if after is None:
        where = "at the first step"
    else:
        where = f"after “{after if len(after) <= PARTING_LETTERS else f'{after[:PARTING_LETTERS]} …'}”"
        where = where if after else "in a folded part"
    return f"{names[0]} and {names[1]} part most {where} (fork score {fork:.2g} of 1)."


def left_out_in_words(left_out: pd.DataFrame, names: Sequence[str]) -> str:
    """Which samples stand nowhere in a tree; empty where all do. left_out: as `build.Tree` has it."""
    kinds = {"error": "errors", "unscored": "not scored", "without_text": "without a text"}
    said = [
        f"{name}: " + ", ".join(f"{row[kind]:,} {words}" for kind, words in kinds.items() if row[kind])
        for name, row in zip(names, left_out.to_dict("records"), strict=True)
        if any(row[kind] for kind in kinds)
    ]
    return f"Not in the tree: {'; '.join(said)}." if said else ""


def subtitle(benchmark: str, problem: str, n: Sequence[int], level: str) -> str:
    """What stands under a tree's finding: where it is from, how many samples a run, how steps are merged."""
    same = f"n = {n[0]:,}" if len(set(n)) == 1 else "n = " + ", ".join(f"{count:,}" for count in n)
    return f"{benchmark} · problem {problem} · {same} samples a run · steps are one if: {LEVELS[level].lower()}"


def walks_in_words(walks: Sequence[tuple[str, int]], names: Mapping[str, str]) -> str:
    """Which samples' walks light up; empty for none. walks: run (key) and sample_index of each; names: by key."""
    return f"lit: {', '.join(f'sample {index:,} of {names[run]}' for run, index in walks)}" if walks else ""


def shown_in_words(shown: str, names: Mapping[str, str]) -> str:
    """Which paths are drawn; empty for all. shown: as `describing.drawn` takes it; names: of runs, by key."""
    if shown in names:
        return f"correct paths seen only in {names[shown]}"
    return {"correct": "correct paths", "supported": "supported claims"}.get(shown, "")
