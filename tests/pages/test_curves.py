"""The curves page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.errors import AppError
from backend.importers import import_file
from backend.store.database import Store
from pages.shared import cache, sharing
from tests.conftest import write_rows
from tests.pages.conftest import SOLVED_BY_BASE, SOLVED_BY_RLVR, OpenPage, add_run, in_link, texts


def plain(app: AppTest) -> str:
    """All that the page says, without what keeps Markdown from acting on it."""
    return texts(app).replace("\\", "").replace("\u2060", "")


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("curves")
    assert not app.exception
    assert app.info


@pytest.mark.usefixtures("two_runs")
def test_two_runs_are_drawn_with_a_row_each(open_page: OpenPage) -> None:
    app = open_page("curves")
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Run"].tolist() == ["base", "rlvr"]
    assert table["pass@1"].round(2).tolist() == [18.75, 31.25]
    assert table["pass@4"].tolist() == [50.0, 50.0]


@pytest.mark.usefixtures("two_runs")
def test_a_link_restores_runs_and_zoom_and_drops_runs_that_are_gone(open_page: OpenPage) -> None:
    app = open_page("curves", run=["rlvr", "gone"], zoom="on")
    assert app.multiselect(key="run").value == ["rlvr"]
    assert app.toggle(key="zoom").value
    assert in_link(app, "run") == ["rlvr"]
    assert "“gone”" in app.warning[0].value


def test_differing_settings_and_left_out_problems_are_said(
    two_runs: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    some = {name: verdicts for name, verdicts in SOLVED_BY_RLVR.items() if name != "both"}
    add_run(two_runs, tmp_path, "warm", some, training="sft", temperature=0.6)
    said = texts(open_page("curves", run=["base", "warm"]))
    assert "Temperature differs" in said
    assert "3 problems that all picked runs have; 1 that only some have" in said


def test_unequal_n_ends_the_curve_and_says_what_goes_on(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(store, tmp_path, "uneven", {**SOLVED_BY_BASE, "more": (True,) + (False,) * 15})
    said = texts(open_page("curves"))
    assert "its curve ends at k = 4" in said
    assert "goes on over the problems that have 16: 1" in said


@pytest.mark.usefixtures("two_runs")
def test_an_error_of_ours_is_a_sentence_with_what_to_do(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AppError("The curves are out of reach.", "Come back tomorrow.")

    monkeypatch.setattr(cache, "metric_curves", refuse)
    app = open_page("curves")
    assert not app.exception
    assert app.error[0].value == "Come back tomorrow."


def test_twenty_runs_are_drawn(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    for number in range(20):
        add_run(store, tmp_path, f"run{number:02}", SOLVED_BY_BASE, training="rlvr", checkpoint_step=number)
    app = open_page("curves", run=[f"run{number:02}" for number in range(20)])
    assert not app.exception
    assert len(app.dataframe[0].value) == 20


@pytest.mark.usefixtures("two_runs")
def test_interval_level_and_seed_are_in_the_link_and_named_in_the_subtitle(open_page: OpenPage) -> None:
    app = open_page("curves", interval="simultaneous", level="0.9", seed="7")
    assert not app.exception
    assert "bands: 90 %, population of problems, all points at once, seed 7" in plain(app)
    app = app.radio(key="interval").set_value("benchmark").run()
    assert in_link(app, "interval") == ["benchmark"]
    assert "90 %, sampling noise on this fixed benchmark, seed 7" in plain(app)


@pytest.mark.usefixtures("two_runs")
def test_a_link_with_unknown_choices_falls_back_to_the_defaults(open_page: OpenPage) -> None:
    app = open_page("curves", interval="guess", level="2", seed="x", metric="nothing", guess="-1", tau="7")
    assert not app.exception
    assert "bands: 95 %, population of problems;" in plain(app)


@pytest.mark.usefixtures("two_runs")
@pytest.mark.parametrize("metric", ["pass_hat_k", "g_pass_at_k", "mg_pass_at_k", "cover_at"])
def test_other_metrics_are_drawn_and_named(open_page: OpenPage, metric: str) -> None:
    app = open_page("curves", metric=metric, tau="3/4")
    assert not app.exception
    assert in_link(app, "metric") == [metric]
    label = {"pass_hat_k": "pass^k", "g_pass_at_k": "G-Pass@k, τ = 3/4", "mg_pass_at_k": "mG-Pass@k"}
    assert label.get(metric, "Cover@τ") in plain(app)


@pytest.mark.usefixtures("two_runs")
@pytest.mark.parametrize(
    ("metric", "why"),
    [("maj_at_k", "no answers are stored"), ("cot_pass_at_k", "no second verifier")],
)
def test_a_metric_that_the_runs_do_not_have_says_why(open_page: OpenPage, metric: str, why: str) -> None:
    app = open_page("curves", metric=metric)
    assert not app.exception
    assert why in plain(app)
    assert not app.dataframe


@pytest.mark.usefixtures("two_runs")
def test_distinct_correct_paths_are_drawn(open_page: OpenPage) -> None:
    app = open_page("curves", metric="paths_at_k")
    assert not app.exception
    table = app.dataframe[0].value
    assert table["paths@4"].round(6).tolist() == [0.75, 1.25]


def test_runs_that_lack_what_a_metric_needs_are_named_and_the_others_drawn(
    two_runs: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    add_run(two_runs, tmp_path, "told", SOLVED_BY_BASE, answer="3", **{"verdict:steps": True})
    app = open_page("curves", run=["base", "told"], metric="maj_at_k")
    assert app.dataframe[0].value["Run"].tolist() == ["told"]
    assert "base is left out of maj@k: no answers are stored" in plain(app)
    judged = open_page("curves", run=["base", "told"], metric="cot_pass_at_k")
    assert judged.selectbox(key="reasoning").value == "steps"
    assert judged.dataframe[0].value["CoT-pass@1"].round(2).tolist() == [18.75]


@pytest.mark.usefixtures("two_runs")
def test_two_runs_are_told_apart_in_sentences(open_page: OpenPage) -> None:
    said = plain(open_page("curves"))
    assert "At k = 1 no difference is shown: -12.5 points" in said
    assert "base does not rise above rlvr" in said
    assert "pass@4 of base − pass@1 of rlvr = 18.8 points" in said


@pytest.mark.usefixtures("two_runs")
def test_a_guesser_and_what_lies_beyond_n_are_drawn_or_refused(open_page: OpenPage) -> None:
    app = open_page("curves", guess="4", extrapolate="on")
    assert not app.exception
    assert app.number_input(key="guess").value == 4
    assert "not carried on beyond n: how hard problems are can be fitted to 10 problems or more" in plain(app)


def test_published_curves_are_offered_where_the_name_is_the_papers(
    store: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    add_run(store, tmp_path, "mine", SOLVED_BY_BASE, benchmark="aime_2024")
    app = open_page("curves", published="Figure 2, Qwen2.5-7B")
    assert app.selectbox(key="published").value == "Figure 2, Qwen2.5-7B"
    assert "published, Yue et al. 2025, Figure 2, Qwen2.5-7B, read off the figure, ± 0.05 points" in plain(app)


def test_the_crossover_is_told_at_each_temperature(two_runs: Store, tmp_path: Path, open_page: OpenPage) -> None:
    for model, solved in (("base", SOLVED_BY_BASE), ("rlvr", SOLVED_BY_RLVR)):
        add_run(two_runs, tmp_path, f"{model}-cool", solved, model=model, temperature=0.5)
    app = open_page("curves", run=["base", "rlvr"])
    table = app.dataframe[1].value
    assert table["Temperature"].tolist() == [0.5, 1.0]
    assert table["k*"].tolist() == ["none up to k = 4"] * 2


def test_the_checkpoints_of_a_training_are_drawn_beside_its_log(
    two_runs: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    assert "Over training" not in plain(open_page("curves")).replace("Over training\n\nThe", "")
    for step in (50, 100):
        about = {"training": "rlvr", "base_model": "base", "checkpoint_step": step}
        add_run(two_runs, tmp_path, f"grown-{step}", SOLVED_BY_RLVR, **about)
    rows = [{"run": "grown", "step": step, "reward": step / 100, "entropy": 0.5} for step in range(1, 101)]
    import_file(two_runs, write_rows(tmp_path / "log.jsonl", rows))
    app = open_page("curves")
    assert not app.exception
    said = plain(app)
    assert "From step 0 to 100 pass@1 rises from 18.8 to 31.2 % and pass@4 stays at 50.0 %" in said
    assert "grown, temperature 1 · sums · 4 problems, base model at step 0 · bands: 95 %" in said
    assert "Training log grown · 100 steps" in said
    offered = app.session_state["share_offer"]
    assert {"training", "log-reward", "log-entropy"} == {name for part in offered.also for name in part.figures}
    steps = sharing.data(cache.store(), offered, "training-log", "csv").decode().splitlines()
    assert steps[-1] == "100,1.0,0.5,"
