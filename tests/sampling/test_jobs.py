"""Jobs against a server that fails in every way: what arrives is stored once, and what fails says why."""

import time
from collections import Counter
from pathlib import Path

import pytest

from backend.config import settings
from backend.errors import BadInput, NotFound
from backend.records import JobState
from backend.store import queries
from backend.store.jobs import job_problems, open_requests
from backend.store.verdicts import recount, run_id_of
from backend.store.writes import delete_run
from tests.sampling.conftest import Bench
from tests.sampling.stand_in import Server


def whole(bench: Bench, each: int = 8) -> bool:
    """Whether every problem has just so many samples, numbered from 0, and no two texts are alike."""
    found = bench.texts()
    places = [(problem, index) for problem, index, _ in found]
    return places == [(f"p{i}", j) for i in range(4) for j in range(each)] and len({t for _, _, t in found}) == len(
        found
    )


def counts_hold(bench: Bench) -> bool:
    """Whether the counts that were kept along the way are those of counting anew."""
    key = str(queries.runs(bench.store)["run"].iloc[0])
    kept = queries.correct_counts(bench.store, [key])
    with bench.store.write() as cursor:
        recount(cursor, run_id_of(bench.store, key))
    return kept.equals(queries.correct_counts(bench.store, [key]))


def test_a_job_draws_what_was_asked_and_judges_it(bench: Bench) -> None:
    row = bench.done()
    assert (row["state"], row["done"], row["wanted"], row["failed"]) == (JobState.FINISHED, 32, 32, 0)
    assert whole(bench)
    assert counts_hold(bench)
    verdicts = Counter(v for (v,) in bench.store.rows("select verdict::varchar from samples where verifier = 'number'"))
    right = sum(text.endswith("{7}") for _, _, text in bench.texts())
    assert verdicts == {"correct": right, "incorrect": 32 - right}
    assert row["correct"] == right


def test_what_is_stored_of_each_sample(bench: Bench) -> None:
    bench.script(stop_reason="Question:")
    bench.done(samples=1)
    stored = bench.store.rows(
        "select finish_reason, token_count, sum_logprob, min_logprob, metadata, verifier from samples limit 1"
    )
    assert stored == [("stop", 3, -12.0, -5.5, '{"stop_reason": "Question:"}', "number")]
    prompt, name, version = bench.store.rows(
        """select prompt, engine_starts.name, version from requests join prompts using (prompt_id)
        join engine_starts using (start_id) limit 1"""
    )[0]
    assert prompt.startswith("What is ")
    assert bench.url in name
    assert version == "vllm 1.0"


@pytest.mark.parametrize("fault", ["429", "500", "503", "garbage", "empty", "half"])
def test_faults_that_pass_lose_and_repeat_nothing(bench: Bench, fault: str) -> None:
    bench.script(faults=[fault, "", fault, fault, "", fault])
    row = bench.done()
    assert (row["state"], row["failed"]) == (JobState.FINISHED, 0)
    assert whole(bench)
    assert counts_hold(bench)


def test_an_answer_that_trickles_is_given_up_and_asked_for_again(bench: Bench) -> None:
    bench.script(faults=["slow"])
    assert bench.done()["state"] == JobState.FINISHED
    assert whole(bench)


def test_a_server_that_gives_fewer_than_asked_is_asked_for_the_rest(bench: Bench) -> None:
    bench.script(most=3)
    assert bench.done()["state"] == JobState.FINISHED
    assert whole(bench)
    assert {s["body"]["n"] for s in bench.server.state.seen} == {4, 1}


def test_a_problem_that_is_refused_fails_in_the_servers_words_and_the_rest_goes_on(bench: Bench) -> None:
    bench.script(refuse={"word": "What is 2", "message": "This model's maximum context length is 128 tokens."})
    row = bench.done()
    assert (row["state"], row["done"], row["failed"]) == (JobState.FINISHED, 24, 8)
    failed = job_problems(bench.store, row["job"]).set_index("problem").loc["p2"]
    assert (failed["failed"], failed["error"]) == (8, "This model's maximum context length is 128 tokens.")
    asked = [s for s in bench.server.state.seen if "What is 2" in s["body"]["prompt"]]
    assert len(asked) <= 2  # those that were under way when the first was refused


def test_an_unknown_model_fails_the_job_in_the_servers_words(bench: Bench) -> None:
    row = bench.done(model="nobody")
    assert (row["state"], row["error"]) == (JobState.FAILED, "The model `nobody` does not exist.")


def test_a_server_that_is_down_fails_the_job_which_can_be_resumed(bench: Bench) -> None:
    bench.script(always="500")
    row = bench.done()
    assert row["state"] == JobState.FAILED
    assert "scripted 500" in row["error"]
    assert row["failed"] == 0
    bench.script()
    assert bench.jobs.resume(row["job"]) == 32
    assert bench.ended(row["job"])["state"] == JobState.FINISHED
    assert whole(bench)


def test_a_locked_server_is_not_asked_again_and_again(bench: Bench) -> None:
    bench.script(always="401")
    row = bench.done()
    assert row["state"] == JobState.FAILED
    assert "status 401" in row["error"]
    assert len(bench.server.state.seen) <= 4


def test_a_cancelled_job_keeps_what_arrived_and_is_drawn_to_its_end_later(bench: Bench) -> None:
    bench.script(seconds=0.1)
    job = bench.launched(samples=40)
    while not bench.row(job)["done"]:
        time.sleep(0.01)
    bench.jobs.cancel(job)
    row = bench.ended(job)
    assert row["state"] == JobState.CANCELLED
    assert 0 < row["done"] < 160
    assert len(bench.texts()) == row["done"]
    bench.script()
    bench.jobs.resume(job)
    assert bench.ended(job)["state"] == JobState.FINISHED
    assert whole(bench, 40)
    assert counts_hold(bench)


def test_a_server_that_begins_its_draws_anew_adds_no_copies(bench: Bench) -> None:
    first = bench.done(samples=4)
    assert first["state"] == JobState.FINISHED
    told = {s["body"]["prompt"]: s for s in bench.server.state.seen}
    assert len(told) == 4
    bench.server.state.drawn = 0
    before = bench.texts()
    again = bench.done(samples=4)
    assert again["failed"] == 0
    assert whole(bench)
    assert {(p, i, t) for p, i, t in before} <= set(bench.texts())


def test_a_server_that_says_the_same_again_and_again_is_told_of(bench: Bench) -> None:
    bench.done(samples=4, problems=["p1"])
    bench.script(stuck=True)
    bench.server.state.drawn = 0
    row = bench.done(samples=4, problems=["p1"])
    assert row["failed"] == 4
    assert "word for word" in job_problems(bench.store, row["job"])["error"].iloc[0]
    assert len(bench.texts()) == 4


def test_a_top_up_goes_on_where_the_run_ended(bench: Bench) -> None:
    bench.done()
    bench.done(samples=5)
    assert whole(bench, 13)
    assert len(queries.runs(bench.store)) == 1
    assert counts_hold(bench)


def test_two_jobs_on_one_run_at_once_take_numbers_of_their_own(bench: Bench) -> None:
    bench.script(seconds=0.02)
    jobs = [bench.launched(), bench.launched()]
    assert {bench.ended(job)["state"] for job in jobs} == {JobState.FINISHED}
    assert whole(bench, 16)
    assert counts_hold(bench)


def test_twenty_jobs_queue_and_all_end(bench: Bench) -> None:
    jobs = [bench.launched(samples=2) for _ in range(20)]
    assert {bench.ended(job)["state"] for job in jobs} == {JobState.FINISHED}
    assert whole(bench, 40)


def test_a_run_that_is_deleted_takes_its_job_along(bench: Bench) -> None:
    bench.script(seconds=0.1)
    job = bench.launched(samples=40)
    while not bench.row(job)["done"]:
        time.sleep(0.01)
    delete_run(bench.store, str(queries.runs(bench.store)["run"].iloc[0]))
    bench.jobs.wait(job, lambda: None)
    assert bench.store.rows("select count(*) from samples") == [(0,)]
    assert bench.store.rows("select count(*) from requests") == [(0,)]


def test_a_chat_is_asked_by_messages_and_its_reasoning_is_part_of_the_text(bench: Bench) -> None:
    bench.script(thought="Let me see.")
    bench.done(samples=1, chat=True, system="Be short.")
    seen = bench.server.state.seen[0]
    assert seen["path"] == "/v1/chat/completions"
    assert [m["role"] for m in seen["body"]["messages"]] == ["system", "user"]
    assert all(text.startswith("<think>\nLet me see.\n</think>\n\ndraw ") for _, _, text in bench.texts())


def test_a_complete_job_has_nothing_to_resume(bench: Bench) -> None:
    row = bench.done()
    with pytest.raises(BadInput, match="nothing is left"):
        bench.jobs.resume(row["job"])
    with pytest.raises(BadInput, match="has ended already"):
        bench.jobs.cancel(row["job"])
    assert not open_requests(bench.store, row["job"])


def test_a_job_that_is_not_there_is_told_of(bench: Bench) -> None:
    with pytest.raises(NotFound, match="There is no job 999"):
        bench.jobs.resume(999)


def test_samples_with_other_settings_do_not_join_a_run(bench: Bench) -> None:
    bench.done(run="mine")
    with pytest.raises(BadInput, match="temperature"):
        bench.launched(run="mine", temperature=0.6)
    with pytest.raises(BadInput, match="top_k"):
        bench.launched(run="mine", top_k=20)


def test_servers_share_a_job_and_one_that_ends_leaves_its_part_to_the_other(bench: Bench, second: Server) -> None:
    bench.script(seconds=0.02)
    second.state.script = {"seconds": 0.02, "faults": [""] * 3, "always": "500"}
    second.state.drawn = 10**6
    url = f"http://127.0.0.1:{second.server_address[1]}"
    row = bench.done(samples=40, engines=(bench.url, url))
    assert (row["state"], row["done"], row["failed"]) == (JobState.FINISHED, 160, 0)
    assert whole(bench, 40)
    drew = dict(bench.store.rows(
        "select url, sum(arrived) from requests join engine_starts using (start_id) group by url"
    ))  # fmt: skip
    assert drew[url] == 12
    assert drew[bench.url] == 148


def test_a_seed_goes_with_each_request_only_where_the_server_bears_it(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.done(samples=8, seed=5)
    assert not any("seed" in s["body"] for s in bench.server.state.seen)
    (tmp_path / "engines.toml").write_text(f'[[engine]]\nname = "s"\nurl = "{bench.url}"\nseeds = true\n')
    monkeypatch.setenv("BOUNDARY_ENGINES", str(tmp_path / "engines.toml"))
    settings.cache_clear()
    for _ in range(2):
        bench.done(samples=8, seed=5, engines=("s",))
    seeds = [s["body"]["seed"] for s in bench.server.state.seen if "seed" in s["body"]]
    assert len(seeds) == len(set(seeds)) == 16
    stored = {row[0] for row in bench.store.rows("select distinct seed from samples where seed is not null")}
    assert stored == set(seeds)
