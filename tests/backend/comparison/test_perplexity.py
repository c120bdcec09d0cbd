"""Perplexities as their definition gives them, and their contrasts paired by problem."""

from math import exp, log

import pandas as pd
import pytest

from backend.comparison.perplexity import contrasts, log_perplexities, perplexity_of


def scores(*rows: tuple[str, str, str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["problem", "wrote", "reads", "tokens", "sum_logprob"])


def test_a_fair_coin_of_any_length_has_a_perplexity_of_two() -> None:
    means = log_perplexities(scores(("p", "base", "base", 3, 3 * log(0.5)), ("p", "base", "base", 90, 90 * log(0.5))))
    assert perplexity_of(means, "base", "base") == pytest.approx(2)
    assert means["sum_logprob"].tolist() == pytest.approx([46.5 * log(0.5)])


def test_samples_count_alike_within_a_problem_and_problems_alike_within_a_benchmark() -> None:
    means = log_perplexities(
        scores(("p", "base", "rlvr", 1, -1.0), ("p", "base", "rlvr", 100, -300.0), ("q", "base", "rlvr", 10, -40.0))
    )
    assert means.set_index("problem")["log_perplexity"].to_dict() == pytest.approx({"p": 2.0, "q": 4.0})
    assert perplexity_of(means, "rlvr", "base") == pytest.approx(exp(3.0))
    assert pd.isna(perplexity_of(means, "base", "base"))


def test_a_sample_without_tokens_has_no_perplexity() -> None:
    means = log_perplexities(scores(("p", "base", "base", 0, 0.0), ("p", "base", "base", 2, -2.0)))
    assert means[["samples", "log_perplexity"]].to_numpy().tolist() == [[1, 1.0]]


def test_a_contrast_is_over_the_problems_that_have_both_and_its_p_counts_signs() -> None:
    rows = [
        (f"p{i}", wrote, "base", 10, -10.0 * value) for i in range(6) for wrote, value in (("base", 1.0), ("rlvr", 1.5))
    ]
    rows += [("alone", "rlvr", "base", 10, -90.0)]
    first, *others = contrasts(log_perplexities(scores(*rows)))
    assert (first.first, first.second, first.problems) == ("PPL_base(Y_rlvr)", "PPL_base(Y_base)", 6)
    assert first.ratio == pytest.approx(exp(0.5))
    assert first.p == pytest.approx(2 / 2**6, abs=0.01)
    assert [(each.problems, pd.isna(each.ratio), pd.isna(each.p)) for each in others] == [(0, True, True)] * 2
