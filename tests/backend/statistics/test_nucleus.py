"""What is told of a token's place in a nucleus holds of every distribution that agrees with what was listed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.nucleus import MARGIN, closed, likelier_mass

LOGITS = st.lists(st.integers(-1_200, 1_200).map(lambda n: n / 100), min_size=2, max_size=60, unique=True)


def chances(logits: list[float], temperature: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    scaled = np.array(logits) / temperature
    weights = np.exp(scaled - scaled.max())
    return np.asarray(weights / weights.sum())


@settings(deadline=None)
@given(LOGITS, st.data(), st.sampled_from([0.3, 0.6, 1.0, 1.7]), st.integers(1, 20))
def test_the_bounds_hold_the_true_chance_of_likelier_tokens(
    logits: list[float], data: st.DataObject, temperature: float, told: int
) -> None:
    place = data.draw(st.integers(0, len(logits) - 1))
    plain, sharp = np.log(chances(logits, 1.0)), chances(logits, temperature)
    likelier = np.array(logits) > logits[place]
    listed = sorted(plain, reverse=True)[:told]
    least, most = likelier_mass(plain[place], listed, int(likelier.sum()) + 1, temperature)
    truth = float(sharp[likelier].sum())
    assert least - 1e-6 <= truth <= most + 1e-6
    if told >= len(logits):
        assert least == pytest.approx(most, abs=1e-6)


def test_a_token_is_closed_only_clearly_outside_the_nucleus() -> None:
    assert not closed(0.95, 5, 0.95, None)
    assert not closed(0.95 + MARGIN / 2, 5, 0.95, None)
    assert closed(0.95 + MARGIN, 5, 0.95, None)
    assert not closed(None, 5, 0.95, None)
    assert not closed(0.999, 5, 1.0, None)


def test_a_rank_beyond_top_k_is_closed_whatever_the_nucleus() -> None:
    assert closed(0.0, 21, 1.0, 20)
    assert not closed(0.0, 20, 1.0, 20)
    assert not closed(0.0, None, 1.0, 20)


def test_greedy_decoding_closes_all_but_the_likeliest() -> None:
    least, _ = likelier_mass(np.log(0.4), [np.log(0.6), np.log(0.4)], 2, 0.0)
    assert closed(least, 2, 0.95, None)
    assert likelier_mass(np.log(0.6), [np.log(0.6), np.log(0.4)], 1, 0.0)[0] == 0
