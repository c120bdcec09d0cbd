"""Verdicts, bounds and how many more samples are wanted, against exact fractions and one number at a time."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from backend.comparison.verdicts import (
    BASE_FAVOURED,
    RLVR_FAVOURED,
    SHARED,
    UNDETERMINED,
    lower_bound,
    more_samples,
    problem_verdicts,
    tarone_family,
    upper_bound,
)
from backend.statistics.significance import fisher_more


def counts(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["n_base", "c_base", "n_rlvr", "c_rlvr"])


@pytest.mark.parametrize(
    ("n", "bound"), [(64, 0.04573), (128, 0.02313), (256, 0.01163), (1024, 0.002921), (8192, 3.656e-4)]
)
def test_none_of_n_bounds_the_rate_from_above(n: int, bound: float) -> None:
    assert float(upper_bound(0, n)) == pytest.approx(bound, rel=5e-4)
    assert float(upper_bound(0, n)) == pytest.approx(1 - 0.05 ** (1 / n), rel=1e-9)


def test_bounds_at_the_ends() -> None:
    assert float(upper_bound(5, 5)) == 1.0
    assert float(lower_bound(0, 5)) == 0.0
    assert float(lower_bound(5, 5)) == pytest.approx(0.05 ** (1 / 5))
    assert np.isnan([upper_bound(0, 0), lower_bound(0, 0)]).all()


def test_one_of_many_against_none_is_undetermined_and_said_to_be_fragile() -> None:
    verdicts = problem_verdicts(counts([(256, 1, 256, 0)] + [(256, 128, 256, 128)] * 3), m=256)
    assert verdicts["verdict"].tolist() == [UNDETERMINED, SHARED, SHARED, SHARED]
    assert verdicts["p"].tolist()[0] == 1.0
    assert verdicts["fragile"].tolist() == [True, False, False, False]


def test_many_against_none_is_favoured_either_way() -> None:
    verdicts = problem_verdicts(counts([(256, 40, 256, 0), (256, 0, 256, 40), (256, 0, 256, 0)]), m=256)
    assert verdicts["verdict"].tolist() == [BASE_FAVOURED, RLVR_FAVOURED, UNDETERMINED]
    assert np.isnan(verdicts["q"].iloc[2])


def test_identical_models_are_hardly_ever_told_apart() -> None:
    rng = np.random.default_rng(11)
    claims = 0
    for _ in range(200):
        p = rng.beta(0.2, 3, 30)
        frame = pd.DataFrame(
            {"n_base": 1024, "c_base": rng.binomial(1024, p), "n_rlvr": 1024, "c_rlvr": rng.binomial(1024, p)}
        )
        claims += bool(problem_verdicts(frame, m=1024)["verdict"].isin([BASE_FAVOURED, RLVR_FAVOURED]).any())
    assert claims / 200 < 0.1


def test_tarones_family_leaves_out_what_could_never_be_significant() -> None:
    assert tarone_family([1.0, 1.0, 0.001], 0.1).tolist() == [False, False, True]
    assert tarone_family([1.0, 1.0], 0.1).tolist() == [False, False]
    assert tarone_family([0.06, 0.04, 0.04], 0.1).tolist() == [False, True, True]
    assert not tarone_family([], 0.1).size


def test_more_samples_until_it_is_settled() -> None:
    wanted = more_samples([40, 1, 10, 0], [256, 64, 64, 64], [0, 0, 10, 0], [256, 64, 64, 64], alpha=0.05)
    assert wanted[0] == 0
    assert 200 < wanted[1] < 2000
    assert np.isnan(wanted[2:]).all()


def test_more_samples_are_enough_and_hardly_more_than_enough() -> None:
    rng = np.random.default_rng(3)
    base, rlvr = rng.integers(0, 129, 60), rng.integers(0, 65, 60)
    wanted = more_samples(base, np.full(60, 128), rlvr, np.full(60, 64), alpha=0.001)

    def p(c: int, n: int, d: int, o: int, extra: float) -> float:
        first, second = round(c + extra * (c + 0.5) / (n + 1)), round(d + extra * (d + 0.5) / (o + 1))
        sides = (first, n + int(extra), second, o + int(extra))
        return 2 * float(min(fisher_more(*sides)[0], fisher_more(*sides[2:], *sides[:2])[0]))

    for c, d, extra in zip(base.tolist(), rlvr.tolist(), wanted.tolist(), strict=True):
        if np.isnan(extra):
            assert p(c, 128, d, 64, 1_000_000) > 0.001
        else:
            assert p(c, 128, d, 64, extra) <= 0.001
            assert extra == 0 or p(c, 128, d, 64, extra * 7 // 10) > 0.0005


def test_tarones_family_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        least = 10 ** rng.uniform(-4, 0, 40)
        by_definition = next(
            (least <= 0.1 / k for k in range(1, 41) if (least <= 0.1 / k).sum() <= k), np.zeros(40, dtype=bool)
        )
        assert (tarone_family(least, 0.1) == by_definition).all()


def test_a_verdict_tells_how_often_the_other_run_solves_it_at_most_and_the_chance_that_base_is_ahead() -> None:
    verdicts = problem_verdicts(counts([(1024, c, 1024, 0) for c in (1, 2, 3, 10, 20)]), m=512)
    assert verdicts["ratio_base"].tolist()[3:] == pytest.approx([2.86, 6.19], abs=0.005)
    assert (verdicts["ratio_rlvr"] == 0).all()
    assert verdicts["probability"].tolist()[:3] == pytest.approx([0.818, 0.924, 0.967], abs=1e-3)
    assert all(before < after for before, after in pairwise(verdicts["probability"]))


def test_verdicts_do_not_hang_on_the_rows_index() -> None:
    frame = counts([(64, 1, 64, 0), (64, 40, 64, 1)])
    other = problem_verdicts(frame.set_axis([7, 3]), m=32)
    assert other["more_samples"].tolist() == problem_verdicts(frame, m=32)["more_samples"].tolist()
    assert problem_verdicts(frame.iloc[:0], m=1).empty


def test_ten_thousand_problems_are_judged_while_one_waits() -> None:
    rng = np.random.default_rng(2)
    p = rng.beta(0.2, 1, 10_000)
    frame = pd.DataFrame(
        {"n_base": 1024, "c_base": rng.binomial(1024, p), "n_rlvr": 1024, "c_rlvr": rng.binomial(1024, p)}
    )
    verdicts = problem_verdicts(frame, m=512)
    assert verdicts["verdict"].isin([BASE_FAVOURED, RLVR_FAVOURED]).mean() < 0.01
