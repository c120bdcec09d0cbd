"""What is drawn of a tree: never too much, nothing lost, no two ends in one place."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.trees.build import ROOT, Tree, build_tree
from backend.trees.drawing import Drawing, ancestors, drawing, reach_differences, samples_through
from backend.trees.evidence import class_evidence, path_classes
from tests.backend.trees.toy import PROBLEM, RUNS, step, toy_tree, tree_of

WALKS = st.lists(st.builds(lambda a, b: a + b, st.text("abc", max_size=5), st.sampled_from("+-0%")), max_size=40)


def drawn(tree: Tree, **choices: object) -> Drawing:
    """Draw a tree by what its samples show."""
    leaves = path_classes(tree)
    return drawing(tree, class_evidence(tree.x[leaves], tree.n), **choices)  # type: ignore[arg-type]


@given(WALKS, WALKS, st.integers(1, 30))
@settings(max_examples=150, deadline=None)
def test_items_sum_up_to_their_parents_whatever_is_folded(base: list[str], rlvr: list[str], most: int) -> None:
    tree = tree_of({"base": base, "rlvr": rlvr})
    found = drawn(tree, most=most)
    parents = found.items["parent"].to_numpy()
    assert (parents < found.items["item"]).all()
    for counts in (found.x, found.y):
        below = np.zeros_like(counts)
        np.add.at(below, parents[1:], counts[1:])
        inner = np.bincount(parents[1:], minlength=len(parents)) > 0
        assert (below[inner] == counts[inner]).all()
    assert len(found.items) <= most + 2
    ends = found.items[~found.items["item"].isin(parents)]
    assert sorted(ends["row"]) == list(range(len(ends)))


def test_an_opened_stub_shows_its_children() -> None:
    tree = tree_of({"base": [f"{a}{b}-" for a in "abcdef" for b in "ghij"], "rlvr": ["ag+"]})
    folded = drawn(tree, most=6)
    stub = folded.items[folded.items["stub"] & (folded.items["node"] == ROOT)].iloc[0]
    assert stub["branches"] > 0
    opened = drawn(tree, most=6, opened={ROOT})
    assert len(opened.items) > len(folded.items)
    assert not (opened.items["stub"] & (opened.items["node"] == ROOT)).any()


def test_correct_paths_are_drawn_before_frequent_wrong_ones() -> None:
    tree = tree_of({"base": ["xy+", *(f"{a}z-" for a in "abcdefgh" for _ in range(9))], "rlvr": ["az-"] * 9})
    items = drawn(tree, most=7).items
    (leaf,) = path_classes(tree)
    assert leaf in set(items["node"][~items["stub"]])


def test_a_sample_s_way_and_the_samples_of_a_node() -> None:
    tree = toy_tree()
    leaf = int(tree.walks["node"][0])
    assert ancestors(tree, leaf) == [0, 1, 3, 5, leaf]
    through = samples_through(tree, 3)
    assert through["run"].tolist() == ["base"] * 3 + ["rlvr"] * 5
    assert through["sample_index"].tolist() == [0, 1, 2, 0, 1, 2, 3, 4]
    assert len(samples_through(tree, ROOT)) == 12


def test_differences_have_a_sign_and_a_p() -> None:
    tree = toy_tree()
    found = reach_differences(tree.x, tree.n)
    assert found["log_ratio"][ROOT] == 0
    assert found["log_ratio"][2] == pytest.approx(np.log2(2.5 / 1.5))
    assert found["p"][ROOT] == 1
    assert reach_differences(tree.x, tree.n, 1, 0)["log_ratio"].tolist() == pytest.approx(
        (-found["log_ratio"]).tolist()
    )


@pytest.mark.parametrize("count", [1, 10, 1_000, 2_048])
def test_unlike_long_samples_are_built_and_drawn(count: int) -> None:
    texts = ["\n\n".join([f"{step(str(i))} {i * k}" for k in range(200)]) for i in range(count)]
    samples = pd.DataFrame(
        {"run": [RUNS[i % 2] for i in range(count)], "sample_index": range(count), "completion": texts,
         "verdict": ["correct" if i % 7 == 0 else "incorrect" for i in range(count)], "answer": "7",
         "finish_reason": "stop"}
    )  # fmt: skip
    tree = build_tree(samples, PROBLEM, RUNS)
    found = drawn(tree)
    assert len(path_classes(tree)) == -(-count // 7)
    assert len(found.items) <= 301
    assert found.x[0].sum() == count
