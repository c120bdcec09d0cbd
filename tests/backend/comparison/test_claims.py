"""Each claim both ways on counts made for it, and what is never claimed."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from backend.comparison.claim_rows import (
    CANNOT_BE_TOLD,
    CONTRADICTED,
    DISTILLED,
    OTHER,
    SUPPORTED,
    Asked,
    ClaimRun,
)
from backend.comparison.claims import CLAIMS, NOT_APPLICABLE, Claim, evaluated, headline

BASE = ClaimRun(run="base", name="base")
NOTHING_SCORED: dict[str, pd.DataFrame] = {}
EVENLY, SHARP = (8,) * 180, (64,) * 120 + (0,) * 60
"""Of 128 samples: every problem solved now and then; two thirds solved often and the rest never."""


def counts_of(n: int, **runs: npt.ArrayLike) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"run": run, "n": n, "c": np.asarray(c)}).assign(
            problem=lambda frame: [f"p{at}" for at in frame.index]
        )
        for run, c in runs.items()
    ]
    return pd.concat(frames, ignore_index=True)


def held(counts: pd.DataFrame, *others: ClaimRun, asked: Asked | None = None) -> dict[str, Claim]:
    found = evaluated(BASE, others, counts, NOTHING_SCORED, asked or Asked())
    assert [claim.key for claim in found] == list(CLAIMS)
    return {claim.key: claim for claim in found}


def rlvr(name: str = "rlvr", **more: object) -> ClaimRun:
    return ClaimRun(run=name, name=name, training=name, **more)  # type: ignore[arg-type]


def test_a_sharper_model_supports_what_the_paper_says_of_k_and_of_sets() -> None:
    found = held(counts_of(128, base=EVENLY, rlvr=SHARP), rlvr())
    assert [found[key].verdict for key in ("small_k", "large_k", "within")] == [SUPPORTED] * 3
    small, large, within = (found[key].rows[0] for key in ("small_k", "large_k", "within"))
    assert small.effect == pytest.approx(8 / 128 - 64 / 128 * 2 / 3)
    assert large.effect == pytest.approx(1 / 3)
    assert within.effect == pytest.approx(0, abs=0.02)
    assert (large.k, within.k, within.against) == (128, 64, 0.05)
    assert within.high < 0.05
    assert "At k = 1 rlvr is above base by 27.1 points" in small.sentence
    assert "n = 128, 180 problems" in small.sentence


def test_the_other_way_round_the_same_counts_contradict_them() -> None:
    found = held(counts_of(128, base=SHARP, rlvr=EVENLY), rlvr())
    assert [found[key].verdict for key in ("small_k", "large_k", "within")] == [CONTRADICTED] * 3
    assert found["within"].rows[0].effect > 0.2


def test_below_k_64_a_lead_of_rlvr_contradicts_nothing() -> None:
    found = held(counts_of(16, base=(8,) * 120 + (0,) * 60, rlvr=(4,) * 180), rlvr())
    assert found["large_k"].rows[0].high < 0
    assert (found["large_k"].verdict, found["within"].verdict) == (CANNOT_BE_TOLD, CANNOT_BE_TOLD)
    assert "k = 16 is no large budget" in found["large_k"].sentence


def test_none_of_few_problems_is_no_proof_that_rlvr_stays_within_base() -> None:
    within = held(counts_of(1024, base=(5,) * 30, rlvr=(90,) * 19 + (0,) * 11), rlvr())["within"]
    assert within.rows[0].effect == pytest.approx(0, abs=0.04)
    assert within.verdict == CANNOT_BE_TOLD
    needed = within.rows[0].problems_needed
    assert needed
    assert needed > 30


@pytest.mark.parametrize(("n", "verdict"), [(512, CANNOT_BE_TOLD), (1024, CONTRADICTED)])
def test_a_single_problem_beyond_base_contradicts_once_base_has_failed_often_enough(n: int, verdict: str) -> None:
    counts = counts_of(n, base=(0, *(n // 2,) * 29), rlvr=(3 * n // 4, *(n // 2,) * 29))
    row = held(counts, rlvr(), asked=Asked(m=64))["within"].rows[0]
    assert row.verdict == verdict
    assert row.shows == "p0"
    assert "p0" in row.sentence
    assert "unsolvable" not in row.sentence
    if verdict == CANNOT_BE_TOLD:
        assert "would take 591 of its samples without a success" in row.sentence


def test_success_in_one_sample_against_none_is_never_beyond_base() -> None:
    row = held(counts_of(1024, base=(0,) * 5 + (9,) * 25, rlvr=(1,) * 5 + (9,) * 25), rlvr())["within"].rows[0]
    assert row.verdict == CANNOT_BE_TOLD
    assert row.shows is None


def test_coverage_is_followed_from_the_first_checkpoint_to_the_last_whatever_their_order() -> None:
    early, late = (rlvr(f"s{step}", step=step) for step in (10, 20))
    early, late = (ClaimRun(run=one.run, name=one.name, training="t", step=one.step) for one in (early, late))
    counts = counts_of(128, base=EVENLY, s10=EVENLY, s20=SHARP)
    found = held(counts, late, early)
    assert found["training"].verdict == SUPPORTED
    assert found["training"].rows[0].runs == ("s10", "s20")
    assert found["training"].rows[0].effect == pytest.approx(1 / 3)
    assert [row.runs for row in found["large_k"].rows] == [("s20",)], (
        "an earlier checkpoint is no RLVR model of its own"
    )
    rising = held(counts_of(128, base=EVENLY, s10=SHARP, s20=EVENLY), late, early)
    assert rising["training"].verdict == CONTRADICTED


def test_checkpoints_of_one_training_are_no_algorithms() -> None:
    runs = [ClaimRun(run=f"s{step}", name=f"s{step}", training="t", step=step) for step in (10, 20)]
    found = held(counts_of(128, base=EVENLY, s10=EVENLY, s20=SHARP), *runs)
    assert found["algorithms"].verdict == NOT_APPLICABLE


def test_algorithms_differ_little_if_their_range_is_less_than_the_smallest_gap() -> None:
    alike = counts_of(128, base=(8,) * 180, one=(20,) * 90 + (0,) * 90, two=(0,) * 90 + (22,) * 90)
    found = held(alike, rlvr("one"), rlvr("two"))["algorithms"]
    assert found.verdict == SUPPORTED
    gaps = [1 - 20 / 256, 1 - 22 / 256]
    assert found.rows[0].effect == pytest.approx(gaps[1] - (gaps[0] - gaps[1]))
    apart = counts_of(128, base=(8,) * 180, one=(126,) * 180, two=(2, 4) * 90)
    assert held(apart, rlvr("one"), rlvr("two"))["algorithms"].verdict == CONTRADICTED


def test_a_run_that_does_not_stem_from_base_is_no_algorithm_of_it() -> None:
    counts = counts_of(128, base=EVENLY, one=SHARP, two=SHARP)
    assert held(counts, rlvr("one"), rlvr("two", alike=False))["algorithms"].verdict == NOT_APPLICABLE


def test_distillation_goes_beyond_base_or_falls_below_it() -> None:
    wide = ClaimRun(run="wide", name="wide", role=DISTILLED)
    beyond = held(counts_of(128, base=SHARP, wide=(40,) * 180), wide)["distillation"]
    assert beyond.verdict == SUPPORTED
    assert beyond.rows[0].effect == pytest.approx(1 / 3)
    assert "wide solves 60 more often" in beyond.sentence
    below = held(counts_of(128, base=EVENLY, wide=SHARP), wide)["distillation"]
    assert below.verdict == CONTRADICTED
    few = held(counts_of(16, base=(8,) * 120 + (0,) * 60, wide=(8,) * 180), wide)["distillation"]
    assert few.verdict == CANNOT_BE_TOLD, "an RLVR model leads at small k too"


@pytest.mark.parametrize(("gap", "verdict"), [(0.05, SUPPORTED), (-0.3, CONTRADICTED), (-0.1, CANNOT_BE_TOLD)])
def test_paths_are_likely_where_they_lie_above_minus_the_tolerance(gap: float, verdict: str) -> None:
    noise = np.linspace(-0.1, 0.1, 40)
    scored = pd.DataFrame(
        {"problem": [f"p{at}" for at in range(40)], "base": -0.5, "rlvr": -0.5 + gap + noise, "correct": 10}
    ).assign(within=9, below=1)
    counts = counts_of(128, base=EVENLY, rlvr=SHARP)
    found = evaluated(BASE, [rlvr()], counts, {"rlvr": scored}, Asked())[-1]
    assert found.verdict == verdict
    assert found.rows[0].effect == pytest.approx(gap)
    assert found.rows[0].shows == "p0"
    assert "Of 400 correct samples of rlvr 90.0 % are as likely as some" in found.sentence


def test_what_was_not_measured_cannot_be_told_and_says_what_is_missing() -> None:
    found = held(counts_of(4, base=(1, 2)), rlvr(), ClaimRun(run="sft", name="sft", role=OTHER))
    for key in ("small_k", "large_k", "within", "likelihood"):
        assert found[key].verdict == CANNOT_BE_TOLD
        assert np.isnan(found[key].rows[0].effect)
    assert "base and rlvr have no scored problem in common." in found["small_k"].sentence
    assert "logprob:MODEL" in found["likelihood"].rows[0].needed
    assert [found[key].verdict for key in ("training", "algorithms", "distillation")] == [NOT_APPLICABLE] * 3


def test_one_problem_gives_no_interval_and_no_verdict() -> None:
    found = held(counts_of(128, base=(8,), one=(64,), two=(64,)), rlvr("one"), rlvr("two"))
    assert {claim.verdict for claim in found.values()} == {CANNOT_BE_TOLD, NOT_APPLICABLE}


def test_a_k_beyond_the_samples_is_refused_in_a_sentence() -> None:
    row = held(counts_of(128, base=EVENLY, rlvr=SHARP), rlvr(), asked=Asked(k=256, m=256))["large_k"].rows[0]
    assert row.verdict == CANNOT_BE_TOLD
    assert "128 samples of some problem, fewer than 256" in row.sentence


def test_a_claim_over_several_runs_is_contradicted_by_one_and_supported_by_all() -> None:
    counts = counts_of(128, base=EVENLY, one=SHARP, two=SHARP, none=EVENLY, less=(1,) * 180)
    both = held(counts, rlvr("one"), rlvr("two"))["small_k"]
    assert (both.verdict, len(both.rows)) == (SUPPORTED, 2)
    assert both.sentence.startswith("Supported for 2 of 2.")
    assert held(counts, rlvr("one"), rlvr("none"))["small_k"].verdict == CANNOT_BE_TOLD
    assert held(counts, rlvr("one"), rlvr("less"))["small_k"].verdict == CONTRADICTED


def test_p_is_adjusted_over_all_tests_and_may_take_a_verdict_back() -> None:
    rng = np.random.default_rng(3)
    base = rng.binomial(64, 0.5, 60)
    slight = np.clip(base + rng.binomial(4, 0.5, 60) - (np.arange(60) % 4 == 0) * 4, 0, 64)
    counts = counts_of(64, base=base, slight=slight, **{f"r{at}": base[::-1] for at in range(8)})
    alone = held(counts, rlvr("slight"))["small_k"].rows[0]
    crowd = held(counts, rlvr("slight"), *(rlvr(f"r{at}") for at in range(8)), asked=Asked(q=2 * alone.p))["small_k"]
    assert alone.verdict == SUPPORTED
    assert crowd.rows[0].q > alone.q
    assert crowd.rows[0].verdict == CANNOT_BE_TOLD
    assert "tests shown" in crowd.rows[0].sentence


def test_identical_models_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(11)
    claimed = 0
    for _ in range(20):
        rates = rng.beta(0.2, 3, 60)
        counts = counts_of(128, base=rng.binomial(128, rates), rlvr=rng.binomial(128, rates))
        found = held(counts, rlvr())
        claimed += any(found[key].verdict in (SUPPORTED, CONTRADICTED) for key in ("small_k", "large_k"))
        assert found["within"].verdict != CONTRADICTED
    assert claimed <= 4


def test_the_headline_counts_verdicts() -> None:
    found = list(held(counts_of(128, base=EVENLY, rlvr=SHARP), rlvr()).values())
    assert headline(found, "sums") == "3 of 7 claims hold on sums, 1 cannot be told, 3 do not apply"
