"""Draws of a real vLLM are independent of all before, are those of the model, and outlive whoever asked for them."""

import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.sampling import engine
from tests.sampling.real_engine import (
    BASE,
    LOUDEST,
    RLVR,
    counts,
    exact,
    needs_vllm,
    repetition,
    replies_differ,
    rows,
    run,
    standard_score,
)
from tests.sampling.real_engine import database as database
from tests.sampling.test_commands import nothing_left as nothing_left
from tests.sampling.test_commands import serving, started

pytestmark = needs_vllm

DIVERSE = "cd-5-001"
"""A problem on which hardly two samples of the base model are alike."""
DRAWN = 256


def test_a_top_up_on_an_engine_started_anew_repeats_no_earlier_draws(database: Path) -> None:
    def texts(name: str) -> list[str]:
        told = run(
            database, "sample", "--model", "tiny-base", "--benchmark", "countdown", "--problems", DIVERSE, "--samples",
            DRAWN, "--batch", DRAWN, "--run", name,
        )  # fmt: skip
        assert (told["samples"], told["failed"]) == (DRAWN, [])
        return [s["completion"] for s in run(database, "samples", name, DIVERSE)]

    first = texts("topped-up")
    seed = engine.status(database).seed
    assert seed is not None
    assert engine.stop(database)
    both = texts("topped-up")
    assert (both[:DRAWN], len(both)) == (first, 2 * DRAWN)
    assert engine.status(database).seed != seed
    assert abs(repetition(first, both[DRAWN:])) < LOUDEST
    assert replies_differ(database, "topped-up")
    assert repetition(first, first) > 2 * LOUDEST, "draws that were repeated would be told"


def test_fresh_samples_of_the_rlvr_model_agree_with_the_shipped_ones(database: Path) -> None:
    told = run(
        database, "sample", "--model", "tiny-rlvr-600", "--benchmark", "countdown", "--samples", 16, "--run", "fresh"
    )
    assert (told["samples"], told["failed"], told["state"]) == (144 * 16, [], "finished")
    found = counts(database, "fresh")
    assert abs(standard_score(found, counts(database, RLVR))) < LOUDEST
    assert standard_score(found, counts(database, BASE)) > 2 * LOUDEST


def test_the_rlvr_model_goes_on_from_what_the_base_model_wrote(database: Path) -> None:
    before = {key: counts(database, key) for key in (BASE, RLVR)}
    text = run(database, "samples", BASE, "cd-4-034")[0]["completion"]
    prefix = text[: text.index("\n") + 1]
    told = run(database, "continue", BASE, "cd-4-034", "--prefix", prefix, "--samples", 24, "--by", RLVR)
    assert (told["samples"], told["failed"]) == (24, [])
    assert engine.status(database).name == "tiny-rlvr-600"
    found = pd.DataFrame(run(database, "prefix-samples", RLVR, "cd-4-034"))
    assert (len(found), {*found["prefix"]}, {*found["prefix_run"]}) == (24, {prefix}, {BASE})
    assert rows(database, "select count(*) from prefix_samples") == [(24,)]
    (asked,) = rows(
        database, "select distinct prompt from prompts join requests using (prompt_id) where prefix = ?", prefix
    )
    assert str(asked[0]).endswith(prefix)
    truth = exact("tiny-rlvr-600", found.assign(prompt=asked[0]), 1.0)
    # A model may draw tokens that no text is cut into, or that leave no letter; what it says of these is not checked.
    pairs = [
        (said, sum(each["logprobs"]))
        for said, tokens, each in zip(found["sum_logprob"], found["token_count"], truth, strict=True)
        if tokens == len(each["logprobs"])
    ]
    assert len(pairs) > 12
    assert [said for said, _ in pairs] == pytest.approx([weighed for _, weighed in pairs], abs=5e-3)
    assert all(counts(database, key).equals(counts_before) for key, counts_before in before.items())


TEXTS = """select problem_id, sample_index, completion from samples join completions using (sample_id, run_id)
where run_id = (select run_id from runs where key = 'killed')"""


def test_the_app_killed_while_it_draws_loses_and_repeats_no_sample(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOUNDARY_DATABASE", str(database))
    rng, acknowledged, wanted = random.Random(11), set[tuple[Any, ...]](), 144 * 32
    arguments = ["sample", "--model", "tiny-rlvr-600", "--benchmark", "countdown", "--samples", "32", "--batch", "8",
                 "--run", "killed"]  # fmt: skip
    for _ in range(2):
        app = serving()
        command = started([*arguments, "--json"])
        assert command.stderr is not None
        enough = len(acknowledged) + rng.randint(200, 1500)
        for line in command.stderr:
            drawn = line.removeprefix("drawing: ").split(" ")[0].replace(",", "")
            if drawn.isdigit() and int(drawn) >= enough:
                break
        for process in (app, command):
            process.kill()
            process.communicate()
        texts = set(rows(database, TEXTS))
        assert acknowledged < texts
        assert len(texts) < wanted
        acknowledged = texts
        (job,) = [row for row in run(database, "jobs") if row["key"] == "killed"]
        assert job["error"].startswith("It was interrupted")
        arguments = ["resume", str(job["job"])]
    assert run(database, *arguments)["samples"] == wanted
    assert acknowledged < set(rows(database, TEXTS))
    indexes = rows(
        database,
        """select distinct count(*), count(distinct sample_index), max(sample_index) from samples
        where run_id = (select run_id from runs where key = 'killed') group by problem_id""",
    )
    assert indexes == [(32, 32, 31)]
    assert set(counts(database, "killed")["n"]) == {32}
    assert abs(standard_score(counts(database, "killed"), counts(database, RLVR))) < LOUDEST
