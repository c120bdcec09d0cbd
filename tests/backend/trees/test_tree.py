"""The tree: the toy of which every number is known, the sums that must hold, grammars, leaves told apart."""

import sys
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.records import Problem
from backend.trees import walking
from backend.trees.build import ROOT, Tree, build_tree, grown
from backend.trees.evidence import class_evidence, path_classes
from backend.trees.listing import step_nodes, texts_wanted
from backend.trees.merge import Level, levels_of
from backend.trees.quantities import fork_scores, node_quantities, unseen
from tests.backend.trees.toy import BASE, PROBLEM, RLVR, RUNS, step, toy_tree, tree_of, walked

WALKS = st.lists(st.builds(lambda a, b: a + b, st.text("ab", max_size=5), st.sampled_from("+-0%!?")), max_size=12)


def listed(tree: Tree, walks: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Write a tree of toy walks out."""
    samples = pd.concat([walked(run, taken) for run, taken in walks.items()], ignore_index=True)
    samples = samples[samples["verdict"].isin(["correct", "incorrect", "no_answer"])].reset_index(drop=True)
    texts = {walk: str(samples["completion"][walk]) for walk in texts_wanted(tree)}
    leaves = path_classes(tree)
    return step_nodes(tree, PROBLEM, texts, class_evidence(tree.x[leaves], tree.n), tree.runs)


def counted(walks: dict[str, list[str]]) -> dict[str, tuple[int, ...]]:
    """Count samples and correct ones of each prefix of letters, for each run, in the plainest way."""
    found: dict[str, tuple[int, ...]] = {}
    for place, taken in enumerate(walks.values()):
        for walk in (w for w in taken if w[-1] not in "!?"):
            for length in range(len(walk)):
                old = list(found.get(walk[:length], (0,) * 2 * len(walks)))
                old[2 * place] += 1
                old[2 * place + 1] += walk[-1] == "+"
                found[walk[:length]] = tuple(old)
    return found


def by_prefix(nodes: list[dict[str, Any]], runs: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Return x and y of each step node by the letters that lead to it."""
    names: dict[object, str] = {}
    found = {}
    for node in nodes:
        if node["leaf"]:
            continue
        letter = str(node["step"]).strip()[-2] if node["step"] else ""
        names[node["id"]] = names.get(node["parent"], "") + letter
        counts: dict[str, dict[str, int]] = node["counts"]
        found[names[node["id"]]] = tuple(counts[run][k] for run in runs for k in "xy")
    return found


def test_the_toy_tree_has_the_counts_known_by_hand() -> None:
    walks = {"base": list(BASE), "rlvr": list(RLVR)}
    found = by_prefix(listed(toy_tree(), walks), RUNS)
    assert found == {
        "": (6, 2, 6, 4), "a": (4, 2, 5, 4), "ab": (3, 1, 5, 4), "abc": (1, 1, 4, 4), "abd": (2, 0, 1, 0),
        "ae": (1, 1, 0, 0), "aef": (1, 1, 0, 0), "g": (2, 0, 1, 0), "gh": (2, 0, 1, 0),
    }  # fmt: skip


def test_the_toy_tree_is_compressed_to_three_inner_nodes_and_four_ends() -> None:
    nodes = toy_tree().nodes
    inner = nodes[~nodes["leaf"]]
    parents = inner["parent"].tolist()
    assert sorted(inner.index[inner.index.isin(parents)]) == [ROOT, 1, 3]
    assert len(inner) == 7
    assert sorted(nodes["verdict"][nodes["leaf"]]) == ["correct", "correct", "incorrect", "incorrect"]


def test_an_edge_s_label_is_its_text() -> None:
    tree = toy_tree()
    (node,) = (i for i in tree.nodes.index if not tree.nodes["leaf"][i] and tuple(tree.x[i]) == (1, 0))
    text, row = "\n\n".join(map(step, "aef")), tree.nodes.iloc[node]
    assert text[row["start"] : row["end"]] == row["label"] == "\n\n".join(map(step, "ef"))


def wilson(share: float, n: int, z: float = 1.959963984540054) -> float:
    """Return the lower end of Wilson's interval, as he wrote it in 1927."""
    centre, spread = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float((centre - spread) / (1 + z * z / n))


def test_quantities_of_the_toy_tree() -> None:
    tree = toy_tree()
    known = node_quantities(tree.x, tree.y, tree.n)
    assert known["reach"][3].tolist() == [1 / 2, 5 / 6]
    assert known["value"][3].tolist() == pytest.approx([1 / 3, 4 / 5])
    assert known["value_low"][3, 0] == pytest.approx(wilson(1 / 3, 3))
    assert np.isnan(known["value"][4, 1])
    assert unseen(tree)[1].tolist() == [1 / 4, 0]
    p, q = np.array([3 / 4, 1 / 4]), np.array([1.0, 0.0])
    middle = (p + q) / 2
    divergence = ((p * np.log2(p / middle)).sum() + np.log2(1 / middle[0])) / 2
    assert fork_scores(tree)[1] == pytest.approx(divergence * 4 / 6)


@given(WALKS, WALKS)
@settings(max_examples=150, deadline=None)
def test_sums_hold_and_no_sample_is_lost(base: list[str], rlvr: list[str]) -> None:
    walks = {"base": base, "rlvr": rlvr}
    tree = tree_of(walks)
    parents = tree.nodes["parent"].to_numpy()
    for counts in (tree.x, tree.y):
        below = np.zeros_like(counts)
        np.add.at(below, parents[1:], counts[1:])
        inner = ~tree.nodes["leaf"].to_numpy()
        assert (below[inner] == counts[inner]).all()
    drawn = [[w for w in taken if w[-1] not in "!?"] for taken in walks.values()]
    assert tree.n.tolist() == [len(d) for d in drawn]
    correct = tree.nodes["verdict"].to_numpy() == "correct"
    assert tree.x[correct].sum(axis=0).tolist() == [sum(w[-1] == "+" for w in d) for d in drawn]
    assert tree.left_out["error"].tolist() == [sum(w[-1] == "!" for w in taken) for taken in walks.values()]
    assert tree.left_out["unscored"].tolist() == [sum(w[-1] == "?" for w in taken) for taken in walks.values()]
    nodes = listed(tree, walks)
    expected = counted(walks) or {"": (0, 0, 0, 0)}
    assert by_prefix(nodes, RUNS) == expected
    assert all(node["parent"] is None or node["parent"] < node["id"] for node in nodes)


@given(WALKS)
@settings(max_examples=60, deadline=None)
def test_there_are_at_most_two_nodes_a_distinct_text(walks: list[str]) -> None:
    tree = tree_of({"base": walks})
    texts = {w[:-1] for w in walks if w[-1] not in "!?"}
    assert (~tree.nodes["leaf"]).sum() <= max(1, 2 * len(texts) + 1)


def test_correct_wrong_silent_and_cut_are_told_apart() -> None:
    tree = tree_of({"base": ["ab+", "ab-", "ab0", "ab%", "ab!", "ab?"], "rlvr": ["ab%"]})
    leaves = tree.nodes[tree.nodes["leaf"]]
    assert leaves["verdict"].tolist() == ["correct", "incorrect", "no_answer", "cut"]
    assert tree.x[leaves.index].tolist() == [[1, 0], [1, 0], [1, 0], [1, 1]]
    assert tree.n.tolist() == [4, 1]


def test_a_draw_without_text_has_an_answer_but_no_path() -> None:
    samples = walked("base", ["ab+", "ab+", "a-"])
    samples.loc[0, "completion"] = None
    tree = build_tree(samples, PROBLEM, ["base"])
    assert tree.n.tolist() == [2]
    assert tree.left_out["without_text"].tolist() == [1]
    assert build_tree(samples, PROBLEM, ["base"], Level.ANSWER).n.tolist() == [3]


def test_answers_are_one_where_their_normal_form_is() -> None:
    samples = walked("base", ["a-", "b-", "c+", "d+"])
    samples["answer"] = ["0.50", "1/2", "7", "7.0"]
    tree = build_tree(samples, PROBLEM, ["base"], Level.ANSWER)
    leaves = tree.nodes[tree.nodes["leaf"]]
    assert leaves["answer"].tolist() == ["1/2", "7"]
    assert tree.x[leaves.index].ravel().tolist() == [2, 2]


COUNTDOWN = Problem(benchmark="c", problem="p", question="Reach 20 from 2, 3 and 4. Use each number once.")
MOVES = ["2+3=5\n5*4=20", "3+2=5\n4*5=20", "3 + 2 = 5\n4 × 5 = 20", "4*2=8\n8+3=11", "4+2=7\n7+3=10", "2+3=5\n5-4=1\n"]


def countdown_tree(level: Level, completions: list[str]) -> Tree:
    """Build the tree of these completions of one run."""
    right = ["correct" if c.replace(" ", "").endswith("=20") else "incorrect" for c in completions]
    samples = pd.DataFrame(
        {"run": "base", "sample_index": range(len(completions)), "completion": completions, "verdict": right,
         "answer": None, "finish_reason": "stop"}
    )  # fmt: skip
    return build_tree(samples, COUNTDOWN, ["base"], level)


@pytest.mark.parametrize(("level", "classes"), [(Level.EXACT, 3), (Level.NORMALISED, 2), (Level.STATE, 1)])
def test_the_task_s_own_grammar_makes_the_steps(level: Level, classes: int) -> None:
    tree = countdown_tree(level, MOVES)
    assert len(path_classes(tree)) == classes
    firsts = Counter(tree.nodes["parent"][~tree.nodes["leaf"]])[ROOT]
    assert firsts == {Level.EXACT: 5, Level.NORMALISED: 4, Level.STATE: 3}[level]


def test_an_invalid_move_is_never_merged_with_a_valid_one() -> None:
    tree = countdown_tree(Level.STATE, ["2+3=5\n5*4=20", "2+3=6\n5*4=20", "2+3=6\n5*4=20 "])
    assert sorted(tree.x[(tree.nodes["parent"] == ROOT) & ~tree.nodes["leaf"]].ravel().tolist()) == [1, 2]


def test_a_state_is_known_for_countdown_only() -> None:
    assert Level.STATE in levels_of(COUNTDOWN)
    assert Level.STATE not in levels_of(PROBLEM)
    with pytest.raises(BadInput, match="what state a step leads to"):
        tree_of({"base": ["ab+"]}, Level.STATE)


def test_prose_on_a_countdown_problem_is_read_as_prose() -> None:
    prose = "We first try to add two and three.\n\nThen we multiply the sum by four."
    tree = countdown_tree(Level.NORMALISED, [prose, f"**{prose[:34]}**\n\nNow we do something else here."])
    assert (~tree.nodes["leaf"]).sum() == 4


PIECES = st.sampled_from(
    ["So we add them all up.\n\n", "Their sum is 7.\n", "\n\n", "\\[\nx\n\n", "\\]\n", "$$", "\n```\n", "<think>",
     "</think>", ":", "\n- ", ". Wait, ", "word ", "x" * 30, "a" * 2100]
)  # fmt: skip


@st.composite
def kin(draw: st.DrawFn) -> list[str]:
    """Draw texts that begin alike, each taken from another at some place and told on."""
    texts = ["".join(draw(st.lists(PIECES, max_size=20)))]
    for _ in range(draw(st.integers(1, 6))):
        text = draw(st.sampled_from(texts))
        at = draw(st.integers(0, len(text)))
        texts.append(text[:at] + "".join(draw(st.lists(PIECES, max_size=3))) + draw(st.sampled_from(["", text[at:]])))
    return texts


@given(kin(), st.sampled_from([Level.NORMALISED, Level.EXACT]))
@settings(max_examples=300, deadline=None)
def test_texts_whose_common_beginning_is_read_once_make_the_same_tree(texts: list[str], level: Level) -> None:
    made = []
    for most in (1, sys.maxsize):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(walking, "SAME_AT_ONCE", 1)
            patch.setattr(walking, "WORTH_FOLLOWING", most)
            made.append(grown(list(texts), PROBLEM, level, None))
    assert made[0][0] == made[1][0]
    assert made[0][1].tolist() == made[1][1].tolist()
