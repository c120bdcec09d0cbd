"""What scoring stored: which samples another run's sampler closes, and how likely they are, a token."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from backend.commands.likelihoods import blocked
from backend.commands.trees import paths, tree
from backend.importers import import_file
from backend.jobs.topping_up import scoring
from backend.sampling.engine import ZOO
from backend.store.database import Store
from backend.store.jobs import open_requests, record_job, stored_job
from backend.store.likelihoods import likelihoods
from backend.store.scores import Score, TokenScore, closed_samples, record_scores
from tests.conftest import drawn, write_rows

BASE, RLVR = "tiny-base", "tiny-rlvr-600"
SHARP = {"temperature": 0.6, "top_p": 0.95}


def add(store: Store, folder: Path, model: str, texts: Sequence[str], **settings: Any) -> None:
    """One correct sample a text, of one problem."""
    rows = [
        {**row, "completion": text, "token_count": 2, "question": "?", **settings}
        for row, text in zip(drawn("p", [True] * len(texts), model=model, run=model, benchmark="b"), texts, strict=True)
    ]
    import_file(store, write_rows(folder / f"{model}.jsonl", rows))


def read(store: Store, run: str, under: str, chances: Sequence[float | None], *, same: bool = True) -> None:
    """Store that a model read the run's samples; chances: what tokens likelier than a sample's second have together."""
    job = stored_job(store, record_job(store, scoring(store, run, under, per_token=True)))
    (request,) = open_requests(store, job.job)
    ids = [
        i for (i,) in store.rows("select sample_id from samples where run_id = ? order by sample_index", [job.run_id])
    ]
    scores = [
        Score(sample_id=sample_id, tokens=[_token("a", 0.0), _token("b", chance)], with_end=False, same_tokens=same)
        for sample_id, chance in zip(ids, chances, strict=True)
        if chance is not None
    ]
    record_scores(store, job, request, under, scores, per_token=True)


def _token(text: str, likelier: float) -> TokenScore:
    first = text == "a"
    return TokenScore(
        token=text, logprob=-0.5 if first else -7.5, rank=1 if first else 4, likelier_least=likelier,
        likelier_most=likelier,
    )  # fmt: skip


def levels(store: Store) -> dict[str, str | None]:
    """The evidence of each correct path, by its text; the paths of the benchmark are said to have the same."""
    nodes = tree(store, "p", [BASE, RLVR])["nodes"]
    steps = {node["id"]: node["step"] for node in nodes}
    found = {steps[node["parent"]]: node["evidence"] for node in nodes if node["verdict"] == "correct"}
    assert sorted(path["evidence"] for path in paths(store, [BASE, RLVR])["paths"]) == sorted(
        filter(None, found.values())
    )
    return found


@pytest.fixture
def both(store: Store, tmp_path: Path) -> Store:
    """Base took the paths one and two, the latter twice in two spellings; RLVR took three."""
    add(store, tmp_path, BASE, ["one", "two", "two "], **SHARP)
    add(store, tmp_path, RLVR, ["three"], **SHARP)
    return store


def test_a_path_is_blocked_once_every_text_of_it_is_closed(both: Store) -> None:
    assert set(levels(both).values()) == {"seen"}
    read(both, BASE, RLVR, [0.99, 0.99, 0.5])
    assert levels(both) == {"one": "blocked", "two": "seen", "three": "seen"}
    read(both, BASE, RLVR, [0.99, 0.99, 0.97])
    assert levels(both) == {"one": "blocked", "two": "blocked", "three": "seen"}
    told = blocked(both, BASE, RLVR)
    assert (told["samples"], told["blocked"]) == (3, 3)
    assert {path["token"] for path in told["paths"]} == {"b"}


def test_a_path_of_the_rlvr_model_is_blocked_under_base_alike(both: Store) -> None:
    read(both, RLVR, BASE, [0.99])
    assert levels(both) == {"one": "seen", "two": "seen", "three": "blocked"}


def test_a_text_that_was_not_read_or_was_read_as_other_tokens_leaves_its_path_open(both: Store) -> None:
    read(both, BASE, RLVR, [0.99, 0.99, None])
    assert levels(both)["two"] == "seen"
    read(both, BASE, RLVR, [0.99, 0.99, 0.99], same=False)
    assert "blocked" not in levels(both).values()


def test_close_to_the_nucleus_s_edge_nothing_is_blocked(both: Store) -> None:
    read(both, BASE, RLVR, [0.955, 0.961, 0.961])
    assert levels(both) == {"one": "seen", "two": "blocked", "three": "seen"}


@pytest.mark.parametrize("settings", [{"temperature": 0.6, "top_p": 1.0}, {"temperature": 1.0, "top_p": 0.95}, {}])
def test_a_sampler_that_may_draw_all_or_another_temperature_blocks_nothing(
    store: Store, tmp_path: Path, settings: dict[str, float]
) -> None:
    add(store, tmp_path, BASE, ["one"], **SHARP)
    add(store, tmp_path, RLVR, ["three"], **settings)
    read(store, BASE, RLVR, [0.99])
    assert not closed_samples(store, [BASE, RLVR], "p")["closed"].any()
    assert levels(store)["one"] == "seen"


def test_what_was_scored_stands_in_for_likelihoods_that_no_file_told(both: Store) -> None:
    assert likelihoods(both, BASE, RLVR).empty
    read(both, BASE, BASE, [0.0, 0.0, 0.0])
    read(both, RLVR, BASE, [0.0])
    found = likelihoods(both, BASE, RLVR)
    assert found[["samples_base", "base", "samples_rlvr", "rlvr", "within"]].to_numpy().tolist() == [
        [3, -4.0, 1, -4.0, 1]
    ]


def test_the_reader_of_a_scoring_is_loaded_from_its_own_path_whatever_was_scored_before(both: Store) -> None:
    read(both, RLVR, BASE, [0.5])
    assert scoring(both, BASE, RLVR).settings["model"] == str(ZOO / RLVR)
    assert scoring(both, RLVR, BASE).settings["under"] == BASE
