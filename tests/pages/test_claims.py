"""The claims page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.importers import import_file
from backend.store.database import Store
from tests.pages.conftest import SOLVED_BY_BASE, SOLVED_BY_RLVR, OpenPage, add_run, in_link, texts

SHARP, EVENLY = [64] * 120 + [0] * 60, [8] * 180


@pytest.fixture
def family(store: Store, tmp_path: Path) -> Store:
    """Counts of a base model, two checkpoints of one training, and a distilled model; SFT besides."""
    for name, training, step, solved in (
        ("base", "base", "", EVENLY),
        ("grpo-100", "rlvr", 100, EVENLY),
        ("grpo-200", "rlvr", 200, SHARP),
        ("wide", "distilled", "", EVENLY),
        ("tuned", "sft", "", EVENLY),
    ):
        rows = [f"p{i},128,{c},sums,{name},{name},{training},base,{step}" for i, c in enumerate(solved)]
        head = "problem_id,n,c,benchmark,model,run,training,base_model,checkpoint_step"
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([head, *rows]) + "\n")
        import_file(store, path)
    return store


def verdicts(app: AppTest) -> list[str]:
    """The verdicts of the table, each with its mark."""
    table = next(element.value for element in app.markdown if element.value.startswith("| | Claim |"))
    return [line.split("|")[3].strip().replace("\u00a0", " ") for line in table.split("\n")[2:]]


def test_an_empty_store_says_how_samples_come_in(open_page: OpenPage) -> None:
    app = open_page("claims")
    assert not app.exception
    assert app.info


@pytest.mark.usefixtures("family")
def test_it_opens_on_all_runs_of_the_base_model_and_says_how_many_claims_hold(open_page: OpenPage) -> None:
    app = open_page("claims")
    assert not app.exception
    assert app.title[0].value == "4 of 7 claims hold on sums, 2 cannot be told, 1 does not apply"
    assert app.multiselect(key="others").value == ["grpo-100", "grpo-200", "wide"]
    assert verdicts(app) == [
        "✓ supported", "✓ supported", "✓ supported", "✓ supported", "– not applicable", "? cannot be told",
        "? cannot be told",
    ]  # fmt: skip
    assert "At k = 128 base is above grpo-200 by 33.3 points" in texts(app)
    assert "Earlier checkpoints enter the claim on training only: grpo-100." in texts(app)
    assert "logprob:MODEL" in texts(app).replace("\u2060", "")


@pytest.mark.usefixtures("family")
def test_a_link_restores_runs_and_settings(open_page: OpenPage) -> None:
    app = open_page("claims", others=["wide"], level="0.9", q="0.05", k="64", m="32", tolerance="0.02", nats="0.2")
    assert not app.exception
    assert app.title[0].value == "0 of 7 claims hold on sums, 1 cannot be told, 6 do not apply"
    assert "90 % intervals" in texts(app)
    assert "q ≤ 0.05" in texts(app)
    assert "large k: 64 · m: 32 · tolerances: 2 % of solved problems, 0.2 nats" in texts(app)
    app.selectbox(key="level").set_value("0.99").run()
    assert in_link(app, "level") == ["0.99"]
    assert in_link(app, "others") == ["wide"]
    assert in_link(app, "k") == ["64"]


@pytest.mark.usefixtures("family")
def test_the_planner_says_what_a_difference_needs_and_keeps_it_in_the_link(open_page: OpenPage) -> None:
    app = open_page("claims", difference="0.05", plan_k="16")
    plan = app.dataframe[0].value
    assert plan["n"].tolist() == [16, 32, 64, 128, 256, 512]
    assert "5 points in pass@16 need" in texts(app)
    app.selectbox(key="difference").set_value("0.1").run()
    assert in_link(app, "difference") == ["0.1"]
    assert app.dataframe[0].value["Problems needed"][0] < plan["Problems needed"][0]
    assert "A difference of 10 points would be found" in texts(app)


@pytest.mark.usefixtures("family")
def test_a_budget_beyond_the_samples_is_a_sentence_and_not_a_failure(open_page: OpenPage) -> None:
    app = open_page("claims", k="500", m="500", plan_k="500")
    assert not app.exception
    assert not app.error
    assert "128 samples of some problem, fewer than 500" in texts(app)
    assert "up to the smallest n of the two runs, 128" in texts(app)


@pytest.mark.usefixtures("family")
def test_values_that_do_not_exist_are_dropped_from_the_link(open_page: OpenPage) -> None:
    app = open_page("claims", others=["grpo-200", "gone"], k="-1", m="x", q="7", planned="gone", level="2")
    assert not app.exception
    assert app.multiselect(key="others").value == ["grpo-200"]
    assert "gone" in texts(app)
    assert "q ≤ 0.1" in texts(app)


@pytest.mark.usefixtures("family")
def test_without_a_run_to_hold_against_base_it_says_so(open_page: OpenPage) -> None:
    app = open_page("claims", others=[""])
    assert not app.exception
    assert "No run is picked to hold against base." in str(app.info[0].proto)


def test_one_run_alone_asks_for_a_second(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(store, tmp_path, "alone", SOLVED_BY_BASE)
    app = open_page("claims")
    assert not app.exception
    assert "has one run only" in str(app.info[0].proto)


@pytest.mark.usefixtures("two_runs")
def test_few_samples_settle_nothing(open_page: OpenPage) -> None:
    app = open_page("claims")
    assert not app.exception
    assert app.title[0].value == "0 of 7 claims hold on sums, 4 cannot be told, 3 do not apply"


def test_runs_without_a_common_problem_cannot_be_told(two_runs: Store, tmp_path: Path, open_page: OpenPage) -> None:
    path = tmp_path / "other.csv"
    path.write_text("problem_id,benchmark,run,model,correct\nelse,sums,other,other,1\n")
    import_file(two_runs, path)
    app = open_page("claims", others=["other"])
    assert not app.exception
    assert "base and other have no scored problem in common." in texts(app)


def test_of_many_runs_the_table_gives_the_ends(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(store, tmp_path, "base", SOLVED_BY_BASE, training="base")
    for name in ("one", "two", "three"):
        add_run(store, tmp_path, name, SOLVED_BY_RLVR if name == "one" else SOLVED_BY_BASE, training="rlvr")
    table = next(said for said in texts(open_page("claims")).split("\n") if said.startswith("| 1 |"))
    assert table.count("[") == 2
    assert "(of 3 runs) points, base − RLVR in pass@1" in table
    assert table.split("|")[4].strip().startswith("−12.5 [")


def test_names_are_text_and_take_no_effect(store: Store, tmp_path: Path, open_page: OpenPage) -> None:
    add_run(store, tmp_path, "base", SOLVED_BY_BASE, training="base")
    add_run(store, tmp_path, "x", SOLVED_BY_RLVR, training="rlvr", run="a|b :red[c] <b>", model="a|b :red[c] <b>")
    app = open_page("claims")
    assert not app.exception
    assert ":red[c]" not in texts(app)
