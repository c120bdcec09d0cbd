"""Whether merging merges what it should: pairs of steps merged or nearly merged, and what hangs on the level."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np
import pandas as pd

from backend.records import Problem
from backend.trees.build import DRAWN, Merge, build_tree, grown
from backend.trees.embedding import THRESHOLD, Embed, is_installed, local_model
from backend.trees.evidence import path_classes, sole_run
from backend.trees.merge import Level, levels_of
from backend.trees.walking import Walk

MERGED, NEARLY = "merged", "nearly merged"
THRESHOLDS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
MOST_SIBLINGS = 30
COMPARED = 400
"""Characters of a step that are compared where no model is asked."""


@dataclass
class _Seen:
    """The steps met at each parting: for each way onwards, its texts and how many distinct completions hold them."""

    ways: list[list[Counter[str]]] = field(default_factory=list)

    def __call__(self, groups: list[list[Walk]]) -> None:
        found = [Counter(w.text[w.at : w.next.end] for w in group if w.next is not None) for group in groups]
        if len(found) > 1 or any(len(texts) > 1 for texts in found):
            self.ways.append(found)


def merge_audit(
    samples: pd.DataFrame,
    problem: Problem,
    level: Level,
    *,
    pairs: int = 10,
    seed: int = 0,
    embed: Embed | None = None,
    threshold: float = THRESHOLD,
) -> pd.DataFrame:
    """Return seeded pairs of steps that this level merged, and of siblings that it only just did not.

    One row a pair: kind (merged, nearly merged), one and two (the texts), samples_one and samples_two (distinct
    completions with that text there), likeness (cosine at the level semantic, else the share of characters in common).
    """
    drawn = samples[samples["verdict"].isin(DRAWN)]
    merge = Merge(embed or local_model(), threshold) if level is Level.SEMANTIC else None
    seen = _Seen()
    grown(drawn["completion"].tolist(), problem, level, merge, seen)
    rng = np.random.default_rng(seed)
    rows = [*_merged(seen, pairs, rng, merge), *_nearly(seen, pairs, rng, merge)]
    return pd.DataFrame(rows, columns=["kind", "one", "two", "samples_one", "samples_two", "likeness"])


Row = tuple[str, str, str, int, int, float]


def _merged(seen: _Seen, pairs: int, rng: np.random.Generator, merge: Merge | None) -> list[Row]:
    ways = [texts for parting in seen.ways for texts in parting if len(texts) > 1]
    rows = []
    for at in rng.permutation(len(ways))[:pairs]:
        texts = ways[at]
        names = sorted(texts)
        one, two = (names[i] for i in rng.choice(len(names), 2, replace=False))
        rows.append((MERGED, one, two, texts[one], texts[two], _likeness(one, two, merge)))
    return rows


def _nearly(seen: _Seen, pairs: int, rng: np.random.Generator, merge: Merge | None) -> list[Row]:
    """Return, of some partings, the two ways whose most frequent texts are the most alike."""
    partings = [parting for parting in seen.ways if len(parting) > 1]
    rows = []
    for at in rng.permutation(len(partings))[: 5 * pairs]:
        heads = [texts.most_common(1)[0] for texts in partings[at][:MOST_SIBLINGS]]
        place = int(rng.integers(len(heads)))
        one, held = heads.pop(place)
        two, other = max(heads, key=lambda head: _likeness(one, head[0], merge))
        rows.append((NEARLY, one, two, held, other, _likeness(one, two, merge)))
    return sorted(rows, key=lambda row: -row[-1])[:pairs]


def _likeness(one: str, two: str, merge: Merge | None) -> float:
    if merge is not None:
        first, second = merge.vectors([merge.spelt(one), merge.spelt(two)])
        return float(first @ second)
    return SequenceMatcher(None, one[:COMPARED], two[:COMPARED], autojunk=False).ratio()


def sensitivity(
    samples: pd.DataFrame,
    problem: Problem,
    runs: Sequence[str],
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    embed: Embed | None = None,
) -> pd.DataFrame:
    """Return how the correct path classes hang on the level, and at the level semantic on the threshold.

    One row a level, threshold (NaN where it has none) and run: level, threshold, run, classes (correct path classes in
    all), seen_only (those that this run alone took). Without a model the level semantic is left out.
    """
    rows = []
    merge = embed or (local_model() if is_installed() else None)
    for level in levels_of(problem):
        if level is Level.SEMANTIC and merge is None:
            continue
        for threshold in thresholds if level is Level.SEMANTIC else (float("nan"),):
            tree = build_tree(samples, problem, runs, level, embed=merge, threshold=threshold)
            leaves = path_classes(tree)
            sole = sole_run(tree.x[leaves], tree.n)
            rows += [(str(level), threshold, run, len(leaves), int((sole == at).sum())) for at, run in enumerate(runs)]
    return pd.DataFrame(rows, columns=["level", "threshold", "run", "classes", "seen_only"])
