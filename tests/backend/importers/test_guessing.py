"""What a guess says of files in no known format, in the shapes that people make."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.errors import BadInput
from backend.importers import Wanted
from backend.importers.previews import inspect
from backend.importers.registry import recognise
from backend.importers.saved_mappings import GUESS
from backend.importers.source import Source
from backend.store import problem_queries, queries
from backend.store.database import Store
from tests.backend.importers.reports import each

BASE, RL = "Qwen2.5-7B", "Qwen2.5-7B-RL"

CSV = {
    "an index without a name, as pandas writes": (
        ",task,response,correct\n0,p,x,True\n1,p,y,False\n2,q,z,True\n",
        {("", "p"): (2, 1), ("", "q"): (1, 1)},
    ),
    "semicolons and decimal commas": (
        "task;response;score\np;x;1,0\np;y;0,25\nq;z;0,0\n",
        {("", "p"): (2, 1), ("", "q"): (1, 0)},
    ),
    "tabs and words": (
        "question_id\toutput\tpassed\np\tx\tyes\np\ty\tno\n",
        {("", "p"): (2, 1)},
    ),
    "line breaks in quotes": (
        'task,response,correct\r\np,"x\r\ny",1.0\r\np,"say ""no""",0.0\r\n',
        {("", "p"): (2, 1)},
    ),
    "a column a model, of nothing but names": (
        f"problem,{BASE},{RL}\np,1,0\nq,,1\n",
        {(BASE, "p"): (1, 1), (RL, "p"): (1, 0), (RL, "q"): (1, 1)},
    ),
    "a column a model, of counts": (
        "problem,n,base_correct,rl_correct\np,8,3,8\nq,8,0,1\n",
        {("base", "p"): (8, 3), ("rl", "p"): (8, 8), ("base", "q"): (8, 0), ("rl", "q"): (8, 1)},
    ),
    "a column a model, of counts under bare names": (
        "problem,n,base,rl\np,8,3,8\nq,8,0,1\n",
        {("base", "p"): (8, 3), ("rl", "p"): (8, 8), ("base", "q"): (8, 0), ("rl", "q"): (8, 1)},
    ),
    "counts under other names": (
        "task,num_samples,num_correct\np,64,3\nq,64,0\n",
        {("", "p"): (64, 3), ("", "q"): (64, 0)},
    ),
}
JSON: dict[str, tuple[Any, dict[tuple[str, str], tuple[int, int]]]] = {
    "lists by problem": ({"p": [True, False], "q": [False]}, {("", "p"): (2, 1), ("", "q"): (1, 0)}),
    "a frame by column, as pandas writes it": (
        {"task": {"0": "p", "1": "p"}, "response": {"0": "x", "1": "y"}, "correct": {"0": True, "1": False}},
        {("", "p"): (2, 1)},
    ),
    "one object of columns": (
        {"problem_id": ["p", "p", "q"], "completion": ["x", "y", "z"], "correct": [True, False, True]},
        {("", "p"): (2, 1), ("", "q"): (1, 1)},
    ),
    "completions in lists beside a text of the problem": (
        [{"id": "p", "input": "1", "output": "2", "output_list": ["a", "b"], "graded_list": [True, False]}],
        {("", "1"): (2, 1)},
    ),
    "counts by problem": ({"p": {"n": 8, "c": 3}, "q": {"n": 9, "c": 0}}, {("", "p"): (8, 3), ("", "q"): (9, 0)}),
    "lists side by side by problem": (
        {"p": {"completions": ["a", "b"], "correct": [1, 0]}, "q": {"completions": ["a"], "correct": [0]}},
        {("", "p"): (2, 1), ("", "q"): (1, 0)},
    ),
    "rows by model": (
        {"base": [{"task_id": "p", "passed": 1}, {"task_id": "p", "passed": 0}], "rl": [{"task_id": "p", "passed": 1}]},
        {("base", "p"): (2, 1), ("rl", "p"): (1, 1)},
    ),
    "problems by model": (
        {"base": {"p": [1, 0], "q": [0, 0], "r": [1, 1]}, "rl": {"p": [1, 1], "q": [0, 1], "r": [0, 0]}},
        {
            ("base", "p"): (2, 1), ("base", "q"): (2, 0), ("base", "r"): (2, 2),
            ("rl", "p"): (2, 2), ("rl", "q"): (2, 1), ("rl", "r"): (2, 0),
        },
    ),
    "models by problem": (
        {p: {"base": {"correct": [1, 0]}, "rl": {"correct": [0]}} for p in ("p", "q", "r")},
        {(m, p): (n, c) for p in ("p", "q", "r") for m, n, c in (("base", 2, 1), ("rl", 1, 0))},
    ),
    "rows in a member, named by a column that a problem may bear": (
        {"model": "m", "results": [{"problem": "p", "passed": 1}, {"problem": "p", "passed": 0}]},
        {("", "p"): (2, 1)},
    ),
    "rows in a member, without any id": (
        {"results": [{"prompt": "1+1?", "text": "2", "passed": 1}, {"prompt": "2+2?", "text": "4", "passed": 0}]},
        {("", "1+1?"): (1, 1), ("", "2+2?"): (1, 0)},
    ),
    "one problem a document, its samples numbered": (
        {"question_id": "p", "samples": [{"index": i, "text": str(i), "passed": i} for i in (0, 1)]},
        {("", "p"): (2, 1)},
    ),
    "samples with their reviews, numbered in a row that is numbered itself": (
        [
            {"index": i, "choices": [
                {"index": n, "message": {"content": "a"}, "review": {"result": float(n == i)}} for n in (0, 1)
            ]}
            for i in (0, 1)
        ],
        {("", "0"): (2, 1), ("", "1"): (2, 1)},
    ),
    "one numbered problem with numbered samples": (
        {"index": 7, "choices": [{"index": n, "message": {"content": "a"}, "passed": n == 0} for n in (0, 1)]},
        {("", "7"): (2, 1)},
    ),
    "objects by model with dots in their names": (
        [{"id": "p", BASE: {"correct": True, "response": "a"}, RL: {"correct": False, "response": "b"}}],
        {(BASE, "p"): (1, 1), (RL, "p"): (1, 0)},
    ),
    "models in an object": (
        [{"id": p, "results": {BASE: [True, False], RL: [True, True]}} for p in ("p", "q")],
        {(m, p): (2, c) for p in ("p", "q") for m, c in ((BASE, 1), (RL, 2))},
    ),
    "ids that are numbers and texts": (
        [{"task": i, "response": str(n), "passed": n % 2} for n, i in enumerate((1, "1", 1.0, 2, "2", 2.0))],
        {("", "1"): (3, 1), ("", "2"): (3, 2)},
    ),
    "lists by model": ([{"id": "p", BASE: [True, False], RL: [True, True]}], {(BASE, "p"): (2, 1), (RL, "p"): (2, 2)}),
    "counts in objects by model": (
        [{"id": "p", "base": {"n": 8, "c": 3}, "rl": {"n": 4, "c": 4}}],
        {("base", "p"): (8, 3), ("rl", "p"): (4, 4)},
    ),
    "lists of lists beside a list of problems": (
        [{"task_ids": ["p", "q"], "completions": [["a", "b"], ["c"]], "rewards": [[1, 0], [0]]}],
        {("", "p"): (2, 1), ("", "q"): (1, 0)},
    ),
    "lists of lists of one problem": (
        [{"task_id": "p", "generations": [["a", "b"], ["c", "d"]], "scores": [[1, 0], [0, 0]]}],
        {("", "p"): (4, 1)},
    ),
    "rewards with points for the form": (
        [{"task": "p", "response": "a", "reward": 1.1}, {"task": "p", "response": "b", "reward": 0.1},
         {"task": "p", "response": "c", "reward": -1}],
        {("", "p"): (3, 1)},
    ),
    "a reward between after many that are none": (
        [{"task": "p", "response": str(i), "reward": 1.0} for i in range(300)]
        + [{"task": "p", "response": "x", "reward": 0.3}],
        {("", "p"): (301, 300)},
    ),
}  # fmt: skip


def counted(store: Store, path: Path) -> dict[tuple[str, str], tuple[int, int]]:
    """Import a file by the guess and return n and c by model and problem; the file's own name is no model."""
    assert not any(report.rejected_total for report in each(store, [path], wanted=Wanted(mapping=GUESS)))
    runs = queries.runs(store)
    models = dict(zip(runs["run"], runs["model"], strict=True))
    counts = queries.correct_counts(store, list(runs["run"]))
    asked = {name: problem_queries.problem(store, "unnamed", name) for name in set(counts["problem"])}
    found = {}
    for row in counts[counts["n"] > 0].itertuples():
        said = asked[str(row.problem)]
        name = said.question if said and said.question else str(row.problem)
        found["" if models[row.run] == path.stem else str(models[row.run]), name] = (int(str(row.n)), int(str(row.c)))
    return found


@pytest.mark.parametrize("shape", CSV)
def test_the_guess_counts_a_table_right(shape: str, tmp_path: Path, store: Store) -> None:
    text, wanted = CSV[shape]
    path = tmp_path / "file.csv"
    path.write_text(text, newline="")
    assert counted(store, path) == wanted


@pytest.mark.parametrize("shape", JSON)
@pytest.mark.parametrize("indent", [None, 1])
def test_the_guess_counts_a_document_right(shape: str, indent: int | None, tmp_path: Path, store: Store) -> None:
    said, wanted = JSON[shape]
    path = tmp_path / "file.json"
    path.write_text(json.dumps(said, indent=indent))
    assert counted(store, path) == wanted


def test_scores_on_a_scale_of_their_own_are_refused_until_a_threshold_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps([{"task": "p", "response": "x", "score": s} for s in (87, 12, 100)]))
    told = inspect(path, wanted=Wanted(mapping=GUESS))
    assert told["rejected_total"] == 3
    assert told["rejected"][0]["reason"].startswith("correct is 87; it must be true, false or null; --map threshold")
    told = inspect(path, wanted=Wanted(mapping=GUESS, map_fields=("threshold=87",)))
    assert (told["runs"][0]["correct"], told["runs"][0]["samples"]) == (2, 3)


def test_a_conversation_gives_the_question_too_and_groups_by_it(tmp_path: Path) -> None:
    asked = [("2+2?", "4", 1.0), ("2+2?", "5", 0.0), ("3+3?", "6", 1.0)]
    path = tmp_path / "file.jsonl"
    for question, reply, reward in asked:
        talk = [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
        with path.open("a") as file:
            file.write(json.dumps({"messages": talk, "reward": reward}) + "\n")
    told = inspect(path, wanted=Wanted(mapping=GUESS))
    assert (told["runs"][0]["problems"], told["runs"][0]["samples"], told["runs"][0]["correct"]) == (2, 3, 2)
    assert Counter(row["question"] for row in told["first"]) == {"2+2?": 2, "3+3?": 1}


def test_a_column_of_counts_needs_to_be_told_how_many_were_drawn(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "solved.csv"
    path.write_text("problem,base,rl\np,17,30\nq,0,2\n")
    pairs = ("problem_id=problem", "n==64", "c={model}")
    assert [r.added for r in each(store, [path], wanted=Wanted(map_fields=pairs))] == [4]
    frame = queries.runs(store).set_index("model")
    assert (frame["samples"]["base"], frame["correct"]["base"], frame["correct"]["rl"]) == (128, 17, 32)


def test_rows_keep_their_numbers_where_one_before_them_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"passed": true}\n{"passed": \n{"passed": true}\n')
    (tmp_path / "b.csv").write_text("passed,text\ntrue,x\ntrue,x,more\ntrue,y\n")
    for name in ("a.jsonl", "b.csv"):
        told = inspect(tmp_path / name, wanted=Wanted(map_fields=("problem_id=#", "correct=passed")))
        assert [row["problem_id"] for row in told["first"]] == ["0", "2"]
        assert told["rejected_total"] == 1


def test_a_table_whose_every_row_is_in_another_encoding_says_so(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("task,response,correct\nä,x,1\n".encode("latin-1"))
    with pytest.raises(BadInput, match=r"latin\.csv has no row that can be read\. Line 2: not valid UTF-8"):
        inspect(path)
    path.write_text("task,response,correct\na,x,1\n", encoding="utf-16")
    with pytest.raises(BadInput, match="its text is UTF-16, to be saved as UTF-8"):
        inspect(path)


def test_rows_of_ours_that_hold_lists_are_left_to_the_mapper(tmp_path: Path) -> None:
    said = {"problem_id": "p", "completion": ["x", "y"], "correct": [True, False]}
    (tmp_path / "a.jsonl").write_text(json.dumps(said) + "\n")
    pq.write_table(pa.Table.from_pylist([said]), tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.parquet"):
        with pytest.raises(BadInput, match="--mapping guess"):
            recognise(Source(tmp_path / name, name))
        told = inspect(tmp_path / name)
        assert (told["runs"][0]["samples"], told["runs"][0]["correct"]) == (2, 1)


def test_decimal_scores_in_lists_of_a_parquet_file(tmp_path: Path) -> None:
    scores = pa.array([[Decimal("1.0"), Decimal("0.0")]])
    pq.write_table(pa.table({"uid": ["p"], "responses": [["x", "y"]], "scores": scores}), tmp_path / "a.parquet")
    assert inspect(tmp_path / "a.parquet")["runs"][0]["correct"] == 1


def test_a_column_of_scores_with_one_that_is_none_is_still_the_scores(tmp_path: Path) -> None:
    rewards = [*[1.0, 0.0] * 15, "n/a", "soon", float("inf")]
    path = tmp_path / "file.jsonl"
    path.write_text("".join(json.dumps({"task": "p", "response": "x", "reward": r}) + "\n" for r in rewards))
    told = inspect(path)
    assert (told["runs"][0]["samples"], told["runs"][0]["correct"], told["runs"][0]["unscored"]) == (31, 15, 1)
    assert [(r["line"], r["reason"].split(";")[0]) for r in told["rejected"]] == [
        (32, "correct is 'soon'"), (33, "correct is inf"),
    ]  # fmt: skip


def test_a_models_column_with_one_word_that_is_no_verdict_stays_a_model(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("problem,base,rl\n" + "".join(f"{i},1,0\n" for i in range(20)) + "20,maybe,1\n")
    told = inspect(path)
    assert [(r["model"], r["samples"], r["correct"]) for r in told["runs"]] == [("base", 20, 20), ("rl", 21, 1)]
    assert [(r["line"], r["reason"].split(";")[0]) for r in told["rejected"]] == [(22, "correct is 'maybe'")]
