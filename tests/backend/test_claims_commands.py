"""The commands `claims` and `plan`, from files to JSON."""

from pathlib import Path

import pytest

from tests.backend.test_cli import run

KEYS = ["small_k", "large_k", "within", "training", "algorithms", "distillation", "likelihood"]


@pytest.fixture
def family(tmp_path: Path) -> None:
    """Counts of a base model, two checkpoints, another algorithm, a distilled and an SFT model."""
    plan = {
        "base": ("base", "", "", [8] * 180),
        "grpo-100": ("rlvr", "base", "100", [16] * 180),
        "grpo-200": ("rlvr", "base", "200", [64] * 120 + [0] * 60),
        "rloo": ("rlvr", "base", "", [60] * 120 + [0] * 60),
        "wide": ("distilled", "base", "", [30] * 180),
        "tuned": ("sft", "base", "", [9] * 180),
        "plain": ("", "", "", [9] * 180),
    }
    for name, (training, origin, step, solved) in plan.items():
        about = f"b,{name},{name},{training},{origin},{step}"
        rows = [f"p{i},128,{c},{about}" for i, c in enumerate(solved)]
        path = tmp_path / f"{name}.csv"
        head = "problem_id,n,c,benchmark,model,run,training,base_model,checkpoint_step"
        path.write_text("\n".join([head, *rows]) + "\n")
        assert run("import", path, "--json").code == 0


@pytest.mark.usefixtures("family")
def test_every_claim_has_a_verdict_an_effect_and_a_way_to_what_shows_it() -> None:
    found = run("claims", "base", "grpo-200", "--json").json
    assert [claim["key"] for claim in found["claims"]] == KEYS
    assert found["headline"] == "3 of 7 claims hold on b, 1 cannot be told, 3 do not apply"
    small, large, within = found["claims"][:3]
    assert (small["verdict"], small["unit"], small["k"]) == ("supported", "points", 1)
    assert small["low"] < small["effect"] < small["high"] < 0
    assert small["source"] == "Yue et al. 2025, arXiv 2504.13837, Section 3.1, Figure 2"
    assert small["problems_needed"] > 0
    assert large["view"] == "curves?benchmark=b&run=base&run=grpo-200"
    assert within["view"] == "boundary?benchmark=b&base=base&rlvr=grpo-200&m=64"
    assert found["claims"][6]["effect"] is None
    assert "logprob:MODEL" in found["claims"][6]["needed"]
    for name in ("level", "q", "seed", "k", "m", "tolerance", "likelihood_tolerance", "difference", "power"):
        assert name in found


@pytest.mark.usefixtures("family")
def test_runs_are_taken_as_what_they_are_said_to_be() -> None:
    found = run("claims", "base", "grpo-100", "grpo-200", "rloo", "wide", "tuned", "plain", "--json").json
    assert {one["run"]: one["taken_as"] for one in found["runs"]}["tuned"] == "other"
    rows = {claim["key"]: [row["runs"] for row in claim["rows"]] for claim in found["claims"]}
    assert rows["small_k"] == [["grpo-200"], ["rloo"], ["plain"]]
    assert rows["training"] == [["grpo-100", "grpo-200"]]
    assert rows["algorithms"] == [["grpo-200", "rloo", "plain"]]
    assert rows["distillation"] == [["wide"]]
    assert found["notes"] == [
        "Earlier checkpoints enter the claim on training only: grpo-100.",
        "tuned is an SFT model, of which the paper claims nothing; it is left out.",
        "plain is not marked as RLVR (no training); it is taken as such.",
    ]
    assert found["claims"][0]["effect"] is None, "three rows have no one effect"
    assert found["claims"][0]["view"] == "curves?benchmark=b&run=base&run=grpo-200&run=rloo&run=plain"
    assert found["claims"][2]["view"] is None


@pytest.mark.usefixtures("family")
def test_in_words_every_claim_has_its_verdict_and_its_source() -> None:
    said = run("claims", "base", "grpo-200").out
    assert "✓ 1. RLVR is higher at k = 1: supported (Yue et al. 2025, arXiv 2504.13837, Section 3.1, Figure 2)" in said
    assert "– 6. Distillation goes beyond base: not applicable" in said


@pytest.mark.parametrize(
    "options",
    [
        ["--level", "0.3"],
        ["--q", "0"],
        ["--k", "0"],
        ["--m", "-1"],
        ["--tolerance", "1"],
        ["--likelihood-tolerance", "0"],
        ["--difference", "0"],
        ["--power", "0.4"],
    ],
)
@pytest.mark.usefixtures("family")
def test_what_cannot_be_asked_is_refused_in_a_sentence(options: list[str]) -> None:
    refused = run("claims", "base", "rloo", *options, "--json")
    assert refused.code == 2
    assert options[0][2:].replace("-", "_") in refused.json["error"]["message"]


@pytest.mark.usefixtures("family")
def test_a_plan_from_two_runs_and_from_none() -> None:
    found = run("plan", "base", "grpo-200", "--json").json
    assert (found["k"], found["basis"]) == (64, "estimated")
    assert [row["n"] for row in found["rows"]] == [64, 128, 256, 512, 1024, 2048]
    assert found["present"]["problems"] == 180
    assert found["rows"][1]["least_detectable"] == pytest.approx(found["present"]["least_detectable"], rel=0.02)
    assert found["excludes"]["samples"] == 3_067
    undetermined = found["undetermined"]
    assert undetermined["problems"] == 60
    assert [row["more_samples"] for row in undetermined["settled"]] == [128, 512, 2048, 8192]
    assert undetermined["settled"][-1]["problems"] == 60
    assert run("plan", "base", "grpo-200", "--k", 128, "--json").json["basis"] == "fitted"
    assert run("plan", "--difference", 0.05, "--json").json["basis"] == "assumed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["base"], "base is named alone"),
        (["base", "rloo", "--k", "129"], "up to the smallest n of the two runs, 128"),
        (["base", "rloo", "--difference", "2"], "difference is 2"),
        (["base", "rloo", "--epsilon", "0"], "epsilon is 0"),
    ],
)
@pytest.mark.usefixtures("family")
def test_a_plan_that_cannot_be_made_says_why(arguments: list[str], said: str) -> None:
    refused = run("plan", *arguments, "--json")
    assert refused.code == 2
    assert said in refused.said
