"""From a verdict, a problem and a node of the tree to samples that settle, confirm or go on; perplexities."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.commands import COMMANDS
from backend.jobs.runner import jobs_of
from backend.jobs.topping_up import scoring
from backend.store import queries
from backend.store.database import Store
from backend.store.jobs import jobs as listed
from backend.store.jobs import open_requests, record_job, stored_job
from backend.store.prefix_samples import prefix_samples
from backend.store.scores import Score, TokenScore, record_scores, texts_of
from tests.pages.conftest import OpenPage, add_run, in_link, texts
from tests.sampling.conftest import server as server
from tests.sampling.stand_in import Server

BEGINNING = "We begin with a first step that all take.\n\n"
BASE_MODEL, RLVR_MODEL = "one/stand-in", "two/stand-in"


@pytest.fixture
def pair(store: Store, tmp_path: Path) -> Iterator[Store]:
    """A base run and an RLVR run whose models the stand-in serves, so that more can be drawn of both."""
    told = {"verifier": "number", "max_tokens": 64}
    few, most = (True, False) * 4, (True,) * 8
    add_run(store, tmp_path, "base", {"open": few, "plain": (False,) * 8}, model=BASE_MODEL, training="base", **told)
    add_run(store, tmp_path, "rlvr", {"open": most, "plain": most}, model=RLVR_MODEL, training="rlvr",
            base_model=BASE_MODEL, **told)  # fmt: skip
    yield store
    assert store.path
    jobs_of(store.path).interrupt()


def all_ended(store: Store) -> None:
    assert store.path
    deadline = time.monotonic() + 60
    while jobs_of(store.path).under_way():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def opened(app: AppTest, key: str, server: Server, engine: str) -> AppTest:
    """The page with a popover open, and its samples drawn on the stand-in."""
    app.session_state[key] = True
    app.session_state[engine] = [f"http://127.0.0.1:{server.server_address[1]}"]
    return app.run()


def n_of(store: Store, run: str, problem: str) -> int:
    counts = queries.correct_counts(store, [run]).set_index("problem")
    return int(counts["n"].loc[problem])


def test_a_problem_is_settled_by_the_same_number_of_samples_of_both_models(
    pair: Store, server: Server, open_page: OpenPage
) -> None:
    app = opened(open_page("problem", problem="open"), "settle", server, "settle_engine")
    assert not app.exception
    (draw,) = [button for button in app.button if button.key == "settle_draw"]
    wanted = int(draw.label.split()[1].replace(",", ""))
    draw.click().run()
    assert not app.exception
    assert "the Launch page shows how far they are" in texts(app)
    all_ended(pair)
    assert listed(pair)["wanted"].tolist() == [wanted, wanted]
    assert (n_of(pair, "base", "open"), n_of(pair, "rlvr", "open")) == (8 + wanted, 8 + wanted)
    assert n_of(pair, "base", "plain") == 8


def test_fresh_samples_confirm_in_runs_of_their_own(pair: Store, server: Server, open_page: OpenPage) -> None:
    app = opened(open_page("tree", problem="plain"), "settle", server, "settle_engine")
    assert not app.exception
    app.number_input(key="settle_fresh").set_value(16).run()
    app.button(key="settle_confirm").click().run()
    assert not app.exception
    all_ended(pair)
    assert n_of(pair, "base", "plain") == n_of(pair, "rlvr", "plain") == 8
    fresh = [str(key) for key in queries.runs(pair)["run"] if "confirmation" in str(key)]
    assert [n_of(pair, run, "plain") for run in fresh] == [16, 16]
    assert "Confirmation" in open_page("launch").dataframe[0].value["Kind"].tolist()


def test_a_verdict_on_the_boundary_page_is_settled_for_all_its_problems(
    pair: Store, server: Server, open_page: OpenPage
) -> None:
    app = opened(open_page("boundary", favour="undetermined"), "settle", server, "settle_engine")
    assert not app.exception
    assert "would likely be settled by" in texts(app)
    app.button(key="settle_draw").click().run()
    assert not app.exception
    all_ended(pair)
    assert set(listed(pair)["state"]) == {"finished"}


def test_what_cannot_be_drawn_is_a_sentence(pair: Store, open_page: OpenPage) -> None:
    app = open_page("problem", problem="open")
    app.session_state["settle"] = True
    app.run()
    app.button(key="settle_draw").click().run()
    assert not app.exception
    all_ended(pair)
    assert set(listed(pair)["state"]) == {"failed"}
    said = texts(open_page("launch", job=str(listed(pair)["job"].iloc[0])))
    assert "vLLM is not installed" in said
    assert "engine build" in said


def add_long(pair: Store, tmp_path: Path) -> None:
    """Add a run of the base model whose samples share a beginning that no sample of the RLVR run has."""
    add_run(
        pair, tmp_path, "long", {"open": (True,) * 4}, model=BASE_MODEL, training="base", verifier="number",
        max_tokens=64,
    )  # fmt: skip
    with pair.write() as cursor:
        cursor.execute(
            "update completions set completion = '"
            + BEGINNING
            + "And then ' || completion || ' and so on.\n\nThus it comes to \\boxed{7}' "
            "where run_id = (select run_id from runs where key = 'long')"
        )


def test_samples_go_on_from_a_node_and_never_enter_the_counts(
    pair: Store, server: Server, tmp_path: Path, open_page: OpenPage
) -> None:
    add_long(pair, tmp_path)
    found = open_page("tree", base="long", rlvr="rlvr", problem="open", node="1")
    app = opened(found, "continue_base", server, "continue_base_engine")
    assert not app.exception
    assert [code.value for code in app.code] == [BEGINNING.removesuffix("\n")]
    app.number_input(key="continue_base_count").set_value(12).run()
    app.button(key="continue_base_draw").click().run()
    assert not app.exception
    all_ended(pair)
    app.run()
    kept = prefix_samples(pair, "long", "open")
    right = int((kept["verdict"] == "correct").sum())
    assert kept["prefix"].tolist() == [BEGINNING] * 12
    assert f"**Continued after step 1 by long:** {right} of 12 correct" in texts(app)
    assert n_of(pair, "long", "open") == 4


def test_either_model_goes_on_from_what_only_one_wrote(
    pair: Store, server: Server, tmp_path: Path, open_page: OpenPage
) -> None:
    add_long(pair, tmp_path)
    found = open_page("tree", base="long", rlvr="rlvr", problem="open", node="1")
    assert "No sample of this run came here." in texts(found)
    app = opened(found, "continue_base", server, "continue_base_engine")
    app.multiselect(key="continue_base_by").set_value(["long", "rlvr"]).run()
    app.number_input(key="continue_base_count").set_value(8).run()
    assert app.button(key="continue_base_draw").label == "Draw 16 samples"
    app.button(key="continue_base_draw").click().run()
    assert not app.exception
    all_ended(pair)
    app.run()
    for run in ("long", "rlvr"):
        kept = prefix_samples(pair, run, "open")
        assert kept[["prefix", "prefix_run"]].drop_duplicates().values.tolist() == [[BEGINNING, "long"]]
        right = int((kept["verdict"] == "correct").sum())
        assert f"**Continued after step 1 by {run}:** {right} of 8 correct" in texts(app)
    assert all(each["body"]["prompt"].endswith(BEGINNING) for each in server.state.seen)
    assert (n_of(pair, "long", "open"), n_of(pair, "rlvr", "open")) == (4, 8)
    told = open_page("launch", job=str(listed(pair)["job"].iloc[0]))
    assert "rlvr · going on from long" in texts(told)


def test_more_steps_of_a_sample_can_be_kept_than_lead_to_the_node(
    pair: Store, server: Server, tmp_path: Path, open_page: OpenPage
) -> None:
    add_long(pair, tmp_path)
    found = open_page("tree", base="long", rlvr="rlvr", problem="open", node="1", base_sample="2")
    app = opened(found, "continue_base", server, "continue_base_engine")
    app.number_input(key="continue_base_steps_2_1").set_value(2).run()
    kept = f"{BEGINNING}And then try 2 and so on.\n\n"
    assert [code.value for code in app.code] == [kept.removesuffix("\n")]
    app.button(key="continue_base_draw").click().run()
    all_ended(pair)
    app.run()
    assert set(prefix_samples(pair, "long", "open")["prefix"]) == {kept}
    assert "**Continued after step 2 by long:**" in texts(app)
    assert "Continued after step" not in texts(open_page("tree", base="long", rlvr="rlvr", problem="open", node="1"))


LOGPROBS = {("base", "base"): -0.2, ("base", "rlvr"): -0.1, ("rlvr", "base"): -1.5, ("rlvr", "rlvr"): -0.05}
"""By who reads and who wrote."""


def score(store: Store) -> None:
    """Let both models read both runs, each token alike but the second that RLVR reads of base, which is improbable."""
    for (reads, wrote), value in LOGPROBS.items():
        under = {"base": BASE_MODEL, "rlvr": RLVR_MODEL}[reads]
        job = record_job(store, scoring(store, wrote, under, engines=("http://127.0.0.1:9",), per_token=True))
        known = stored_job(store, job)
        for request in open_requests(store, job):
            far = 0.99 if (reads, wrote) == ("rlvr", "base") else 0.1
            tokens = [
                TokenScore(token=f"t{at}", logprob=value, rank=1 + at, likelier_least=shut, likelier_most=shut)
                for at, shut in enumerate((0.0, far))
            ]
            scores = [
                Score(sample_id=text.sample_id, tokens=tokens, with_end=False, same_tokens=True)
                for text in texts_of(store, known, request)
            ]
            record_scores(store, known, request, under, scores, per_token=True)


def test_nothing_scored_says_so_and_how_to_score(pair: Store, server: Server, open_page: OpenPage) -> None:
    app = opened(open_page("boundary", view="perplexity"), "scoring", server, "scoring_engine")
    assert not app.exception
    assert "No sample of these runs was read by the other model yet." in str(app.info[0].proto)
    assert app.button(key="scoring_launch").label == "Launch 4 jobs"
    app.button(key="scoring_launch").click().run()
    assert not app.exception
    all_ended(pair)
    assert listed(pair)["kind"].tolist() == ["scores"] * 4


def test_the_four_perplexities_are_those_of_their_definition(pair: Store, open_page: OpenPage) -> None:
    score(pair)
    app = open_page("boundary", view="perplexity", read="open", closed="on")
    assert not app.exception
    (table,) = [frame.value for frame in app.dataframe if "Base reads base's" in frame.value]
    row = table.set_index("Problem").loc["open"]
    wanted = [math.exp(-value) for value in LOGPROBS.values()]
    assert list(row) == pytest.approx(wanted)
    said = texts(app)
    assert f"{math.exp(0.1 - 0.2):,.3g} times" in said
    assert f"{math.exp(1.5 - 0.2):,.3g} times" in said
    assert f"{math.exp(0.05 - 0.1):,.3g} times" in said
    assert "At top-p 0.95 RLVR could never draw this sample: “t1”, token 2, is closed" in said
    assert "4 of 4 correct samples could never be drawn at top-p 0.95" in said
    assert in_link(app, "read") == ["open"]
    said_by_command = COMMANDS["tokens"].answer(pair, "base", "open", 0, RLVR_MODEL)
    assert [(row["position"], row["token"], row["rank"]) for row in said_by_command] == [(0, "t0", 1), (1, "t1", 2)]
    assert {row["logprob"] for row in said_by_command} == {LOGPROBS[("rlvr", "base")]}


def test_a_run_held_against_its_own_model_is_a_sentence(pair: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(pair, tmp_path, "again", {"open": (True,) * 4}, model=BASE_MODEL, training="base")
    app = open_page("boundary", view="perplexity", base="base", rlvr="again")
    assert not app.exception
    assert "Both runs are of one/stand-in." in str(app.error[0].proto)
