"""What is claimed of paths that one run alone took: exact where it can be counted, and silent where nothing differs."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from backend.comparison.boundary import solved_table
from backend.comparison.metrics import metric_curve
from backend.statistics.intervals import clopper_pearson, draws_needed, exact_upper
from backend.trees.evidence import (
    SPLITS_COUNTED,
    alone_chance,
    class_evidence,
    dealt_alone,
    label_null,
    path_classes,
    sole_run,
    split_evidence,
)
from backend.trees.paths import blocked_paths, class_counts, gathered, label_null_of_all, path_counts, sole_paths
from tests.backend.trees.toy import BASE, RLVR, RUNS, toy_tree, tree_of

Integers = npt.NDArray[np.int64]


def by_splitting(classes: list[int], mine: int, everything: int) -> list[int]:
    """Return, for every split of the samples, how many classes fall to the first run alone."""
    members, start = [], 0
    for size in classes:
        members.append(set(range(start, start + size)))
        start += size
    return [sum(m <= set(split) for m in members) for split in combinations(range(everything), mine)]


def test_the_toy_tree_s_null_is_exact_and_its_path_is_not_promoted() -> None:
    tree = toy_tree()
    leaves = path_classes(tree)
    base, rlvr = label_null(tree.x[leaves], tree.n, RUNS)
    assert (base.seen_only, rlvr.seen_only) == (1, 0)
    assert base.p == pytest.approx(39 / 77, abs=1e-15)
    assert base.expected == pytest.approx(67 / 132, abs=1e-15)
    found = class_evidence(tree.x[leaves], tree.n)
    assert found["evidence"].tolist() == ["", "seen"]
    assert found["p"][1] == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("classes", "mine", "everything"), [([1, 1, 2], 4, 9), ([3, 2, 1], 3, 8), ([1], 1, 2), ([], 2, 5)]
)
def test_the_exact_null_is_what_splitting_by_hand_gives(classes: list[int], mine: int, everything: int) -> None:
    sums = by_splitting(classes, mine, everything)
    totals = np.array(classes, dtype=np.int64)
    assert alone_chance(totals, mine, everything).sum() == pytest.approx(np.mean(sums))
    for seen in range(len(classes) + 1):
        held = np.zeros((len(classes), 2), dtype=np.int64)
        held[:seen, 0], held[seen:, 1] = totals[:seen], totals[seen:]
        if held[:, 0].sum() > mine or held[:, 1].sum() > everything - mine:
            continue
        null = label_null(held, np.array([mine, everything - mine]), RUNS)[0]
        assert null.seen_only == seen
        assert null.p == pytest.approx(np.mean(np.array(sums) >= seen))


def test_drawn_labels_agree_with_the_exact_mean_and_with_shuffling() -> None:
    totals, mine, everything = np.array([1] * 12 + [2] * 5 + [3, 3, 9, 40]), 60, 150
    dealt = dealt_alone(totals, mine, everything, seed=1, draws=40_000)
    assert dealt.mean() == pytest.approx(alone_chance(totals, mine, everything).sum(), rel=0.02)
    labels = np.r_[np.repeat(np.arange(totals.size), totals), np.full(everything - totals.sum(), -1)]
    rng, sums = np.random.default_rng(2), []
    for _ in range(4_000):
        taken = rng.permutation(labels)[:mine]
        sums.append((np.bincount(taken[taken >= 0], minlength=totals.size) == totals).sum())
    assert dealt.mean() == pytest.approx(np.mean(sums), rel=0.03)
    assert dealt.std() == pytest.approx(np.std(sums), rel=0.05)


def test_the_power_table_and_the_samples_that_epsilon_needs() -> None:
    counts = np.array([[5, 0], [7, 0], [10, 0]])
    found = class_evidence(counts, np.array([1024, 1024]))
    assert found["p"].round(3).tolist() == [0.031, 0.008, 0.001]
    assert draws_needed(1 / 1024) == 3_067
    assert draws_needed(0.01) == 299
    for n, level in ((3_066, "supported"), (3_067, "epsilon")):
        assert class_evidence(np.array([[40, 0]]), np.array([n, n]))["evidence"].tolist() == [level]
    assert found["upper"][0] == pytest.approx(1 - 0.05 ** (1 / 1024))
    assert exact_upper(0, 1024) == pytest.approx(0.002921, abs=1e-6)
    assert np.ravel(clopper_pearson(3, 10)) == pytest.approx([0.066740, 0.652453], abs=1e-6)


def test_claims_are_symmetric() -> None:
    counts = np.array([[30, 0], [0, 12], [4, 5], [1, 0]])
    one = class_evidence(counts, np.array([100, 100]))
    two = class_evidence(counts[:, ::-1], np.array([100, 100]))
    assert one["evidence"].tolist() == two["evidence"].tolist() == ["supported", "supported", "", "seen"]
    assert one["only"].tolist() == [0, 1, -1, 0]
    assert two["only"].tolist() == [1, 0, -1, 1]
    assert np.allclose(one["q"], two["q"], equal_nan=True)


def test_a_path_cannot_be_of_one_run_alone_where_no_other_drew() -> None:
    assert sole_run(np.array([[3, 0]]), np.array([4, 0])).tolist() == [-1]
    null = label_null(np.array([[3, 0]]), np.array([4, 0]), RUNS)[0]
    assert np.isnan(null.p)
    assert np.isnan(null.expected)


def test_three_runs_are_each_held_against_the_others_together() -> None:
    found = class_evidence(np.array([[20, 0, 0], [0, 20, 1], [3, 0, 0]]), np.array([50, 50, 50]))
    assert found["evidence"].tolist() == ["supported", "", "seen"]
    assert found["favoured"].tolist() == [0, 1, 0]


def shuffled(rng: np.random.Generator, classes: int, n: int) -> tuple[Integers, Integers]:
    """Return n samples of one model, each a class (the last one: not correct), and a random half of two labels."""
    shares = rng.dirichlet(np.full(classes, 0.15)) * 0.4
    return rng.choice(classes + 1, size=n, p=np.r_[shares, 1 - shares.sum()]), rng.permutation(np.arange(n) % 2)


def test_one_run_under_two_names_supports_no_claim() -> None:
    rng, claims = np.random.default_rng(20261125), 0
    for _ in range(200):
        taken, labels = shuffled(rng, 40, 512)
        counts = np.stack([np.bincount(taken[labels == run], minlength=41)[:40] for run in (0, 1)], axis=1)
        found = class_evidence(counts[counts.sum(axis=1) > 0], np.array([256, 256]))
        claims += int(found["evidence"].isin(["supported", "epsilon"]).any())
    assert claims <= 10


def test_one_run_under_two_names_supports_no_claim_by_halves_either() -> None:
    rng, claims = np.random.default_rng(7), 0
    for seed in range(40):
        taken, labels = shuffled(rng, 25, 256)
        names = [f"{chr(97 + t % 26)}z{'+' if t < 25 else '-'}" for t in taken.tolist()]
        walks = {run: [names[i] for i in np.flatnonzero(labels == at)] for at, run in enumerate(RUNS)}
        found = split_evidence(tree_of(walks), seed=seed)
        claims += int(found["evidence"].isin(["supported", "epsilon"]).any())
    assert claims <= 2


def test_the_null_of_one_run_under_two_names_is_not_small_too_often() -> None:
    rng = np.random.default_rng(5)
    small = 0
    for seed in range(200):
        taken = rng.choice(21, size=200, p=np.r_[rng.dirichlet(np.full(20, 0.3)) * 0.5, 0.5])
        labels = rng.permutation(np.arange(200) % 2)
        counts = np.stack([np.bincount(taken[labels == run], minlength=21)[:20] for run in (0, 1)], axis=1)
        small += label_null(counts[counts.sum(axis=1) > 0], np.array([100, 100]), RUNS, seed=seed)[0].p <= 0.05
    assert small <= 18


def test_what_is_found_in_one_half_is_tested_on_the_other() -> None:
    walks = {"base": ["ab+"] * 40 + ["c-"] * 60, "rlvr": ["ad+"] * 40 + ["c-"] * 60}
    found = split_evidence(tree_of(walks), seed=3)
    assert found["evidence"].tolist() == ["supported", "supported"]
    assert class_evidence(np.array([[40, 0], [0, 40]]), np.array([100, 100]))["p"].max() < found["p"].max()


def test_by_halves_a_path_that_the_other_run_took_too_is_not_said_to_be_of_one_alone() -> None:
    walks = {"base": ["ab+"] * 60 + ["ef+", *["c-"] * 39], "rlvr": ["ab+", *["c-"] * 99]}
    for seed in range(8):
        found = split_evidence(tree_of(walks), seed=seed)
        assert found["evidence"].tolist() == ["", "seen"], "one of 100 is seen, whichever half it fell into"
        assert found["only"].tolist() == [-1, 0]


def test_paths_over_two_problems_add_up() -> None:
    other = tree_of({"base": ["ab+", "ab+", "c-", "c-", "c-", "c-"], "rlvr": ["ab+", "d+", "c-", "c-", "c-", "c-"]})
    paths = gathered([("p", toy_tree()), ("q", other)], RUNS)
    base, rlvr = label_null_of_all(paths)
    assert (base.seen_only, rlvr.seen_only) == (1, 1)
    assert base.expected == pytest.approx(67 / 132 + 5 * 4 * 3 / (12 * 11 * 10) * 2 + 1 / 2)
    assert sole_paths(paths)[["problem", "only", "x", "n", "others_n"]].to_numpy().tolist() == [
        ["p", "base", 1, 6, 6], ["q", "rlvr", 1, 6, 6],
    ]  # fmt: skip
    assert path_counts(paths, "base")["paths"].tolist() == [[1, 1], [2]]
    assert path_counts(paths, "base")["c"].tolist() == [2, 2]


def test_a_path_is_blocked_in_its_own_problem_alone_and_only_for_all_others_that_drew() -> None:
    once = {"base": ["ab+", "c-"], "rlvr": ["c-", "c-"]}
    alone, beside = tree_of({**once, "third": []}), tree_of({**once, "third": ["c-"]})
    paths = gathered([("p", alone), ("q", alone), ("r", beside)], (*RUNS, "third"))
    shut = [{"problem": p, "run": "base", "sample_index": 0, "under": "rlvr", "closed": True} for p in ("q", "r")]
    found = sole_paths(paths, blocked_paths(paths, pd.DataFrame(shut))).set_index("problem")["evidence"]
    assert found.to_dict() == {"p": "seen", "q": "blocked", "r": "seen"}


def test_paths_at_k_and_retention_of_the_toy_tree() -> None:
    paths = gathered([("p", toy_tree())], RUNS)
    curve = metric_curve(path_counts(paths, "base"), [1, 2, 3, 6], metric="paths_at_k")
    assert curve["value"].tolist() == pytest.approx([1 / 3, 2 / 3, 1, 2])
    curve = metric_curve(path_counts(paths, "rlvr"), [1, 2, 3, 6], metric="paths_at_k")
    assert curve["value"].tolist() == pytest.approx([2 / 3, 14 / 15, 1, 1])
    table = solved_table(class_counts(paths, *RUNS), 3)
    assert (table.both, table.base_only, table.rlvr_only) == pytest.approx((1 / 2, 1 / 2, 1 / 2))


def test_nothing_drawn_gives_nothing_found() -> None:
    empty = tree_of({"base": [], "rlvr": []})
    paths = gathered([("p", empty)], RUNS)
    assert len(sole_paths(paths)) == 0
    assert [null.seen_only for null in label_null_of_all(paths)] == [0, 0]
    assert len(class_evidence(np.zeros((0, 2), dtype=np.int64), np.array([0, 0]))) == 0
    assert len(sole_paths(gathered([], RUNS))) == 0


def test_a_split_is_counted_only_while_it_is_small() -> None:
    assert SPLITS_COUNTED == 20_000
    many = label_null(np.array([[3, 0], [1, 1]]), np.array([12, 12]), RUNS)[0]
    exact = np.mean(np.array(by_splitting([3, 2], 4, 9)) >= 1)
    few = label_null(np.array([[3, 0], [1, 1]]), np.array([4, 5]), RUNS)[0]
    assert few.p == pytest.approx(exact)
    assert 0 < many.p < 1


def test_walks_of_the_toy_are_the_ones_named() -> None:
    tree = toy_tree()
    assert len(tree.walks) == len(BASE) + len(RLVR)
    assert pd.Series(tree.walks["run"]).value_counts().tolist() == [6, 6]
