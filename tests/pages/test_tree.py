"""The Tree page: the finding, the picture or its table, what a node's samples say, the link."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from backend.commands.figures_out import find_figure
from backend.importers import import_file
from backend.store.database import Store
from pages.shared.tree_samples import fitting
from tests.backend.trees.toy import BASE, RLVR, step
from tests.conftest import write_rows
from tests.pages.conftest import OpenPage, in_link, texts


def add_walks(store: Store, folder: Path, run: str, walks: tuple[str, ...], **columns: object) -> None:
    """Import a run on the problem `toy` whose samples took these walks."""
    rows = [
        {"benchmark": "toys", "problem_id": "toy", "question": "Which way?", "sample_index": at, "run": run,
         "model": run, "completion": "\n\n".join(map(step, walk[:-1])), "correct": walk[-1] == "+",
         "answer": "7" if walk[-1] == "+" else "8", **columns}
        for at, walk in enumerate(walks)
    ]  # fmt: skip
    import_file(store, write_rows(folder / f"{run}.jsonl", rows))


@pytest.fixture
def toy(store: Store, tmp_path: Path) -> Store:
    """The toy tree as two runs."""
    add_walks(store, tmp_path, "base", BASE, training="base")
    add_walks(store, tmp_path, "rlvr", RLVR, training="rlvr", base_model="base")
    return store


def rows_of(app: AppTest) -> list[list[object]]:
    """The table's steps with both runs' samples and correct ones."""
    table = app.dataframe[0].value
    return [[str(row[0]).strip(), *row[1:]] for row in table.iloc[:, :5].to_numpy().tolist()]


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("tree")
    assert not app.exception
    assert app.info


@pytest.mark.usefixtures("toy")
def test_the_title_is_the_finding_with_its_exact_null(open_page: OpenPage) -> None:
    app = open_page("tree")
    assert not app.exception
    assert (
        app.title[0].value.replace("\u00a0", " ")
        == "1 correct path seen only in base; 0.51 expected if the models were the same (p = 0.51)"
    )
    assert "0 correct paths seen only in rlvr; 0.51 expected (p = 1)." in texts(app)
    assert "Of 1 correct path seen in one run alone none is supported" in texts(app)
    assert "3,067 samples" in texts(app)


@pytest.mark.usefixtures("toy")
def test_the_table_holds_the_counts_known_by_hand(open_page: OpenPage) -> None:
    app = open_page("tree", mode="table")
    assert not app.exception
    a, b, c, d = (step(letter) for letter in "abcd")
    assert rows_of(app) == [
        [a, 4, 2, 5, 4],
        [b, 3, 1, 5, 4],
        [c, 1, 1, 4, 4],
        [d, 2, 0, 1, 0],
        [f"{step('e')} · {step('f')}", 1, 1, 0, 0],
        [f"{step('g')} · {step('h')}", 2, 0, 1, 0],
    ]
    only = app.dataframe[0].value["Only in"]
    assert only.dropna().tolist() == ["base ◇ seen"]
    assert in_link(app, "mode") == ["table"]


@pytest.mark.usefixtures("toy")
def test_a_row_picked_from_the_keyboard_opens_its_samples_side_by_side(open_page: OpenPage) -> None:
    app = open_page("tree", mode="table")
    box = app.selectbox(key="row")
    app = box.select_index(1).run()
    assert not app.exception
    (node,) = in_link(app, "node")
    again = open_page("tree", node=node)
    said = texts(again)
    assert "3 samples" in said
    assert "5 samples" in said
    assert "2 steps in common" in said
    assert ":gray-badge[3] Now we take the step named c." in said


@pytest.mark.usefixtures("toy")
def test_filters_show_the_paths_of_one_run_alone(open_page: OpenPage) -> None:
    app = open_page("tree", mode="table", shown="base")
    steps = [row[0] for row in rows_of(app)]
    assert f"{step('e')} · {step('f')}" in steps
    assert step("c") not in steps
    assert [row for row in rows_of(app) if str(row[0]).startswith("+")], "what is left out is folded, not lost"
    none = open_page("tree", shown="rlvr")
    assert not none.exception
    assert none.info[0].value.startswith("Pick other paths")


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("mode", ["panels", "difference", "table", "merging"])
@pytest.mark.parametrize("merge", ["exact", "normalised", "answer"])
def test_every_mode_is_drawn_at_every_level(open_page: OpenPage, mode: str, merge: str) -> None:
    app = open_page("tree", mode=mode, merge=merge, halves="on", detail="160")
    assert not app.exception
    assert not app.error
    assert in_link(app, "merge") == ([] if merge == "normalised" else [merge])


@pytest.mark.usefixtures("toy")
def test_values_that_do_not_exist_are_dropped_from_the_link(open_page: OpenPage) -> None:
    app = open_page(
        "tree", mode="x", merge="state", node="999", open=["-1", "1000"], shown="; drop", q="7", epsilon="0"
    )
    assert not app.exception
    assert not app.query_params


@pytest.mark.usefixtures("toy")
def test_the_level_semantic_says_what_it_needs_where_its_model_is_missing(open_page: OpenPage) -> None:
    app = open_page("tree", merge="semantic")
    assert not app.exception
    assert app.warning
    assert "requirements-semantic.txt" in texts(app)


def test_more_runs_stand_beside_the_two(toy: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_walks(toy, tmp_path, "third", ("aef+", "aef-"))
    app = open_page("tree", mode="table", also="third")
    assert not app.exception
    assert app.title[0].value.startswith("0 correct paths seen only in base")
    assert [name for name in map(str, app.dataframe[0].value) if "third" in name] == ["third", "third, correct"]


def test_a_run_without_a_sample_of_the_problem_leaves_nothing_to_compare(
    toy: Store, tmp_path: Path, open_page: OpenPage
) -> None:
    add_walks(toy, tmp_path, "other", ("ab+",), problem_id="elsewhere")
    app = open_page("tree", rlvr="other", problem="toy")
    assert not app.exception
    assert "nothing to compare" in app.title[0].value


def test_samples_that_are_no_draws_are_told_beside_the_tree(toy: Store, tmp_path: Path, open_page: OpenPage) -> None:
    rows = [{"benchmark": "toys", "problem_id": "toy", "sample_index": 50, "run": "base", "model": "base"}]
    import_file(toy, write_rows(tmp_path / "more.jsonl", [{**rows[0], "correct": True}]))
    app = open_page("tree")
    assert "Not in the tree: base: 1 without a text." in texts(app)


def test_long_completions_keep_their_beginning_and_their_end() -> None:
    steps = [(number, "x" * 100) for number in range(1, 101)]
    head, left_out, tail = fitting(steps, 1_000)
    assert [number for number, _ in head] == [1, 2, 3, 4, 5]
    assert [number for number, _ in tail] == [96, 97, 98, 99, 100]
    assert head + left_out + tail == steps
    assert fitting(steps[:3], 1_000) == (steps[:3], [], [])
    one = fitting([(1, "x" * 5_000), (2, "y")], 1_000)
    assert [number for part in one for number, _ in part] == [1, 2]


def picture_of(figure: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What is drawn of a tree but for sizes that hang on the width: each trace's items and lines."""
    return [
        (trace.get("customdata"), trace["y"], (trace.get("line") or {}).get("width"))
        for trace in figure["data"]
        if trace.get("mode") != "text"
    ]


@pytest.mark.parametrize("figure", ["tree", "tree-difference"])
def test_what_leaves_the_page_is_opened_picked_and_lit_as_the_page_is(
    store: Store, tmp_path: Path, open_page: OpenPage, figure: str
) -> None:
    letters = "abcdefghij"
    walks = tuple(f"{x}{y}{z}{'+' if x == 'a' == z else '-'}" for x in letters for y in letters for z in "abc")
    add_walks(store, tmp_path, "base", walks, training="base")
    add_walks(store, tmp_path, "rlvr", walks[::3], training="rlvr", base_model="base")
    mode = "difference" if figure == "tree-difference" else "panels"
    stub = next(str(key)[1:] for key in items_of(open_page("tree", mode=mode)) if str(key).startswith("+"))
    app = open_page("tree", mode=mode, open=stub, node=stub)
    assert not app.exception
    assert f"+{stub}" not in items_of(app)
    offer = app.session_state["share_offer"]
    assert offer.asked.opened == (int(stub),)
    assert [run for run, _ in offer.asked.walks] == ["base", "rlvr"]
    drawing = find_figure(offer.figures[0])(offer.leaving(store, offer.figures[0], "page"))
    drawn = json.loads(drawing.figure.to_json())
    assert picture_of(drawn) == picture_of(json.loads(app.get("plotly_chart")[0].proto.spec))
    walks_lit = ", ".join(f"sample {index} of {run}" for run, index in offer.asked.walks)
    assert drawing.subtitle.endswith(f"lit: {walks_lit}")


def items_of(app: AppTest) -> list[str]:
    """The keys of the items that the page draws."""
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    return [str(key) for trace in figure["data"] for key in np.ravel(trace.get("customdata") or [])]
