"""The project's own format: what is taken, what is rejected and why, in each of its three forms and file kinds."""

import csv
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.errors import BadInput
from backend.importers import import_file, import_paths
from backend.store import problem_queries, queries
from backend.store.database import Store
from tests.conftest import drawn, write_rows

TWO_PROBLEMS = [
    *drawn("p1", [True, False, None], model="m", benchmark="b"),
    *drawn("p2", [False, False], model="m", benchmark="b"),
]


def counted(store: Store, run: str | None = None) -> dict[str, tuple[int, int]]:
    keys = list(queries.runs(store)["run"]) if run is None else [run]
    frame = queries.correct_counts(store, keys)
    return {p: (int(n), int(c)) for p, n, c in zip(frame["problem"], frame["n"], frame["c"], strict=True)}


def reasons(store: Store, path: Path, **given: Any) -> list[tuple[int, str]]:
    return [(r.line, r.reason) for r in import_file(store, path, **given).rejected]


def test_scored_samples_are_counted_and_unscored_ones_told(store: Store, tmp_path: Path) -> None:
    report = import_file(store, write_rows(tmp_path / "f.jsonl", TWO_PROBLEMS))
    assert (report.rows, report.added, report.duplicates, report.unscored, report.rejected) == (5, 5, 0, 1, [])
    assert counted(store) == {"p1": (2, 1), "p2": (2, 0)}


def test_importing_a_file_twice_adds_nothing(store: Store, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "f.jsonl", TWO_PROBLEMS)
    import_file(store, path)
    report = import_file(store, path)
    assert (report.rows, report.added, report.duplicates, report.rejected) == (5, 0, 5, [])
    assert counted(store) == {"p1": (2, 1), "p2": (2, 0)}


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl.gz", "jsonl.zst", "csv.gz"])
def test_every_kind_of_file_gives_the_same(store: Store, tmp_path: Path, kind: str) -> None:
    path, frame = tmp_path / f"f.{kind}", pd.DataFrame(TWO_PROBLEMS)
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind.startswith("csv"):
        frame.to_csv(path, index=False)
    else:
        text = "".join(json.dumps(row) + "\n" for row in TWO_PROBLEMS).encode()
        path.write_bytes(gzip.compress(text) if kind.endswith("gz") else pa.compress(text, "zstd", asbytes=True))
    report = import_file(store, path)
    assert (report.rows, report.added, report.unscored, report.rejected) == (5, 5, 1, [])
    assert counted(store) == {"p1": (2, 1), "p2": (2, 0)}
    assert report.runs == ["m · b"]


def test_line_ends_byte_order_mark_and_blank_lines_do_not_matter(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n\r\n".join(json.dumps(row).encode() for row in TWO_PROBLEMS))
    report = import_file(store, path)
    assert (report.rows, report.added, report.rejected) == (5, 5, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"problem_id": "p", "correct": tr', "not valid JSON"),
        ('{"problem_id": "p", "correct": NaN}', "write null instead"),
        ('{"problem_id": "p", "correct": true} x', "not valid JSON"),
        ('{"problem_id": "p", "correct": true,}', "not valid JSON"),
        ('{"problem_id": "p", "correct": true, "correct": false}', "the key correct is given more than once"),
        ("[1, 2]", "a JSON list stands where an object is wanted"),
        ('{"correct": true}', "problem_id is missing"),
        ('{"problem_id": "", "correct": true}', "problem_id is missing"),
        ('{"problem_id": null, "correct": true}', "problem_id is missing"),
        ('{"problem_id": ["p"], "correct": true}', "problem_id is ['p']; it must be text or a number"),
        ('{"problem_id": "p"}', "neither correct nor completion is given"),
        ('{"problem_id": "p", "correct": "yes"}', "correct is 'yes'; it must be true, false or null"),
        ('{"problem_id": "p", "correct": 2}', "correct is 2; it must be true, false or null"),
        ('{"problem_id": "p", "correct": 0.5}', "correct is 0.5; it must be true, false or null"),
        ('{"problem_id": "p", "verdict": "right"}', "it must be one of correct, incorrect, no_answer, error"),
        (
            '{"problem_id": "p", "correct": true, "sample_index": -1}',
            "sample_index is -1; it must be a whole number, 0",
        ),
        ('{"problem_id": "p", "correct": true, "sample_index": "3"}', "sample_index is '3'"),
        ('{"problem_id": "p", "correct": true, "sample_index": 1.5}', "sample_index is 1.5"),
        ('{"problem_id": "p", "correct": true, "token_count": true}', "token_count is True"),
        ('{"problem_id": "p", "correct": true, "temperature": "hot"}', "temperature is 'hot'; it must be a number"),
        ('{"problem_id": "p", "correct": true, "training": "rl"}', "it must be one of base, sft, rlvr, distilled"),
        ('{"problem_id": "p", "completion": 5}', "completion is 5; it must be text"),
        ('{"problem_id": "p", "completion": "\\ud800"}', "not JSON"),
    ],
)
def test_a_bad_row_is_rejected_with_line_and_reason_and_the_rest_kept(
    store: Store, tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text(f'{{"problem_id": "a", "correct": true}}\n{line}\n{{"problem_id": "b", "correct": false}}\n')
    report = import_file(store, path)
    assert (report.rows, report.added) == (3, 2)
    assert [r.line for r in report.rejected] == [2]
    assert reason in report.rejected[0].reason
    assert counted(store) == {"a": (1, 1), "b": (1, 0)}


def test_whole_numbers_and_their_float_forms_are_one(store: Store, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"problem_id": 7, "correct": 1, "sample_index": 0.0},
        {"problem_id": "7", "correct": 0.0, "sample_index": 1},
    ]
    assert import_file(store, write_rows(tmp_path / "f.jsonl", rows)).rejected == []
    assert counted(store) == {"7": (2, 1)}


def test_no_answer_and_error_are_not_incorrect(store: Store, tmp_path: Path) -> None:
    verdicts = ["correct", "incorrect", "no_answer", "error"]
    rows = [{"problem_id": "p", "verdict": v, "sample_index": i} for i, v in enumerate(verdicts)]
    rows += [{"problem_id": "p", "correct": False, "answer": "", "sample_index": 4}]
    import_file(store, write_rows(tmp_path / "f.jsonl", rows), run="r")
    row = queries.correct_counts(store, ["r"]).iloc[0]
    assert (row["n"], row["c"], row["no_answer"], row["errors"]) == (4, 1, 2, 1)


def test_strict_stores_nothing_when_a_row_is_bad(store: Store, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "f.jsonl", [*TWO_PROBLEMS, {"problem_id": "p3"}])
    before = store.version()
    with pytest.raises(BadInput, match="line 6: neither correct nor completion is given"):
        import_file(store, path, strict=True)
    assert queries.totals(store) == dict.fromkeys(queries.totals(store), 0)
    assert store.version() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02" * 100, "binary data"),
        (b"PAR1 and then nothing", "damaged Parquet"),
        (b'{"task": "x", "score": 1}\n', "its columns are score, task"),
        (b"name,score\nx,1\n", "its columns are name, score"),
        (b"hello\n", "begins with 'hello"),
        (b"\x1f\x8b\x08\x00truncated", "damaged"),
    ],
)
def test_a_file_in_no_known_format_is_refused_naming_what_was_found(
    store: Store, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words) as refusal:
        import_file(store, path)
    assert "f.jsonl" in refusal.value.message
    assert refusal.value.hint


def test_compressed_data_that_ends_early_stores_nothing(store: Store, tmp_path: Path) -> None:
    text = "".join(json.dumps(row) + "\n" for row in drawn("p", [True] * 5000)).encode()
    path = tmp_path / "f.jsonl.gz"
    path.write_bytes(gzip.compress(text)[:-2000])
    with pytest.raises(BadInput, match="damaged"):
        import_file(store, path)
    assert queries.totals(store)["samples"] == 0


def test_a_hundred_megabyte_line_is_one_row(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    with path.open("w") as file:
        file.write('{"problem_id": "p", "correct": true, "completion": "' + "x" * 100_000_000 + '"}\n')
        file.write('{"problem_id": "p", "correct": false, "sample_index": 1}\n')
    report = import_file(store, path, run="r")
    assert (report.added, report.rejected) == (2, [])
    sample = queries.sample(store, "r", "p", 0)
    assert sample is not None
    assert len(sample.completion or "") == 100_000_000


def test_what_the_command_says_wins_over_the_rows(store: Store, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "f.jsonl", TWO_PROBLEMS)
    import_file(store, path, benchmark="other", model="m2", training="rlvr", run="mine")
    (row,) = queries.runs(store).to_dict("records")
    assert (row["benchmark"], row["model"], row["training"], row["name"]) == ("other", "m2", "rlvr", "mine")


def test_only_problem_and_verdict_are_required(store: Store, tmp_path: Path) -> None:
    report = import_file(store, write_rows(tmp_path / "base.jsonl", [{"problem_id": "p", "correct": True}]))
    assert report.runs == ["base · unnamed"]


def test_settings_part_runs_and_a_named_run_keeps_to_its_settings(store: Store, tmp_path: Path) -> None:
    rows = [{"problem_id": "p", "correct": True, "model": "m", "temperature": t} for t in (0.6, 1.0)]
    assert import_file(store, write_rows(tmp_path / "f.jsonl", rows)).runs == [
        "m · unnamed · T 0.6",
        "m · unnamed · T 1",
    ]
    ((line, reason),) = reasons(store, write_rows(tmp_path / "g.jsonl", rows), run="r")
    assert line == 2
    assert "run r has temperature 0.6, this row 1.0" in reason


def test_the_same_sample_with_another_verdict_or_text_is_rejected(store: Store, tmp_path: Path) -> None:
    rows = [
        {"problem_id": "p", "sample_index": 0, "correct": True, "completion": "a"},
        {"problem_id": "p", "sample_index": 0, "correct": True, "completion": "a"},
        {"problem_id": "p", "sample_index": 0, "correct": False, "completion": "a"},
        {"problem_id": "p", "sample_index": 0, "correct": True, "completion": "b"},
    ]
    report = import_file(store, write_rows(tmp_path / "f.jsonl", rows), run="r")
    assert (report.added, report.duplicates) == (1, 1)
    assert [r.line for r in report.rejected] == [3, 4]
    assert "another verdict" in report.rejected[0].reason
    assert "another completion" in report.rejected[1].reason
    assert counted(store) == {"p": (1, 1)}


def test_rows_without_number_are_numbered_by_seed_so_that_seed_files_join(store: Store, tmp_path: Path) -> None:
    def seed_file(seed: int, verdicts: list[bool]) -> Path:
        rows = [
            {"problem_id": "p", "correct": v, "completion": f"{seed}{i}", "seed": seed} for i, v in enumerate(verdicts)
        ]
        return write_rows(tmp_path / f"seed{seed}.jsonl", rows)

    import_file(store, seed_file(1, [True, False]), run="r")
    import_file(store, seed_file(2, [True, True]), run="r")
    assert counted(store) == {"p": (4, 3)}
    again = import_file(store, seed_file(1, [True, False, False]), run="r")
    assert (again.added, again.duplicates, again.rejected) == (1, 2, [])
    assert counted(store) == {"p": (5, 3)}


def test_a_file_without_numbers_adds_nothing_again_alone_or_among_others(store: Store, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        rows = [{"problem_id": "p", "correct": True, "completion": f"{seed}{i}"} for i in range(3)]
        write_rows(tmp_path / f"try-{seed}.jsonl", rows)
    files = sorted(tmp_path.glob("try-*.jsonl"))
    import_file(store, files[0], run="r")
    assert [r.added for r in import_paths(store, files, run="r")] == [0, 3]
    assert [r.added for r in import_paths(store, files, run="r")] == [0, 0]
    assert [import_file(store, file, run="r").added for file in files] == [0, 0]
    assert counted(store) == {"p": (6, 6)}


def test_another_prompt_is_another_run(store: Store, tmp_path: Path) -> None:
    for prompt in ("short", "long"):
        rows = drawn("p", [True], model="m", prompt_template=prompt)
        report = import_file(store, write_rows(tmp_path / f"{prompt}.jsonl", rows))
        assert (report.added, report.rejected) == (1, [])
    assert len(queries.runs(store)) == 2
    assert import_file(store, tmp_path / "long.jsonl").duplicates == 1


def test_counts_only_rows_are_taken_and_checked(store: Store, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"problem_id": "p1", "n": 128, "c": 3},
        {"problem_id": "p2", "n": 128, "c": 0},
        {"problem_id": "p2", "n": 128, "c": 0},
        {"problem_id": "p3", "n": 4, "c": 5},
        {"problem_id": "p4", "n": 4},
        {"problem_id": "p1", "n": 64, "c": 3},
    ]
    report = import_file(store, write_rows(tmp_path / "f.jsonl", rows), run="r")
    assert (report.rows, report.added, report.duplicates) == (6, 2, 1)
    assert [r.line for r in report.rejected] == [4, 5, 6]
    assert "c is 5, more than n, which is 4" in report.rejected[0].reason
    assert counted(store) == {"p1": (128, 3), "p2": (128, 0)}
    (row,) = queries.runs(store).to_dict("records")
    assert (row["samples"], row["correct"], row["has_samples"], row["has_texts"]) == (256, 3, False, False)


def test_samples_do_not_mix_with_counts_of_the_same_problem(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "f.jsonl", [{"problem_id": "p1", "n": 4, "c": 1}]), run="r")
    ((_, reason),) = reasons(store, write_rows(tmp_path / "g.jsonl", drawn("p1", [True])), run="r")
    assert "counts only" in reason
    assert counted(store) == {"p1": (4, 1)}


def test_a_problem_list_adds_problems_without_samples_and_fills_gaps(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "f.jsonl", drawn("p1", [True], benchmark="b")))
    problems = [
        {"benchmark": "b", "problem_id": "p1", "question": "1+1?", "reference_answer": 2, "level": 3, "hint": "add"},
        {"benchmark": "b", "problem_id": "p2", "question": "2+2?", "topic": "sums", "answer_space": 1000},
    ]
    report = import_file(store, write_rows(tmp_path / "problems.jsonl", problems))
    assert (report.added, report.runs) == (2, [])
    one, two = problem_queries.problem(store, "b", "p1"), problem_queries.problem(store, "b", "p2")
    assert one is not None
    assert two is not None
    assert (one.question, one.reference_answer, one.level, one.metadata) == ("1+1?", "2", "3", {"hint": "add"})
    assert (two.topic, two.answer_space) == ("sums", 1000)


def test_another_statement_of_a_known_problem_is_told_and_not_taken(store: Store, tmp_path: Path) -> None:
    import_file(store, write_rows(tmp_path / "f.jsonl", drawn("p", [True], question="1+1?", model="a")))
    report = import_file(store, write_rows(tmp_path / "g.jsonl", drawn("p", [True], question="1+2?", model="b")))
    assert report.warnings == ["problems whose question differs from the stored one, which was kept"]
    problem = problem_queries.problem(store, "unnamed", "p")
    assert problem is not None
    assert problem.question == "1+1?"


def test_unknown_columns_are_kept_and_further_verdicts_stand_beside_the_one_that_counts(
    store: Store, tmp_path: Path
) -> None:
    row = {"problem_id": "p", "correct": False, "completion": "x", "judge": {"score": 3}, "verdict:loose": True}
    import_file(store, write_rows(tmp_path / "f.jsonl", [{**row, "logprob:other": -3.5}]), run="r")
    sample = queries.sample(store, "r", "p", 0)
    assert sample is not None
    assert sample.metadata == {"judge": {"score": 3}}
    assert sample.other_verdicts == {"loose": "correct"}
    assert sample.other_logprobs == {"other": -3.5}
    assert counted(store) == {"p": (1, 0)}


def test_csv_keeps_line_breaks_inside_quotes_and_numbers_lines_by_where_rows_begin(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "f.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["problem_id", "correct", "completion"], ["p", "True", "two\nlines"], ["p", "maybe", "x"]])
        file.write("p,true\r\n")
    report = import_file(store, path, run="r")
    assert [(r.line, r.reason[:20]) for r in report.rejected] == [
        (4, "correct is 'maybe'; "),
        (5, "2 fields stand where"),
    ]
    sample = queries.sample(store, "r", "p", 0)
    assert sample is not None
    assert sample.completion == "two\nlines"


def test_parquet_with_missing_verdicts_as_nan_is_unscored(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    frame = pd.DataFrame({"problem_id": [1, 1, 1], "correct": [1.0, 0.0, float("nan")], "completion": ["a", "b", "c"]})
    frame.to_parquet(path)
    report = import_file(store, path)
    assert (report.added, report.unscored, report.rejected) == (3, 1, [])
    assert counted(store) == {"1": (2, 1)}


def test_an_import_remembers_where_it_came_from(store: Store, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "f.jsonl", [*TWO_PROBLEMS, {"problem_id": "p3"}])
    import_file(store, path)
    (row,) = queries.imports(store).to_dict("records")
    assert (row["file_name"], row["rows"], row["added"], row["rejected"], row["unscored"]) == ("f.jsonl", 6, 5, 1, 1)
    assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    rejections = queries.import_rejections(store, row["import_id"])
    assert rejections.to_dict("records") == [{"line": 6, "reason": "neither correct nor completion is given"}]


def test_whole_numbers_name_one_problem_however_they_are_written(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"problem_id": {name}, "correct": true}}\n' for name in ("5", "5.0", '"5"', 10**24)))
    report = import_file(store, path)
    assert [(r.line, "in quotes it keeps all of its digits" in r.reason) for r in report.rejected] == [(4, True)]
    pq.write_table(pa.table({"problem_id": [5.0, None], "correct": [True, True]}), tmp_path / "b.parquet")
    import_file(store, tmp_path / "b.parquet")
    assert [row[0] for row in store.rows("select name from problems")] == ["5"]


def test_a_column_without_a_name_is_passed_over_and_a_decimal_comma_is_read(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "a.csv"
    path.write_text(";problem_id;correct;temperature\n0;p;True;0,6\n1;p;False;0,6\n")
    report = import_file(store, path)
    assert (report.added, report.rejected) == (2, [])
    assert store.rows("select temperature from runs") == [(0.6,)]
    assert store.rows("select count(metadata) from samples") == [(0,)]
