"""Frozen shares: the view as it was, whatever becomes of its runs."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.commands import perform
from backend.commands.figures_out import find_figure
from backend.commands.leaving import Leaving
from backend.commands.shares import view_now
from backend.errors import BadInput, NotFound
from backend.exports.changes import changes
from backend.exports.drawings import find_drawing
from backend.exports.frozen import FORM, View, frozen, sole_paths_of_view, thawed, tree_of_view
from backend.exports.material import Asked, gather
from backend.exports.paths import draw_paths
from backend.exports.pictures import pixels_of
from backend.exports.trees import draw_tree
from backend.importers import import_file
from backend.store import shares as stored
from backend.store.database import Store
from backend.store.queries import runs
from backend.store.writes import delete_run, rename_run
from tests.backend.exports.conftest import HOSTILE
from tests.backend.store.test_scores import BASE, RLVR, SHARP, add, read
from tests.backend.test_cli import run
from tests.conftest import ME, drawn, write_rows


def shared(store: Store, page: str = "boundary", **more: Any) -> str:
    arguments = {"page": page, "runs": ["base", "rlvr"], **more}
    return str(perform("share", store, arguments, ME)["share"])


def opened(store: Store, share: str) -> View:
    found = stored.share(store, share)
    return thawed(found.content, found.created_at)


@pytest.mark.parametrize("page", ["overview", "curves", "boundary"])
def test_a_share_draws_the_same_figure_after_its_runs_were_deleted(two_runs: Store, page: str) -> None:
    share = shared(two_runs, page, seed=3, level=0.9)
    before = opened(two_runs, share)
    drawn_live = find_drawing("curves")(gather(two_runs, ["base", "rlvr"], before.asked), before.asked)
    for key in ("base", "rlvr"):
        delete_run(two_runs, key)
    view = opened(two_runs, share)
    drawing = find_drawing("curves")(view.material, view.asked)
    assert drawing.figure.to_json() == drawn_live.figure.to_json()
    assert (drawing.title, drawing.subtitle) == (drawn_live.title, drawn_live.subtitle)
    assert (view.asked.seed, view.asked.level) == (3, 0.9)
    assert changes(two_runs, view) == ["base is no longer in the store.", "rlvr is no longer in the store."]
    assert view_now(two_runs, view) is None
    assert view.material.files["sha256"].str.len().tolist() == [64, 64]


def test_every_frame_comes_back_with_its_types(two_runs: Store) -> None:
    view = opened(two_runs, shared(two_runs))
    material = gather(two_runs, ["base", "rlvr"])
    for name in ("runs", "counts", "files", "regrades"):
        pd.testing.assert_frame_equal(getattr(view.material, name), getattr(material, name))


def test_the_address_is_made_of_the_content_and_the_same_view_has_one(two_runs: Store) -> None:
    one = perform("share", two_runs, {"page": "boundary", "runs": ["base", "rlvr"], "title": "first"}, ME)
    content = stored.share(two_runs, one["share"]).content
    assert stored.share_id(content) == one["share"]
    kept, new = stored.keep_share(two_runs, content, page="boundary", title="second")
    assert (kept, new) == (one["share"], False)
    assert stored.share(two_runs, kept).title == "first"
    assert shared(two_runs, level=0.8) != one["share"]


def test_a_problem_is_kept_with_all_samples_and_what_is_known_of_them(store: Store, tmp_path: Path) -> None:
    rows = drawn("p", [True, None, False], benchmark="b", model="m", run="base", question="q?", reference_answer="1",
                 finish_reason="length", token_count=7, sum_logprob=-1.5, seed=4)  # fmt: skip
    rows[0] |= {"verdict:other": "incorrect", "logprob:rlvr": -2.5, "extra": {"deep": [1]}}
    import_file(store, write_rows(tmp_path / "x.jsonl", rows), strict=True)
    share = perform("share", store, {"page": "problem", "runs": ["base"], "problem": "p"}, ME)["share"]
    delete_run(store, "base")
    shown = opened(store, share).shown
    assert shown
    first, second, _ = shown.samples["base"]
    assert (first.completion, first.verdict, second.verdict) == ("try 0", "correct", None)
    assert (dict(first.other_verdicts), dict(first.other_logprobs)) == ({"other": "incorrect"}, {"rlvr": -2.5})
    assert (first.token_count, first.sum_logprob, first.seed, first.finish_reason) == (7, -1.5, 4, "length")
    assert shown.problem.reference_answer == "1"
    told = perform("share_open", store, {"share": share}, ME)
    assert [row["completion"] for row in told["samples"]] == ["try 0", "try 1", "try 2"]


def test_what_has_changed_since_is_said_run_by_run(two_runs: Store, tmp_path: Path) -> None:
    view = opened(two_runs, shared(two_runs))
    assert changes(two_runs, view) == []
    rename_run(two_runs, "base", "the base")
    more = drawn("p00", [True], benchmark="sums", model="rlvr", run="rlvr")
    more = [{**row, "sample_index": 8} for row in more]
    import_file(two_runs, write_rows(tmp_path / "more.jsonl", more), strict=True)
    assert changes(two_runs, view) == [
        "base is now named the base.",
        "rlvr has 1 problem with other counts (+1 scored samples).",
    ]
    now = view_now(two_runs, view)
    assert now
    assert now.material.counts["n"].sum() == view.material.counts["n"].sum() + 1


def test_a_change_elsewhere_is_no_change_of_a_shared_problem(two_runs: Store, tmp_path: Path) -> None:
    share = shared(two_runs, "problem", problem="p01")
    more = [{**row, "sample_index": 8} for row in drawn("p00", [True], benchmark="sums", model="rlvr", run="rlvr")]
    import_file(two_runs, write_rows(tmp_path / "more.jsonl", more), strict=True)
    assert changes(two_runs, opened(two_runs, share)) == []


def test_a_revoked_share_is_gone_and_its_address_says_so(two_runs: Store) -> None:
    share = shared(two_runs)
    stored.rename_share(two_runs, share, "  another \n title ")
    assert stored.shares(two_runs)["title"].tolist() == ["another title"]
    stored.revoke_share(two_runs, share)
    assert stored.shares(two_runs).empty
    with pytest.raises(NotFound, match="was revoked on"):
        stored.share(two_runs, share)
    with pytest.raises(NotFound):
        stored.rename_share(two_runs, share, "x")
    assert two_runs.rows("select content, note from shares") == [(None, None)]
    assert shared(two_runs) != "", "it can be shared again"


def test_an_altered_content_is_not_shown(two_runs: Store) -> None:
    share = shared(two_runs)
    with two_runs.write() as cursor:
        other = stored.share(two_runs, share).content + b" "
        cursor.execute("update shares set content = ?", [gzip.compress(other)])
    with pytest.raises(BadInput, match="not what was shared"):
        stored.share(two_runs, share)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"title": "x" * 301}, "title has 301"),
        ({"title": " "}, "needs a title"),
        ({"page": "library"}, "no page library"),
        ({"page": "problem"}, "the problem None"),
        ({"level": 2.0}, "level is 2"),
    ],
)
def test_what_cannot_be_shared_is_told(two_runs: Store, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        shared(two_runs, **arguments)
    assert stored.shares(two_runs).empty


def test_hostile_texts_come_back_as_they_were(hostile_store: Store) -> None:
    keys = [str(key) for key in runs(hostile_store)["run"]]
    problem = f"0 {HOSTILE[0]}"
    view = perform("share", hostile_store, {"page": "problem", "runs": keys, "problem": problem}, ME)
    shown = opened(hostile_store, view["share"]).shown
    assert shown
    assert shown.samples[keys[0]][0].completion == HOSTILE[0]
    assert frozen(opened(hostile_store, view["share"])) == stored.share(hostile_store, view["share"]).content


def test_shares_by_command(two_runs: Store) -> None:
    two_runs.close()
    made = run("share", "comparison", "base", "rlvr", "--title", "ours", "--author", "A", "--json").json
    assert made["link"] == f"share?id={made['share']}"
    (listed,) = run("shares", "--json").json
    assert (listed["title"], listed["author"], listed["page"]) == ("ours", "A", "boundary")
    told = run("share", "open", made["share"], "--json").json
    assert told["changed_since"] == []
    assert told["about"]["seed"]
    assert len(told["counts"]) == 24
    assert run("share", "rename", made["share"], "theirs", "--json").code == 0
    assert run("unshare", made["share"]).code == 0
    assert run("share", "open", made["share"]).code == 1
    assert run("shares", "--json").json == []


def test_a_tree_is_kept_with_its_samples_and_grows_again_when_the_runs_are_gone(two_runs: Store) -> None:
    share = shared(two_runs, "tree", problem="p01", merge="exact", tree_seed=3)
    before = find_figure("tree")(
        Leaving(store=two_runs, keys=("base", "rlvr"), problem="p01", asked=Asked(merge="exact", tree_seed=3))
    )
    assert stored.share(two_runs, share).title == f"p01: {before.title}"
    for key in ("base", "rlvr"):
        delete_run(two_runs, key)
    tree = tree_of_view(opened(two_runs, share))
    assert tree
    again = draw_tree(tree, pixels=pixels_of("column"))
    assert (again.title, again.subtitle) == (before.title, before.subtitle)
    assert again.figure.to_json() == before.figure.to_json()


def test_what_is_opened_and_lit_of_a_tree_is_kept_with_it(two_runs: Store) -> None:
    folded, whole = shared(two_runs, "tree", problem="p01", nodes=3), {"opened": [0], "walks": [["base", 5]]}
    share = shared(two_runs, "tree", problem="p01", nodes=3, **whole)
    assert share != folded
    for key in ("base", "rlvr"):
        delete_run(two_runs, key)
    closed, open_ = (tree_of_view(opened(two_runs, one)) for one in (folded, share))
    assert closed
    assert open_
    assert "+0" in set(closed.part.items["key"])
    assert "+0" not in set(open_.part.items["key"])
    assert closed.lit == {}
    assert [open_.part.items["item"][item] for item in open_.lit[0]] == sorted(open_.lit[0]) != []
    assert open_.subtitle.endswith("lit: sample 5 of base")


def test_of_live_data_that_have_changed_nothing_is_opened_by_a_number_of_before(two_runs: Store) -> None:
    view = opened(two_runs, shared(two_runs, "tree", problem="p01", opened=[0], node=1))
    now = view_now(two_runs, view)
    assert now
    assert (now.asked.opened, now.asked.node) == ((0,), 1)
    with two_runs.write() as cursor:
        cursor.execute("update samples set answer = '7' where sample_index = 5")
    now = view_now(two_runs, view)
    assert now
    assert (now.asked.opened, now.asked.node) == ((), None)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"opened": [999]}, "no node 999"),
        ({"node": 999}, "no node 999"),
        ({"walks": [["base", 999]]}, "Sample 999 of base is not in the tree"),
    ],
)
def test_a_node_or_sample_that_the_tree_does_not_have_is_told(
    two_runs: Store, tmp_path: Path, asked: dict[str, Any], told: str
) -> None:
    arguments = {"name": "tree", "runs": ["base", "rlvr"], "out": str(tmp_path / "x.svg"), "problem": "p01", **asked}
    with pytest.raises(BadInput, match=told):
        perform("export_figure", two_runs, arguments, ME)


def test_a_tree_is_shared_by_command_as_the_page_draws_it(two_runs: Store) -> None:
    two_runs.close()
    tree = ("share", "tree", "p01", "base", "rlvr", "--nodes", "3", "--shown", "correct")
    made = run(*tree, "--open", "0", "--node", "1", "--walk", "base:0", "--json").json
    assert made["share"] != run(*tree, "--json").json["share"]
    assert run(*tree, "--walk", "base").code == 2
    assert run(*tree, "--walk", "nobody:0").code == 1


def scored(store: Store, folder: Path) -> str:
    """Share a tree of which RLVR's sampler closes one of base's two paths."""
    add(store, folder, BASE, ["one", "two"], **SHARP)
    add(store, folder, RLVR, ["three"], **SHARP)
    read(store, BASE, RLVR, [0.99, 0.5])
    return shared(store, "tree", runs=[BASE, RLVR], problem="p")


def evidence_of(view: View) -> list[str]:
    tree = tree_of_view(view)
    assert tree
    return sorted(tree.found.evidence["evidence"])


def test_a_blocked_path_is_still_blocked_in_a_share_whose_runs_are_gone(store: Store, tmp_path: Path) -> None:
    share = scored(store, tmp_path)
    for key in (BASE, RLVR):
        delete_run(store, key)
    view = opened(store, share)
    assert evidence_of(view) == ["blocked", "seen", "seen"]
    tree = tree_of_view(view)
    assert tree
    assert any("is blocked" in sentence for sentence in tree.sentences)
    assert frozen(view) == stored.share(store, share).content


def test_paths_that_were_blocked_are_so_in_a_share_of_them(store: Store, tmp_path: Path) -> None:
    scored(store, tmp_path)
    share = shared(store, "paths", runs=[BASE, RLVR])
    view = opened(store, share)
    assert changes(store, view, view_now(store, view)) == []
    read(store, RLVR, BASE, [0.99])
    told = changes(store, view, view_now(store, view))
    assert told == ["It is known otherwise which correct paths are blocked."]
    for key in (BASE, RLVR):
        delete_run(store, key)
    rows = sole_paths_of_view(opened(store, share))
    assert rows is not None
    assert sorted(rows["evidence"]) == ["blocked", "seen", "seen"]


def test_a_share_of_before_blocked_paths_were_kept_still_opens(store: Store, tmp_path: Path) -> None:
    kept = json.loads(stored.share(store, scored(store, tmp_path)).content)
    del kept["problem"]["closed"]
    view = thawed(json.dumps(kept).encode(), datetime(2026, 11, 1, tzinfo=UTC))
    assert evidence_of(view) == ["seen", "seen", "seen"]
    assert changes(store, view) == []


def test_samples_that_were_read_under_another_model_since_are_told(store: Store, tmp_path: Path) -> None:
    view = opened(store, scored(store, tmp_path))
    assert changes(store, view) == []
    read(store, RLVR, BASE, [0.99])
    assert changes(store, view) == [
        "Of 1 sample it is known otherwise how likely its tokens are under the other models."
    ]


def test_changes_of_a_problem_tell_samples_whose_verdict_answer_or_text_is_another(two_runs: Store) -> None:
    view = opened(two_runs, shared(two_runs, "problem", problem="p01"))
    assert changes(two_runs, view) == []
    place = """where run_id = (select run_id from runs where key = 'base')
        and sample_id in (select sample_id from samples join problems using (problem_id) where name = 'p01')"""
    with two_runs.write() as cursor:
        cursor.execute(f"update completions set completion = 'another' {place} and completion in ('try 3', 'try 4')")
        cursor.execute(f"update samples set answer = '7' {place} and sample_index = 5")
    assert changes(two_runs, view) == ["base has 1 sample with another answer, 2 samples with another text."]
    with two_runs.write() as cursor:
        cursor.execute(f"delete from samples {place} and sample_index = 7")
    assert "1 sample fewer" in changes(two_runs, view)[0]
    tree = opened(two_runs, shared(two_runs, "tree", problem="p02"))
    assert changes(two_runs, tree) == []


def test_claims_are_kept_as_they_were_told_and_changes_of_a_verdict_are_said(two_runs: Store, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"level": 0.9, "more": {"k": 4, "tolerance": 0.02, "difference": 0.1}}
    share = shared(two_runs, "claims", **asked)
    told = perform("claims", two_runs, {"base": "base", "others": ["rlvr"], "level": 0.9, **asked["more"]}, ME)
    view = opened(two_runs, share)
    assert view.claims == told
    assert stored.share(two_runs, share).title == told["headline"]
    assert view.link == {"benchmark": ["sums"], "base": ["base"], "others": ["rlvr"]}
    assert changes(two_runs, view, view_now(two_runs, view)) == []
    more = [
        {**row, "sample_index": 8 + row["sample_index"]}
        for number in range(12)
        for row in drawn(f"p{number:02}", [False] * 8, benchmark="sums", model="rlvr", run="rlvr")
    ]
    import_file(two_runs, write_rows(tmp_path / "more.jsonl", more), strict=True)
    now = view_now(two_runs, view)
    assert now
    assert now.claims
    assert (now.claims["k"], now.claims["tolerance"], now.claims["difference"]) == (4, 0.02, 0.1)
    said = changes(two_runs, view, now)
    assert said[0] == "rlvr has 12 problems with other counts (+96 scored samples)."
    verdicts = [(one["verdict"], two["verdict"]) for one, two in zip(told["claims"], now.claims["claims"], strict=True)]
    assert [line for line in said if "and is" in line] == [
        f"Claim {number} was “{then}” and is “{after}” now."
        for number, (then, after) in enumerate(verdicts, start=1)
        if then != after
    ]
    assert any("other numbers, the same verdict" in line for line in said)
    delete_run(two_runs, "rlvr")
    assert opened(two_runs, share).claims == told
    assert view_now(two_runs, view) is None
    opening = perform("share_open", two_runs, {"share": share}, ME)
    assert {row["claim"] for row in opening["claims"]} == set(range(1, 8))
    assert opening["changed_since"] == ["rlvr is no longer in the store."]


def test_paths_are_kept_whole_and_say_when_others_are_taken(two_runs: Store) -> None:
    share = shared(two_runs, "paths", merge="exact", tree_seed=3)
    asked = Asked(merge="exact", tree_seed=3)
    leaving = Leaving(store=two_runs, keys=("base", "rlvr"), asked=asked)
    before, kept = find_figure("paths")(leaving), leaving.paths
    view = opened(two_runs, share)
    assert view.paths
    assert (view.paths.counts == kept.counts).all()
    assert (view.paths.n == kept.n).all()
    pd.testing.assert_frame_equal(view.paths.classes, kept.classes, check_dtype=False)
    assert changes(two_runs, view, view_now(two_runs, view)) == []
    content = stored.share(two_runs, share).content
    assert two_runs.path
    for file in two_runs.path.parent.rglob("*.arrow"):
        file.unlink()
    now = view_now(two_runs, view)
    assert now
    assert json.loads(frozen(now))["paths"] == json.loads(content)["paths"], "read anew or kept, they are the same"
    with two_runs.write() as cursor:
        cursor.execute("update samples set answer = '7' where sample_index = 0")
    assert "correct paths" in changes(two_runs, view, view_now(two_runs, view))[0]
    for key in ("base", "rlvr"):
        delete_run(two_runs, key)
    view = opened(two_runs, share)
    assert view.paths
    again = draw_paths(view.material, view.asked, view.paths)
    assert (again.title, again.subtitle) == (before.title, before.subtitle)
    assert again.figure.to_json() == before.figure.to_json()
    assert stored.share(two_runs, share).title == before.title
    assert perform("share_open", two_runs, {"share": share}, ME)["paths"]


def test_runs_without_a_correct_path_can_be_shared(store: Store, tmp_path: Path) -> None:
    for name in ("base", "rlvr"):
        rows = drawn("p", [False, False], benchmark="b", model=name, run=name)
        import_file(store, write_rows(tmp_path / f"{name}.jsonl", rows), strict=True)
    view = opened(store, shared(store, "paths"))
    assert view.paths
    assert view.paths.counts.shape == (0, 2)
    assert view.paths.n.tolist() == [[2, 2]]
    assert changes(store, view, view_now(store, view)) == []


def test_a_share_of_an_earlier_version_opens_without_what_was_asked_later(two_runs: Store) -> None:
    content = json.loads(stored.share(two_runs, shared(two_runs, m=3, q=0.2)).content)
    first = ("metric", "threshold", "reasoning", "interval", "level", "seed", "m", "q")
    content["asked"] = {name: content["asked"][name] for name in first}
    share, _ = stored.keep_share(two_runs, json.dumps(content).encode(), page="boundary", title="old")
    view = opened(two_runs, share)
    assert view.asked == Asked(m=3, q=0.2)
    assert (view.unknown, view.claims, view.paths) == ({}, None, None)
    assert perform("share_open", two_runs, {"share": share}, ME)["changed_since"] == []


def test_what_a_later_version_asked_and_kept_besides_is_told_apart_and_not_lost(two_runs: Store) -> None:
    content = json.loads(stored.share(two_runs, shared(two_runs, "problem", problem="p01")).content)
    content["asked"] |= {"weather": "fine", "moon": None}
    content["problem"]["problem"]["colour"] = "red"
    content["problem"]["samples"]["base"][0]["mood"] = "good"
    content["later"] = [1]
    share, _ = stored.keep_share(two_runs, json.dumps(content).encode(), page="problem", title="new")
    view = opened(two_runs, share)
    assert view.asked == Asked()
    assert view.unknown == {"weather": "fine", "moon": None}
    assert json.loads(frozen(view))["asked"] == content["asked"]
    assert view.shown
    assert view.shown.samples["base"][0].completion == "try 0"
    content["form"] = FORM + 1
    other, _ = stored.keep_share(two_runs, json.dumps(content).encode(), page="problem", title="newer")
    with pytest.raises(BadInput, match="later version"):
        opened(two_runs, other)


def test_shared_claims_and_paths_by_command(two_runs: Store) -> None:
    two_runs.close()
    made = run("share", "claims", "base", "rlvr", "--tolerance", "0.02", "--k", "2", "--json").json
    told = run("share", "open", made["share"], "--json").json
    assert (told["about"]["tolerance"], told["about"]["k"]) == (0.02, 2)
    made = run("share", "paths", "base", "rlvr", "--merge", "exact", "--json").json
    told = run("share", "open", made["share"], "--json").json
    assert (told["page"], told["about"]["merge"], told["changed_since"]) == ("paths", "exact", [])
