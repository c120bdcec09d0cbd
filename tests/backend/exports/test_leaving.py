"""Every figure and table by name: each can be made, and says what the command of the same view says."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.commands import boundary, trees
from backend.commands.claims import claims
from backend.commands.exports import export_data
from backend.commands.figures_out import FIGURES, find_figure
from backend.commands.leaving import Leaving
from backend.commands.tables_out import TABLES, find_data
from backend.errors import AppError, BadInput
from backend.exports.material import Asked
from backend.importers import import_file
from backend.store.database import Store
from backend.store.writes import set_model
from tests.conftest import drawn, write_rows

NEED_MORE = {"lenient", "guessing", "published"}
NO_EFFECT = {"claim-4", "claim-5", "claim-6", "claim-7"}
"""Claims on checkpoints, other trainings, distillation and likelihoods, of which these runs say nothing."""


@pytest.fixture
def trained(two_runs: Store, tmp_path: Path) -> Store:
    """Base, and a checkpoint of a training with its log."""
    log = [{"run": "rlvr", "step": step, "reward": step / 100, "entropy": 0.5, "length": 40 + step} for step in (1, 2)]
    import_file(two_runs, write_rows(tmp_path / "log.jsonl", log), strict=True)
    set_model(two_runs, "base", training="base", base_model=None, checkpoint_step=None)
    set_model(two_runs, "rlvr", training="rlvr", base_model="base", checkpoint_step=100)
    return two_runs


def leaving(store: Store, **more: Any) -> Leaving:
    return Leaving(store=store, keys=("base", "rlvr"), **more)


@pytest.mark.parametrize("name", sorted(set(TABLES) - NEED_MORE))
def test_every_table_leaves_with_its_name_and_its_rows(trained: Store, tmp_path: Path, name: str) -> None:
    out = str(tmp_path / "x.json")
    told = export_data(trained, name, ["base", "rlvr"], out, problem="p01")
    written = json.loads(Path(out).read_text())
    assert len(written["rows"]) == told["rows"] > 0
    assert (written["about"]["table"], written["about"]["problem"]) == (name, "p01")


@pytest.mark.parametrize("name", sorted(set(FIGURES) - NO_EFFECT))
def test_every_figure_is_drawn_under_a_finding(trained: Store, name: str) -> None:
    drawing = find_figure(name)(leaving(trained, problem="p01"))
    assert drawing.figure.data
    assert drawing.title
    assert "sums" in drawing.subtitle


@pytest.mark.parametrize("name", sorted(NO_EFFECT))
def test_a_claim_of_which_the_runs_say_nothing_is_not_drawn(trained: Store, name: str) -> None:
    with pytest.raises(BadInput, match="There is no effect to draw"):
        find_figure(name)(leaving(trained))


@pytest.mark.parametrize("name", ["tree", "samples", "problem", "tree-difference"])
def test_what_is_of_one_problem_asks_for_it(two_runs: Store, name: str) -> None:
    find = find_data if name in TABLES else find_figure
    with pytest.raises(BadInput, match="--problem"):
        find(name)(leaving(two_runs))


def test_the_tree_has_the_rows_of_the_command(two_runs: Store) -> None:
    table = find_data("tree")(leaving(two_runs, problem="p01"))
    told = trees.tree(two_runs, "p01", ["base", "rlvr"])["nodes"]
    assert table["step"].dropna().tolist() == [node["step"] for node in told if node["step"] is not None]
    assert table["y rlvr"].tolist() == [node["counts"]["rlvr"]["y"] for node in told]
    assert table["parent"].astype(object).where(table["parent"].notna(), None).tolist() == [n["parent"] for n in told]


def test_a_trees_title_is_the_null_of_the_command(two_runs: Store) -> None:
    drawing = find_figure("tree")(leaving(two_runs, problem="p01", asked=Asked(tree_seed=3)))
    told = trees.tree(two_runs, "p01", ["base", "rlvr"], seed=3)["headline"]
    assert drawing.title.startswith(f"{told['seen_only']['base']} correct path")
    assert f"p = {told['p']:.2g}" in drawing.title


def test_paths_claims_and_luck_are_those_of_their_commands(two_runs: Store) -> None:
    told = trees.paths(two_runs, ["base", "rlvr"])
    assert find_data("paths")(leaving(two_runs))["p"].tolist() == [row["p"] for row in told["paths"]]
    assert find_data("retention")(leaving(two_runs)).to_dict("records") == told["retention"]
    rows = find_data("claims")(leaving(two_runs, more={"tolerance": 0.2}))
    said = claims(two_runs, "base", ["rlvr"], tolerance=0.2)["claims"]
    known = rows[rows["effect"].notna()]
    assert known["effect"].tolist() == [row["effect"] for claim in said for row in claim["rows"] if row["effect"]]
    assert sorted(set(rows["claim"])) == list(range(1, 8))
    hits = find_data("luck")(leaving(two_runs, asked=Asked(guess=100)))
    assert hits[hits["run"] == "rlvr"]["lucky"].tolist() == pytest.approx(
        [row["lucky"] for row in boundary.lucky(two_runs, "rlvr", 100)["problems"]], nan_ok=True
    )


def test_over_training_a_budget_that_a_step_lacks_gives_way_as_on_the_page(trained: Store) -> None:
    assert set(find_data("checkpoints")(leaving(trained, asked=Asked(m=1_000)))["m"]) == {4}
    assert "within m = 4" in find_figure("checkpoints")(leaving(trained, asked=Asked(m=1_000))).subtitle
    assert set(find_data("checkpoints")(leaving(trained, asked=Asked(m=2)))["m"]) == {2}


def test_a_training_log_leaves_with_what_it_says_and_asks_for_checkpoints_of_one(
    trained: Store, tmp_path: Path
) -> None:
    drawing = find_figure("log-reward")(leaving(trained))
    assert drawing.title == "From step 1 to 2 the mean reward goes from 0.01 to 0.02"
    assert drawing.subtitle == "sums · training log rlvr · 2 steps · dark: running mean"
    assert find_figure("log-entropy")(leaving(trained)).title == "From step 1 to 2 the entropy stays at 0.5"
    assert find_data("training-log")(leaving(trained))["length"].tolist() == [41, 42]
    out = tmp_path / "log.json"
    export_data(trained, "training-log", ["rlvr"], str(out))
    assert json.loads(out.read_text())["about"]["training_log"] == "rlvr"
    with pytest.raises(BadInput, match="of 0 trainings"):
        find_figure("log-reward")(Leaving(store=trained, keys=("base",)))
    set_model(trained, "base", training="rlvr", base_model=None, checkpoint_step=5)
    with pytest.raises(BadInput, match="of 2 trainings"):
        find_figure("log-reward")(leaving(trained))
    with pytest.raises(BadInput, match="no log of the training base"):
        find_figure("log-reward")(Leaving(store=trained, keys=("base",)))


def test_a_log_that_does_not_say_it_is_not_drawn(two_runs: Store, tmp_path: Path) -> None:
    log = [{"run": "rlvr", "step": 1, "reward": 0.5}]
    import_file(two_runs, write_rows(tmp_path / "log.jsonl", log), strict=True)
    set_model(two_runs, "rlvr", training="rlvr", base_model="base", checkpoint_step=1)
    with pytest.raises(BadInput, match="does not say the entropy"):
        find_figure("log-entropy")(leaving(two_runs))


def test_what_stands_beside_curves_is_drawn_and_leaves_as_data(store: Store, tmp_path: Path) -> None:
    for name, solved in (("base", 3), ("rlvr", 5)):
        rows = [
            row
            for number in range(30)
            for row in drawn(f"p{number}", [draw < solved * (number % 3) for draw in range(16)],
                             benchmark="AIME24", model=name, run=name, training=name)
        ]  # fmt: skip
        import_file(store, write_rows(tmp_path / f"{name}.jsonl", rows), strict=True)
    plain = find_figure("curves")(leaving(store))
    which = find_data("published")(leaving(store))["comparison"].iloc[0]
    asked = Asked(guess=50, published=which, beyond=True)
    beside = find_figure("curves")(leaving(store, asked=asked))
    assert len(beside.figure.data) > len(plain.figure.data) + 2
    assert which in beside.subtitle
    assert "by two fits, not by samples" in beside.subtitle
    floor = find_data("guessing")(leaving(store, asked=asked))
    assert floor["pass_at_k"].iloc[0] == pytest.approx(1 / 50)
    assert set(find_data("beyond")(leaving(store, asked=asked))["run"]) == {"base", "rlvr"}
    with pytest.raises(BadInput, match="no curves Figure 99"):
        find_figure("curves")(leaving(store, asked=Asked(published="Figure 99")))


@pytest.mark.parametrize("name", sorted(NEED_MORE))
def test_what_needs_more_says_what(two_runs: Store, name: str) -> None:
    with pytest.raises(AppError):
        find_data(name)(leaving(two_runs))


def test_samples_leave_as_rows_that_come_in_again(two_runs: Store, tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    export_data(two_runs, "samples", ["base"], str(out), problem="p01")
    rows = pd.read_parquet(out)
    assert len(rows) == 8
    assert set(rows["completion"]) == {f"try {number}" for number in range(8)}


def test_a_tree_can_be_drawn_of_some_paths_alone_and_says_so(two_runs: Store) -> None:
    whole = find_figure("tree")(leaving(two_runs, problem="p01"))
    part = find_figure("tree")(leaving(two_runs, problem="p01", asked=Asked(shown="correct")))
    assert part.subtitle == f"{whole.subtitle} · correct paths"
    assert len(part.figure.to_json()) < len(whole.figure.to_json())
    with pytest.raises(BadInput, match="No path is to be drawn"):
        find_figure("tree")(leaving(two_runs, problem="p01", asked=Asked(shown="base")))
    with pytest.raises(BadInput, match="no paths nobody"):
        find_figure("tree")(leaving(two_runs, problem="p01", asked=Asked(shown="nobody")))


def test_verdicts_of_a_second_verifier_leave_beside_those_that_count(store: Store, tmp_path: Path) -> None:
    for name, solved in (("base", 2), ("rlvr", 4)):
        rows = [
            {**row, "verdict:lax": "correct" if row["sample_index"] < 5 else "incorrect"}
            for number in range(4)
            for row in drawn(f"p{number}", [draw < solved for draw in range(8)], benchmark="sums", model=name,
                             run=name, training=name, verifier="strict")
        ]  # fmt: skip
        import_file(store, write_rows(tmp_path / f"{name}.jsonl", rows), strict=True)
    table = find_data("lenient")(leaving(store, asked=Asked(verifier="lax", m=1_000)))
    told = boundary.lenient(store, "base", "rlvr", "lax", 8)
    assert table["m"].tolist() == [8, 8], "a budget that is too large gives way as on the page"
    assert table["both"].tolist() == [told["counting"]["both"], told["other"]["both"]]
    with pytest.raises(BadInput, match="other has not judged"):
        find_data("lenient")(leaving(store, asked=Asked(verifier="other")))
