"""How likely each number of correct samples is under a distribution of success rates."""

import numpy as np
import pytest
from scipy.stats import betabinom

from backend.statistics.difficulty import Difficulty


@pytest.mark.parametrize(("a", "b"), [(0.2, 3.0), (1.0, 1.0), (40.0, 700.0)])
@pytest.mark.parametrize("never", [0.0, 0.3])
@pytest.mark.parametrize("n", [1, 16, 1024])
def test_chances_of_each_count_are_those_of_the_beta_binomial_with_a_mass_at_none(
    a: float, b: float, never: float, n: int
) -> None:
    expected = (1 - never) * betabinom.pmf(np.arange(n + 1), n, a, b)
    expected[0] += never
    chances = Difficulty(a=a, b=b, never=never).chances(n)
    assert chances == pytest.approx(expected, rel=1e-8, abs=1e-15)
    assert chances.sum() == pytest.approx(1, abs=1e-12)
