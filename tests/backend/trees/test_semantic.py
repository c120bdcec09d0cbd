"""Merging by meaning: never against the claims, only among siblings, the threshold kept."""

import re
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from backend.errors import BadInput
from backend.trees.audit import MERGED, NEARLY, merge_audit, sensitivity
from backend.trees.build import Merge, Tree, build_tree
from backend.trees.embedding import clusters, is_installed, local_model
from backend.trees.evidence import path_classes
from backend.trees.merge import Level
from tests.backend.trees.toy import PROBLEM

SUM = "We add the numbers 3 and 4 to get 7."
SUM_TOO = "Now we add the numbers 3 and 4 to get 7."
OTHER = "We add the numbers 3 and 4 to get 8."
UNLIKE = "Perhaps multiplying helps; 3 or 4 or 7?"
END = "That is the answer to our question."


def by_words(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Embed texts by which words they hold, each word a direction of its own."""
    vectors = np.zeros((len(texts), 512))
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()):
            vectors[row, zlib.crc32(word.encode()) % 512] += 1
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def samples(firsts: Sequence[str]) -> pd.DataFrame:
    """Return samples of two runs that begin with these steps and end alike."""
    return pd.DataFrame(
        {"run": ["base", "rlvr"] * (len(firsts) // 2), "sample_index": range(len(firsts)), "finish_reason": "stop",
         "completion": [f"{first}\n\n{END}" for first in firsts], "verdict": "correct", "answer": "7"}
    )  # fmt: skip


def grown(firsts: Sequence[str], threshold: float = 0.85) -> Tree:
    """Build the tree of these first steps by meaning."""
    return build_tree(samples(firsts), PROBLEM, ["base", "rlvr"], Level.SEMANTIC, embed=by_words, threshold=threshold)


def test_steps_alike_in_words_and_claims_are_one() -> None:
    assert len(path_classes(grown([SUM, SUM_TOO, SUM, SUM_TOO]))) == 1


def test_steps_that_claim_different_things_are_never_one() -> None:
    likeness = by_words([SUM, OTHER])
    assert float(likeness[0] @ likeness[1]) > 0.85
    assert len(path_classes(grown([SUM, OTHER], threshold=0.0))) == 2


def test_steps_of_one_claim_but_unlike_words_stay_apart() -> None:
    assert len(path_classes(grown([SUM, UNLIKE]))) == 2
    assert len(path_classes(grown([SUM, UNLIKE], threshold=0.01))) == 1


def test_alike_steps_under_different_parents_stay_apart() -> None:
    tree = grown([f"{SUM}\n\nThen we rest.", f"{OTHER}\n\nThen we rest."])
    assert len(path_classes(tree)) == 2


def test_two_clusters_are_one_from_their_mean_cosine_on() -> None:
    angles = np.radians([0, 20, 60])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    mean = (np.cos(np.radians(60)) + np.cos(np.radians(40))) / 2
    assert len(set(clusters(vectors, mean - 1e-6))) == 1
    assert len(set(clusters(vectors, mean + 1e-6))) == 2
    assert clusters(vectors[:1], 0.5) == [0]


def test_each_step_is_embedded_once() -> None:
    asked: list[str] = []

    def noting(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        asked.extend(texts)
        return by_words(texts)

    merge = Merge(noting, 0.85)
    assert merge([SUM, SUM_TOO, OTHER]) == [SUM, SUM, OTHER]
    merge([SUM_TOO, SUM])
    assert sorted(asked) == sorted([SUM, SUM_TOO])


def test_the_audit_shows_pairs_on_both_sides_of_the_threshold() -> None:
    firsts = [SUM, SUM_TOO, OTHER, UNLIKE]
    found = merge_audit(samples(firsts), PROBLEM, Level.SEMANTIC, embed=by_words, seed=1)
    merged = found[found["kind"] == MERGED]
    assert {tuple(sorted((a.strip(), b.strip()))) for a, b in zip(merged["one"], merged["two"], strict=True)} == {
        tuple(sorted((SUM, SUM_TOO)))
    }
    assert (merged["likeness"] >= 0.85).all()
    assert (found["kind"] == NEARLY).sum() == 1
    again = merge_audit(samples(firsts), PROBLEM, Level.SEMANTIC, embed=by_words, seed=1)
    pd.testing.assert_frame_equal(found, again)


def test_sensitivity_falls_with_the_threshold() -> None:
    found = sensitivity(samples([SUM, SUM_TOO, OTHER, UNLIKE]), PROBLEM, ["base", "rlvr"], embed=by_words,
                        thresholds=(0.01, 0.85, 0.999))  # fmt: skip
    base = found[(found["level"] == "semantic") & (found["run"] == "base")]
    assert base["classes"].tolist() == [2, 3, 4]
    assert base["seen_only"].tolist() == [1, 1, 2]


@pytest.mark.skipif(is_installed(), reason="the model is installed")
def test_without_the_model_a_sentence_says_how_to_get_it() -> None:
    with pytest.raises(BadInput, match="not installed") as refused:
        local_model()
    assert "requirements-semantic.txt" in refused.value.hint


@pytest.mark.skipif(not is_installed(), reason="the optional model is not installed")
def test_the_model_tells_paraphrases_from_other_steps() -> None:
    vectors = local_model()(["Add 3 and 4 to get 7.", "Adding 3 to 4 gives 7.", "Hence the triangle is isosceles."])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)
    assert vectors[0] @ vectors[1] > 0.8 > 0.3 > vectors[0] @ vectors[2]
