"""Solved sets at one budget, the rerun null and the verdicts, against exact fractions and published tables."""

import numpy as np
import pandas as pd
import pytest

from backend.comparison.boundary import (
    BASE_FAVOURED,
    RLVR_FAVOURED,
    SHARED,
    UNDETERMINED,
    SolvedTable,
    lower_bound,
    mcnemar_of_sets,
    more_samples,
    problem_verdicts,
    self_null,
    solved_table,
    tarone_family,
    upper_bound,
)


def counts(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["n_base", "c_base", "n_rlvr", "c_rlvr"])


def sets(both: int, base: int, rlvr: int, neither: int, n: int = 1024) -> pd.DataFrame:
    rows = [(n, 1, n, 1)] * both + [(n, 1, n, 0)] * base + [(n, 0, n, 1)] * rlvr + [(n, 0, n, 0)] * neither
    return counts(rows)


@pytest.mark.parametrize(
    ("sizes", "srr", "ndr", "sds", "nscr", "p"),
    [
        ((19, 4, 0, 7), 19 / 23, 0, 0, -4 / 23, 1 / 8),
        ((19, 4, 1, 26), 19 / 23, 1 / 20, 38 / 403, -1 / 8, 3 / 8),
        ((462, 18, 5, 15), 77 / 80, 5 / 467, 770 / 36359, -13 / 485, 5569 / 524288),
        ((462, 19, 3, 16), 462 / 481, 1 / 155, 924 / 72091, -4 / 121, 897 / 1048576),
    ],
)
def test_published_tables(
    sizes: tuple[int, int, int, int], srr: float, ndr: float, sds: float, nscr: float, p: float
) -> None:
    frame = sets(*sizes)
    table = solved_table(frame, 1024)
    assert (table.both, table.base_only, table.rlvr_only, table.neither) == pytest.approx(sizes)
    assert (table.srr, table.ndr, table.sds, table.nscr) == pytest.approx((srr, ndr, sds, nscr))
    assert mcnemar_of_sets(frame) == pytest.approx(p)


def test_a_table_of_nothing_has_no_rates() -> None:
    table = solved_table(sets(0, 0, 0, 5), 1024)
    assert np.isnan([table.srr, table.ndr, table.nscr]).all()
    only_lost = SolvedTable(m=1, both=0, base_only=2, rlvr_only=0, neither=0)
    assert (only_lost.srr, only_lost.nscr) == (0, -1)
    assert np.isnan(only_lost.ndr)


def test_a_smaller_budget_gives_fractions_and_the_same_for_both() -> None:
    table = solved_table(counts([(4, 1, 4, 0)]), 2)
    assert (table.both, table.base_only, table.rlvr_only, table.neither) == (0, 0.5, 0, 0.5)
    assert np.isnan(solved_table(counts([(4, 1, 2, 0)]), 3).both)


def test_a_rerun_loses_problems_too() -> None:
    frame = counts([(4, 1, 4, 0)])
    assert self_null(frame["n_base"], frame["c_base"], 2) == 0.5
    assert np.isnan(self_null(frame["n_base"], frame["c_base"], 3))


def test_the_rerun_null_is_what_two_halves_show_on_average() -> None:
    rng = np.random.default_rng(5)
    n, c, m = 16, np.array([0, 1, 2, 5, 16]), 8
    lost = []
    for _ in range(4000):
        halves = [rng.permutation([1] * k + [0] * (n - k)).reshape(2, m).any(axis=1) for k in c]
        lost.append(sum(bool(first) and not second for first, second in np.array(halves).tolist()))
    expected = self_null(pd.Series([n] * 5), pd.Series(c), m)
    assert np.mean(lost) == pytest.approx(expected, abs=0.03)


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
    assert more_samples(40, 256, 0, 256, alpha=0.05) == 0
    extra = more_samples(1, 64, 0, 64, alpha=0.05)
    assert extra is not None
    assert 200 < extra < 2000
    assert more_samples(10, 64, 10, 64, alpha=0.05) is None
