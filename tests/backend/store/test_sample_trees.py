"""Trees out of the store: the same sums as its counts, kept until something behind them changes, and as commands."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backend.errors import BadInput, NotFound
from backend.importers import import_file
from backend.regrade import regrade
from backend.store import queries
from backend.store.database import Store, open_store
from backend.store.sample_trees import benchmark_paths, sample_tree, tree_texts
from backend.store.walks import texts_of, walks
from backend.store.writes import delete_run
from backend.trees.evidence import class_evidence, path_classes
from backend.trees.listing import texts_wanted
from backend.trees.merge import Level
from backend.verifiers.countdown import parse_problem, states
from tests.backend.test_cli import run as command
from tests.conftest import write_rows

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
QUESTION = "Reach 20 from 2, 3 and 4. Use each number once."
BASE = [("2+3=5\n5*4=20", True), ("3+2=5\n4*5=20", True), ("2+3=5\n5-4=1", False), ("4*2=8\n8+3=11", False)]
RLVR = [("2+3=5\n5*4=20", True), ("2+3=5\n5*4=20", True), ("3*4=12\n12+2=14", False), ("what", False)]


def rows(samples: list[tuple[str, bool]], **columns: Any) -> list[dict[str, Any]]:
    """Return sample rows of one problem."""
    return [
        {"benchmark": "c", "problem_id": "p", "question": QUESTION, "reference_answer": "20", "sample_index": at,
         "completion": completion, "correct": correct, **columns}
        for at, (completion, correct) in enumerate(samples)
    ]  # fmt: skip


@pytest.fixture
def runs(store: Store, tmp_path: Path) -> list[str]:
    """Import two small runs."""
    import_file(store, write_rows(tmp_path / "b.jsonl", rows(BASE)), run="base", model="m1")
    import_file(store, write_rows(tmp_path / "r.jsonl", rows(RLVR)), run="rlvr", model="m2")
    return ["base", "rlvr"]


def files(store: Store) -> list[Path]:
    """Return the kept trees."""
    assert store.path is not None
    return sorted(store.path.with_name(f"{store.path.name}.trees").glob("*"))


@pytest.mark.parametrize("level", [level for level in Level if level is not Level.SEMANTIC])
def test_a_kept_tree_is_the_built_one(store: Store, runs: list[str], level: Level) -> None:
    built, kept = sample_tree(store, "p", runs, level), sample_tree(store, "p", runs, level)
    assert len(files(store)) == 1
    pd.testing.assert_frame_equal(built.nodes, kept.nodes)
    pd.testing.assert_frame_equal(built.walks, kept.walks, check_dtype=False)
    pd.testing.assert_frame_equal(built.left_out, kept.left_out)
    assert (built.x == kept.x).all()
    assert (built.y == kept.y).all()
    assert built.y[0].tolist() == [2, 2]


def test_a_broken_file_is_built_anew(store: Store, runs: list[str]) -> None:
    before = sample_tree(store, "p", runs)
    (kept,) = files(store)
    for broken in (b"", b"nonsense", kept.read_bytes()[:-200]):
        kept.write_bytes(broken)
        assert (sample_tree(store, "p", runs).x == before.x).all()


def test_any_change_of_the_samples_or_verdicts_builds_anew(store: Store, runs: list[str], tmp_path: Path) -> None:
    assert sample_tree(store, "p", runs).n.tolist() == [4, 4]
    more = [{**row, "sample_index": 9} for row in rows([("4*3=12\n12+2=14", False)])]
    import_file(store, write_rows(tmp_path / "more.jsonl", more), run="base", model="m1")
    assert sample_tree(store, "p", runs).n.tolist() == [5, 4]
    regrade(store, "base", "countdown_steps")
    assert sample_tree(store, "p", runs).y[0].tolist() == [5, 2]
    assert benchmark_paths(store, runs).counts.sum(axis=0).tolist() == [5, 2]


def test_a_change_elsewhere_keeps_the_tree(store: Store, runs: list[str], tmp_path: Path) -> None:
    sample_tree(store, "p", runs)
    import_file(store, write_rows(tmp_path / "x.jsonl", rows(BASE)), run="other", model="m3")
    delete_run(store, "other")
    sample_tree(store, "p", runs)
    assert len(files(store)) == 1


def test_a_reader_that_may_not_write_still_answers(store: Store, runs: list[str], own_database: Path) -> None:
    store.close()
    reader = open_store(own_database, read_only=True)
    assert sample_tree(reader, "p", runs).n.tolist() == [4, 4]
    reader.close()


def test_texts_come_from_the_store_by_sample(store: Store, runs: list[str]) -> None:
    tree = sample_tree(store, "p", runs)
    texts = tree_texts(store, "p", tree)
    assert sorted(texts) == texts_wanted(tree)
    assert set(texts.values()) <= {completion for completion, _ in BASE + RLVR}
    for edge in tree.nodes[~tree.nodes["leaf"] & (tree.nodes["walk"] >= 0)].to_dict("records"):
        assert edge["label"] == texts[edge["walk"]][edge["start"] : edge["end"]]
    assert texts_of(store, "p", "rlvr", [3]) == {3: "what"}
    assert walks(store, "p", runs)["completion"].tolist() == [completion for completion, _ in BASE + RLVR]


def test_what_cannot_be_compared_is_refused(store: Store, runs: list[str], tmp_path: Path) -> None:
    other = [{**row, "benchmark": "d"} for row in rows(BASE)]
    import_file(store, write_rows(tmp_path / "d.jsonl", other), run="elsewhere", model="m3")
    with pytest.raises(BadInput, match="different benchmarks"):
        sample_tree(store, "p", ["base", "elsewhere"])
    with pytest.raises(BadInput, match="1 runs"):
        sample_tree(store, "p", ["base"])
    with pytest.raises(BadInput, match="2 runs are named, 1 different"):
        sample_tree(store, "p", ["base", "base"])
    with pytest.raises(NotFound, match="no problem q"):
        sample_tree(store, "q", runs)


PROBLEMS = ("cd-3-001", "cd-4-010", "cd-5-020")


@pytest.mark.parametrize("problem", PROBLEMS)
def test_countdown_trees_by_state_agree_with_an_independent_count(demo_store: Path, problem: str) -> None:
    store = open_store(demo_store, read_only=True)
    keys = ["tiny-base-t1.0", "tiny-rlvr-600-t1.0"]
    tree = sample_tree(store, problem, keys, Level.STATE)
    nodes = command("tree", problem, "--runs", ",".join(keys), "--level", "state", "--json", database=demo_store).json[
        "nodes"
    ]
    store.close()
    stated = pd.read_parquet(DEMO / "problems.parquet").set_index("problem_id").loc[problem]
    task = parse_problem(str(stated["question"]))
    prefixes: defaultdict[tuple[Any, ...], Counter[tuple[str, str]]] = defaultdict(Counter)
    correct: list[set[tuple[Any, ...]]] = []
    for key, file in zip(keys, ("tiny-base.t1.0", "tiny-rlvr-600.t1.0"), strict=True):
        samples = pd.read_parquet(DEMO / f"{file}.parquet")
        samples = samples[samples["problem_id"] == problem]
        solved = set()
        for text, right in zip(samples["completion"], samples["correct"], strict=True):
            passed = states(task, str(text))
            for length in range(1, len(passed) + 1):
                prefixes[passed[:length]][key, "x"] += 1
                prefixes[passed[:length]][key, "y"] += bool(right)
            if right:
                solved.add(passed)
        correct.append(solved)
    by_id = {node["id"]: node for node in nodes}

    def path(node: dict[str, Any]) -> tuple[str, ...]:
        above = () if node["parent"] is None else path(by_id[node["parent"]])
        return (*above, node["step"]) if node["step"] else above

    compared = 0
    for node in (n for n in nodes if not n["leaf"]):
        passed = states(task, "".join(s if s.endswith("\n") else f"{s}\n" for s in path(node)))
        if len(passed) != len(path(node)) + 1:
            continue
        expected = prefixes[passed]
        assert {k: (c["x"], c["y"]) for k, c in node["counts"].items()} == {
            k: (expected[k, "x"], expected[k, "y"]) for k in keys
        }
        compared += 1
    assert compared == len(prefixes)
    leaves = path_classes(tree)
    assert len(leaves) == len(correct[0] | correct[1])
    assert ((tree.x[leaves] > 0).sum(axis=0)).tolist() == [len(c) for c in correct]


@pytest.mark.parametrize("level", [Level.STATE, Level.NORMALISED])
def test_a_run_split_in_half_supports_no_claim_under_two_names(demo_store: Path, level: Level) -> None:
    store = open_store(demo_store, read_only=True)
    tree = sample_tree(store, "cd-4-010", ["tiny-base-t1.0", "tiny-rlvr-600-t1.0"], level)
    store.close()
    leaves, rng, claims = path_classes(tree), np.random.default_rng(20261125), 0
    taken = tree.walks["node"][tree.walks["run"] == 0].to_numpy()
    for _ in range(200):
        labels = rng.permutation(np.arange(len(taken)) % 2)
        halves = [np.bincount(taken[labels == half], minlength=len(tree.nodes))[leaves] for half in (0, 1)]
        counts = np.stack(halves, axis=1)
        found = class_evidence(counts[counts.sum(axis=1) > 0], np.bincount(labels))
        claims += int(found["evidence"].isin(["supported", "epsilon"]).any())
    assert claims <= 10


def test_runs_without_texts_have_no_paths(store: Store, tmp_path: Path) -> None:
    bare = [{k: v for k, v in row.items() if k != "completion"} | {"answer": "1"} for row in rows(BASE)]
    for name in ("base", "rlvr"):
        import_file(store, write_rows(tmp_path / f"{name}.jsonl", bare), run=name, model=name)
    with pytest.raises(BadInput, match="no path is known"):
        benchmark_paths(store, ["base", "rlvr"])
    assert sample_tree(store, "p", ["base", "rlvr"]).left_out["without_text"].tolist() == [4, 4]
    assert sample_tree(store, "p", ["base", "rlvr"], Level.ANSWER).n.tolist() == [4, 4]


def test_every_demo_tree_sums_to_the_counts_of_the_store(demo_store: Path) -> None:
    store = open_store(demo_store, read_only=True)
    keys = ["tiny-base-t1.0", "tiny-rlvr-600-t1.0"]
    counts = queries.correct_counts(store, keys)
    paths = benchmark_paths(store, keys)
    for place, key in enumerate(keys):
        known = counts[counts["run"] == key].set_index("problem")
        assert paths.n[:, place].tolist() == known.loc[paths.problems["problem"], "n"].tolist()
        sums = pd.Series(paths.counts[:, place]).groupby(paths.classes["problem"]).sum()
        assert sums.reindex(known.index, fill_value=0).tolist() == known["c"].tolist()
    tree = sample_tree(store, "cd-4-010", keys)
    classes = paths.classes["problem"] == "cd-4-010"
    assert sorted(map(tuple, tree.x[path_classes(tree)].tolist())) == sorted(map(tuple, paths.counts[classes].tolist()))
    store.close()


@pytest.mark.usefixtures("runs")
def test_the_command_tree_keeps_its_contract(store: Store) -> None:
    store.close()
    answer = command("tree", "p", "--runs", "base,rlvr", "--benchmark", "c", "--level", "state", "--json").json
    assert answer["level"] == "state"
    assert answer["headline"] == {"seen_only": {"base": 0, "rlvr": 0}, "expected": pytest.approx(1 / 70), "p": 1.0}
    assert all(
        list(node)
        == ["id", "parent", "step", "depth", "leaf", "answer", "verdict", "counts", "only", "evidence", "p", "q"]
        for node in answer["nodes"]
    )
    root, *others = answer["nodes"]
    assert root["counts"] == {"base": {"x": 4, "y": 2}, "rlvr": {"x": 4, "y": 2}}
    assert root["parent"] is None
    correct = [node for node in others if node["verdict"] == "correct"]
    assert [(n["answer"], n["depth"], n["step"], n["leaf"], n["only"]) for n in correct] == [
        ("20", 3, None, True, None)
    ]
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.usefixtures("runs")
def test_the_command_paths_tells_the_same_classes(store: Store) -> None:
    store.close()
    answer = command("paths", "--runs", "base,rlvr", "--benchmark", "c", "--json").json
    assert answer["headline"]["seen_only"] == {"base": 1, "rlvr": 0}
    assert [(p["problem"], p["only"], p["x"], p["evidence"]) for p in answer["paths"]] == [("p", "base", 1, "seen")]
    kept = answer["retention"][0]
    assert kept["m"] == 2
    # base took two paths once each in 4, found within 2 with 1/2 each and by no rerun; rlvr one of them twice, 5/6.
    assert [kept[name] for name in ("both", "first_only", "second_only")] == pytest.approx([5 / 12, 7 / 12, 5 / 12])
    assert (kept["first_rerun"], kept["second_rerun"]) == pytest.approx((1, 1 / 6))
    assert [r["value"] for r in answer["paths_at_k"] if r["run"] == "base"][-1] == 2
    assert command("paths", "--runs", "base,rlvr", "--m", "9", "--json").code == 2


@pytest.mark.usefixtures("runs")
def test_wrong_words_are_answered_with_a_sentence(store: Store) -> None:
    store.close()
    for arguments, said in (
        (("tree", "p", "--runs", "base,rlvr", "--level", "words"), "There is no level words."),
        (("tree", "p", "--runs", "base,rlvr", "--benchmark", "d"), "The runs are on c, not on d."),
        (("tree", "p", "--runs", "base"), "Name two to four runs."),
        (("paths", "--runs", "base,rlvr", "--q", "2"), "q is 2"),
        (("tree", "p", "--runs", "base,rlvr", "--level", "semantic"), "language model that is not installed"),
    ):
        answer = command(*arguments)
        assert answer.code == 2
        assert said in answer.said
        assert "Traceback" not in answer.said


@pytest.mark.usefixtures("runs")
def test_merging_can_be_audited_and_its_sensitivity_told(store: Store) -> None:
    store.close()
    found = command("audit", "p", "--runs", "base,rlvr", "--level", "state", "--json").json
    merged = {frozenset((pair["one"], pair["two"])) for pair in found if pair["kind"] == "merged"}
    assert merged == {frozenset(("2+3=5\n", "3+2=5\n")), frozenset(("4*5=20", "5*4=20"))}
    assert any(pair["kind"] == "nearly merged" for pair in found)
    rows = command("sensitivity", "p", "--runs", "base,rlvr", "--json").json
    assert {(r["level"], r["run"]): (r["classes"], r["seen_only"]) for r in rows} == {
        ("exact", "base"): (2, 1), ("exact", "rlvr"): (2, 0), ("normalised", "base"): (2, 1),
        ("normalised", "rlvr"): (2, 0), ("state", "base"): (1, 0), ("state", "rlvr"): (1, 0),
        ("answer", "base"): (1, 0), ("answer", "rlvr"): (1, 0),
    }  # fmt: skip
