"""Sampling and scoring on a real vLLM with the tiny models; one engine after another serves all of these tests."""

import json
import math
import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backend.records import JobState
from backend.sampling import engine, environment
from backend.store.database import open_store
from tests.sampling.real_engine import (
    BASE,
    LOUDEST,
    RLVR,
    counts,
    exact,
    needs_vllm,
    replies_differ,
    rows,
    run,
    standard_score,
)
from tests.sampling.real_engine import database as database
from tests.sampling.test_commands import started, until

pytestmark = needs_vllm

FRESH = "fresh"
PROBLEMS = ("cd-3-001", "cd-4-034", "cd-5-001")
IDLE_SECONDS = 20.0


def test_fresh_samples_of_the_base_model_agree_with_the_shipped_ones(database: Path) -> None:
    told = run(database, "sample", "--model", "tiny-base", "--benchmark", "countdown", "--samples", 16, "--run", FRESH)
    assert (told["samples"], told["failed"], told["state"]) == (144 * 16, [], "finished")
    assert abs(standard_score(counts(database, FRESH), counts(database, BASE))) < LOUDEST
    facts = rows(
        database,
        """select count(*), count(sum_logprob), count(min_logprob), count(token_count), min(seed), max(seed),
            count(*) filter (finish_reason in ('stop', 'length'))
        from samples where run_id = (select run_id from runs where key = ?)""",
        FRESH,
    )[0]
    status = engine.status(database)
    assert facts == (2304, 2304, 2304, 2304, status.seed, status.seed, 2304)
    assert rows(database, "select version, seed from engine_starts") == [(f"vllm {status.version}", status.seed)]


def test_an_engine_that_is_killed_is_started_anew_and_its_job_ends_without_loss_or_copies(database: Path) -> None:
    before = engine.status(database)
    assert before.pid is not None
    asked = ["sample", "--model", "tiny-base", "--benchmark", "countdown", "--samples", "32", "--run", FRESH]
    process = started([*asked, "--json", "--database", str(database)])
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("drawing: ") and not line.startswith("drawing: 0 "):
            break
    os.kill(before.pid, signal.SIGKILL)
    out, said = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert json.loads(out)["samples"] == 144 * 32
    found = counts(database, FRESH)
    assert set(found["n"]) == {48}
    indexes = rows(
        database,
        """select distinct count(*), count(distinct sample_index), max(sample_index) from samples
        where run_id = (select run_id from runs where key = ?) group by problem_id""",
        FRESH,
    )
    assert indexes == [(48, 48, 47)]
    seeds = rows(database, "select count(*), count(distinct seed) from engine_starts")
    assert seeds == [(2, 2)]
    assert replies_differ(database, FRESH)
    assert abs(standard_score(found, counts(database, BASE))) < LOUDEST


def test_the_servers_of_the_configuration_share_a_job(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = engine.status(database).url
    other = url.replace("127.0.0.1", "localhost")
    (tmp_path / "engines.toml").write_text(
        f'[[engine]]\nname = "one"\nurl = "{url}"\nmodels = ["tiny-base"]\nrequests = 2\n'
        f'[[engine]]\nname = "two"\nurl = "{other}/v1"\nrequests = 2\n'
    )
    monkeypatch.setenv("BOUNDARY_ENGINES", str(tmp_path / "engines.toml"))
    told = run(
        database, "sample", "--model", "tiny-base", "--benchmark", "countdown", "--samples", 8, "--batch", 2,
        "--engine", "one", "--engine", "two", "--run", "shared", "--problems", ",".join(PROBLEMS),
    )  # fmt: skip
    assert told["samples"] == 24
    drew = rows(
        database,
        "select url, sum(arrived) from requests join engine_starts using (start_id) where job_id = ? group by url",
        told["job"],
    )
    assert {address for address, _ in drew} == {url, other}
    assert set(counts(database, "shared")["n"]) == {8}


def test_a_seed_with_each_request_gives_the_same_draws_again(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = engine.status(database).url
    (tmp_path / "engines.toml").write_text(f'[[engine]]\nname = "s"\nurl = "{url}"\nseeds = true\nrequests = 1\n')
    monkeypatch.setenv("BOUNDARY_ENGINES", str(tmp_path / "engines.toml"))
    texts = []
    for name in ("first", "again"):
        run(
            database, "sample", "--model", "tiny-base", "--benchmark", "countdown", "--samples", 8, "--batch", 4,
            "--engine", "s", "--run", name, "--seed", 5, "--problems", "cd-5-001",
        )  # fmt: skip
        texts.append([s["completion"] for s in run(database, "samples", name, "cd-5-001")])
    assert texts[0] == texts[1]
    assert len(set(texts[0])) > 1


def test_samples_that_go_on_from_a_beginning_are_no_draws_of_the_run(database: Path) -> None:
    text = run(database, "samples", BASE, PROBLEMS[1])[0]["completion"]
    prefix, before = text[: text.index("\n") + 1], counts(database, BASE)
    told = run(database, "continue", BASE, PROBLEMS[1], "--prefix", prefix, "--samples", 24)
    assert (told["samples"], told["failed"]) == (24, [])
    found = pd.DataFrame(run(database, "prefix-samples", BASE, PROBLEMS[1]))
    assert (len(found), set(found["prefix"])) == (24, {prefix})
    assert set(found["verdict"]) <= {"correct", "incorrect", "no_answer"}
    assert not found["completion"].str.startswith(prefix).all()
    assert counts(database, BASE).equals(before)


def test_what_settles_a_verdict_is_drawn_whole_from_both_models_and_confirmed_apart(database: Path) -> None:
    before = {key: counts(database, key) for key in (BASE, RLVR)}
    name = PROBLEMS[1]
    wanted = run(database, "settle", BASE, RLVR, "--problems", name)["samples"][name]
    done = run(database, "settle", BASE, RLVR, "--problems", name, "--draw")
    assert [job["samples"] for job in done["jobs"]] == [wanted, wanted]
    assert engine.status(database).name == "tiny-rlvr-600"  # base, which was loaded, came first
    after = {key: counts(database, key) for key in (BASE, RLVR)}
    for key in (BASE, RLVR):
        assert after[key].loc[name, "n"] == before[key].loc[name, "n"] + wanted
        assert after[key].drop(name).equals(before[key].drop(name))
    confirmed = run(database, "settle", BASE, RLVR, "--problems", name, "--confirm", 40, "--draw")
    assert [job["samples"] for job in confirmed["jobs"]] == [40, 40]
    assert all(job["run"].endswith("confirmation") for job in confirmed["jobs"])
    assert engine.status(database).name == "tiny-base"
    assert counts(database, BASE).equals(after[BASE])
    apart = [row["key"] for row in run(database, "jobs") if row["run"].endswith("confirmation")]
    assert len(apart) == 2
    assert replies_differ(database, BASE, RLVR, FRESH, *apart)


def scored_samples(database: Path, run_key: str, model: str) -> pd.DataFrame:
    """The scored samples of a run with their prompts, and all their tokens' scores in lists."""
    store = open_store(database)
    try:
        return store.read(
            """
            select s.sample_id, any_value(completion) as completion, any_value(prompt) as prompt,
                any_value(finish_reason) as finish_reason, any_value(l.sum_logprob) as sum_logprob,
                list(t.logprob order by position) as logprobs, list(likelier_least order by position) as least,
                list(likelier_most order by position) as most
            from likelihoods l join samples s using (sample_id, run_id) join completions using (sample_id, run_id)
                join token_likelihoods t on t.sample_id = l.sample_id and t.run_id = l.run_id and t.model = l.model
                join requests q on q.job_id = l.job_id and q.problem_id = s.problem_id join prompts using (prompt_id)
            where s.run_id = (select run_id from runs where key = ?) and l.model = ?
                and l.same_tokens group by s.sample_id order by s.sample_id
            """,
            [run_key, model],
        )
    finally:
        store.close()


SHARP = "tiny-base-t0.6-p0.95"


def test_likelihoods_are_those_that_the_weights_give(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDARY_ENGINE_IDLE_SECONDS", str(IDLE_SECONDS))
    for model in ("tiny-base", "tiny-rlvr-600"):
        for key in (BASE, RLVR, *([SHARP] if model != "tiny-base" else [])):
            told = run(
                database, "score", "--run", key, "--under", model, "--most", 8, "--problems", ",".join(PROBLEMS),
                "--per-token",
            )  # fmt: skip
            assert (told["samples"], told["failed"], told["under"]) == (24, [], model)
    assert engine.status(database).scoring
    log_perplexities: dict[str, float] = {}
    for reads, model in (("base", "tiny-base"), ("rlvr", "tiny-rlvr-600")):
        for wrote, key in (("base", BASE), ("rlvr", RLVR)):
            found = scored_samples(database, key, model)
            truth = exact(model, found, 1.0)
            for s, t in zip(found.to_dict("records"), truth, strict=True):
                assert s["logprobs"] == pytest.approx(t["logprobs"], abs=2e-3)
                assert s["sum_logprob"] == pytest.approx(sum(t["logprobs"]), abs=5e-3)
            of_text = [-np.mean(t["logprobs"]) for t in truth]
            log_perplexities[f"PPL_{reads}(Y_{wrote})"] = float(np.mean(of_text))
    told = run(database, "perplexity", BASE, RLVR)["perplexity"]
    assert {k: math.log(v) for k, v in told.items()} == pytest.approx(log_perplexities, abs=1e-3)


def test_a_path_is_blocked_where_the_weights_close_its_nucleus(database: Path) -> None:
    found = scored_samples(database, SHARP, "tiny-rlvr-600")
    truth = exact("tiny-rlvr-600", found, 0.6)
    for s, t in zip(found.to_dict("records"), truth, strict=True):
        for least, likelier, most in zip(s["least"], t["likelier"], s["most"], strict=True):
            assert least - 2e-3 <= likelier <= most + 2e-3
    told = run(database, "blocked", SHARP, "--under", "tiny-rlvr-600", "--all")
    assert (told["temperature"], told["top_p"]) == (pytest.approx(0.6), pytest.approx(0.95))
    closed = sum(any(likelier >= 0.95 + told["margin"] for likelier in t["likelier"]) for t in truth)
    assert told["blocked"] == closed > 0


def test_an_engine_that_nobody_uses_ends(database: Path) -> None:
    until(lambda: engine.status(database).state is engine.Up.STOPPED, seconds=4 * IDLE_SECONDS)
    status = engine.status(database)
    assert status.pid is None or not environment.alive(status.pid)
    assert not rows(database, "select 1 from jobs where state <> ?", str(JobState.FINISHED))
