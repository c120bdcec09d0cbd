"""The boundary page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.importers import import_file
from backend.store.database import Store
from tests.conftest import write_rows
from tests.pages.conftest import SOLVED_BY_BASE, SOLVED_BY_RLVR, OpenPage, add_run, in_link, texts


def listed(app: AppTest) -> list[str]:
    return [str(problem) for problem in app.dataframe[0].value["Problem"]]


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("boundary")
    assert not app.exception
    assert app.info


@pytest.mark.usefixtures("two_runs")
def test_it_counts_the_sets_and_lists_every_problem_with_both_counts(open_page: OpenPage) -> None:
    app = open_page("boundary")
    assert not app.exception
    assert app.title[0].value == "With 2 samples a problem RLVR loses 0.5 problems; a rerun of base would lose 0.7"
    rows = app.dataframe[0].value[["Problem", "Base", "RLVR"]].to_numpy().tolist()
    assert ["base", "1 of 4", "0 of 4"] in rows
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("solved", "problems"),
    [("both", ["both"]), ("base_only", ["base"]), ("rlvr_only", ["rlvr"]), ("neither", ["neither"])],
)
@pytest.mark.usefixtures("two_runs")
def test_a_link_lists_one_set(open_page: OpenPage, solved: str, problems: list[str]) -> None:
    app = open_page("boundary", solved=solved)
    assert listed(app) == problems
    assert in_link(app, "solved") == [solved]


@pytest.mark.usefixtures("two_runs")
def test_filters_and_order_are_in_the_link(open_page: OpenPage) -> None:
    app = open_page("boundary", sort="c_rlvr", text="o")
    assert listed(app)[0] == "both"
    app.text_input(key="text").set_value("neither").run()
    assert listed(app) == ["neither"]
    assert in_link(app, "text") == ["neither"]
    assert in_link(app, "base") == ["base"], "once something was picked, the link names the runs too"


@pytest.mark.usefixtures("two_runs")
def test_values_that_do_not_exist_are_dropped_from_the_link(open_page: OpenPage) -> None:
    app = open_page("boundary", solved="everything", sort="; drop table runs", page="999", unknown="x")
    assert not app.exception
    assert len(listed(app)) == 4
    assert not app.query_params


def test_runs_without_a_common_problem_are_not_compared(two_runs: Store, tmp_path: Path, open_page: OpenPage) -> None:
    rows = [{"problem_id": "elsewhere", "benchmark": "sums", "run": "other", "model": "other", "correct": True}]
    import_file(two_runs, write_rows(tmp_path / "other.jsonl", rows))
    app = open_page("boundary", rlvr="other")
    assert not app.exception
    uncompared = listed(open_page("boundary", rlvr="other", solved="not_compared"))
    assert set(uncompared) == {"both", "base", "rlvr", "neither", "elsewhere"}


def test_one_run_alone_is_not_compared_with_itself(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(store, tmp_path, "alone", SOLVED_BY_BASE)
    app = open_page("boundary")
    assert not app.exception
    assert "two different runs" in texts(app) or app.info


@pytest.mark.usefixtures("two_runs")
def test_the_other_direction_and_the_sets_over_all_samples_are_told_beside_the_table(open_page: OpenPage) -> None:
    app = open_page("boundary")
    assert "RLVR gains 1.0 that base does not solve; a rerun of RLVR would show 0.2 such problems." in texts(app)
    assert "m = 2 samples" in texts(app)
    assert set(app.dataframe[0].value["Verdict"]) == {"undetermined"}


@pytest.mark.usefixtures("two_runs")
def test_beyond_half_of_the_samples_no_rerun_is_claimed(open_page: OpenPage) -> None:
    app = open_page("boundary", m="4")
    assert app.title[0].value == "With 4 samples a problem RLVR loses 1.0 problems"
    assert "up to half of the samples" in texts(app)
    assert in_link(app, "m") == ["4"]


@pytest.mark.usefixtures("two_runs")
def test_none_of_n_is_never_called_impossible(open_page: OpenPage) -> None:
    rows = open_page("boundary").dataframe[0].value.set_index("Problem")["What the samples say"]
    assert "RLVR: not solved in 4; p < 53 % at 95 %" in rows["base"]
    assert "fragile" in rows["base"]
    assert "impossible" not in " ".join(rows)
    assert "unsolvable" not in " ".join(rows)


@pytest.mark.usefixtures("two_runs")
def test_verdicts_are_counted_in_their_buttons_and_filter_the_list(open_page: OpenPage) -> None:
    app = open_page("boundary", favour="undetermined")
    assert len(listed(app)) == 4
    assert in_link(app, "favour") == ["undetermined"]
    none = open_page("boundary", favour="base")
    assert not none.exception
    assert not none.dataframe


@pytest.mark.parametrize("sort", ["evidence", "base_ahead", "rlvr_ahead", "difference", "more_samples", "level"])
@pytest.mark.usefixtures("two_runs")
def test_the_list_is_sorted_by_what_is_known(open_page: OpenPage, sort: str) -> None:
    app = open_page("boundary", sort=sort)
    assert not app.exception
    first = {"base_ahead": "base", "rlvr_ahead": "rlvr", "difference": "rlvr"}
    assert listed(app)[0] == first.get(sort, listed(app)[0])
    assert sorted(listed(app)) == ["base", "both", "neither", "rlvr"]


@pytest.mark.parametrize(
    ("cell", "problems"), [("base-0", ["rlvr", "neither"]), ("3-0", ["base"]), ("0-5", ["rlvr"]), ("rlvr-8", ["both"])]
)
@pytest.mark.usefixtures("two_runs")
def test_a_link_to_a_bin_lists_its_problems(open_page: OpenPage, cell: str, problems: list[str]) -> None:
    app = open_page("boundary", view="bins", bins=cell)
    assert not app.exception
    assert sorted(listed(app)) == sorted(problems)
    app.button(key="bins_back").click().run()
    assert not app.dataframe
    assert not in_link(app, "bins")


@pytest.mark.usefixtures("two_runs")
def test_bins_that_do_not_exist_are_dropped(open_page: OpenPage) -> None:
    for cell in ("base-12", "x-1", "1", "3-99", "base-"):
        app = open_page("boundary", view="bins", bins=cell)
        assert not app.exception
        assert not app.dataframe


def test_checkpoints_of_one_model_are_followed_and_a_lone_one_says_what_is_missing(
    two_runs: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    assert "no other checkpoint" in texts_and_titles(open_page("boundary", view="training"))
    for step, solved in ((10, SOLVED_BY_BASE), (20, SOLVED_BY_RLVR)):
        name = f"grpo-{step}"
        add_run(two_runs, tmp_path, name, solved, training="rlvr", base_model="base", checkpoint_step=step)
    app = open_page("boundary", view="training", rlvr="grpo-20")
    assert not app.exception
    assert "base → 10" in texts(app)
    assert "10 → 20" in texts(app)


def texts_and_titles(app: AppTest) -> str:
    return texts(app) + str([info.proto for info in app.info])


@pytest.mark.usefixtures("two_runs")
def test_luck_is_told_only_where_answers_and_answer_space_are_known(open_page: OpenPage) -> None:
    app = open_page("boundary", view="luck")
    assert not app.exception
    assert "answer space is not known" in texts(app)
    given = open_page("boundary", view="luck", guess="1000")
    assert not given.exception
    assert "no answers are stored" in texts(given)
    assert "No other verifier has judged both runs" in texts(given)


@pytest.mark.usefixtures("two_runs")
def test_many_runs_are_sorted_by_pattern_and_listed(open_page: OpenPage) -> None:
    app = open_page("boundary", view="runs", pattern="10")
    assert not app.exception
    assert listed(app) == ["base"]
    fair = open_page("boundary", view="runs", rarefy="on", pattern="01")
    assert "each run given 2 samples" in texts(fair)
    assert listed(fair) == ["rlvr"]
