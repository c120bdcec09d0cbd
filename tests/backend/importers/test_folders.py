"""A folder: what is read, what is passed over, what belongs together."""

from pathlib import Path

import pytest

from backend.errors import BadInput
from backend.importers import Wanted
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.reports import each
from tests.conftest import drawn, write_rows


def test_own_files_of_several_seeds_are_one_run(tmp_path: Path, store: Store) -> None:
    for seed in (1, 2, 3):
        rows = [{"problem_id": "p", "completion": f"{seed} {i}", "correct": i == 0} for i in range(4)]
        write_rows(tmp_path / f"base_seed{seed}.jsonl", rows)
    reports = each(store, [tmp_path])
    assert [r.added for r in reports] == [4, 4, 4]
    frame = queries.runs(store)
    assert (len(frame), frame["model"][0], frame["samples"][0], frame["correct"][0]) == (1, "base", 12, 3)
    again = each(store, [tmp_path])
    assert [(r.added, r.duplicates) for r in again] == [(0, 4)] * 3


def test_own_files_with_other_names_are_runs_of_their_own(tmp_path: Path, store: Store) -> None:
    for name in ("base", "rlvr"):
        write_rows(tmp_path / f"{name}.jsonl", drawn("p", [True, False]))
    each(store, [tmp_path])
    assert set(queries.runs(store)["model"]) == {"base", "rlvr"}


def test_other_files_are_passed_over_and_a_damaged_one_does_not_stop_the_rest(tmp_path: Path, store: Store) -> None:
    write_rows(tmp_path / "good.jsonl", drawn("p", [True]))
    (tmp_path / "metrics.json").write_text('{"acc": 1.0}')
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / ".hidden.jsonl").write_text('{"problem_id": "x", "correct": true}')
    (tmp_path / "packed.jsonl.gz").write_bytes(b"\x1f\x8bdamaged")
    reports = {r.file: r for r in each(store, [tmp_path])}
    assert set(reports) == {"good.jsonl", "metrics.json", "packed.jsonl.gz"}
    assert reports["good.jsonl"].added == 1
    assert reports["metrics.json"].warnings[0].startswith("passed over: metrics.json is in no known format")
    assert reports["packed.jsonl.gz"].added == 0


def test_a_folder_without_samples_is_refused(tmp_path: Path, store: Store) -> None:
    (tmp_path / "metrics.json").write_text('{"acc": 1.0}')
    with pytest.raises(BadInput, match="No file of samples was found"):
        each(store, [tmp_path])


def test_a_file_that_is_named_and_unknown_is_refused(tmp_path: Path, store: Store) -> None:
    (tmp_path / "metrics.json").write_text('{"acc": 1.0}')
    with pytest.raises(BadInput, match="is in no known format"):
        each(store, [tmp_path / "metrics.json"])
    with pytest.raises(BadInput, match="it does not exist"):
        each(store, [tmp_path / "nothing.json"])


def test_strict_stops_at_a_bad_row_and_keeps_the_files_before(tmp_path: Path, store: Store) -> None:
    write_rows(tmp_path / "a.jsonl", drawn("p", [True]))
    write_rows(tmp_path / "b.jsonl", [{"problem_id": "p", "correct": "perhaps"}])
    with pytest.raises(BadInput, match="line 1"):
        each(store, [tmp_path], strict=True)
    assert list(queries.runs(store)["model"]) == ["a"]


def test_a_copy_is_counted_as_duplicates(tmp_path: Path, store: Store) -> None:
    for name in ("a.jsonl", "copy of a.jsonl"):
        write_rows(tmp_path / name, drawn("p", [True, False], model="m"))
    reports = each(store, [tmp_path])
    assert [(r.file, r.rows, r.added, r.duplicates) for r in reports] == [
        ("a.jsonl", 2, 2, 0),
        ("copy of a.jsonl", 2, 0, 2),
    ]


def test_a_mapping_reads_every_file_of_a_folder(tmp_path: Path, store: Store) -> None:
    for name in ("a", "b"):
        write_rows(tmp_path / f"{name}.jsonl", [{"q": "p", "out": name, "ok": True}])
    pairs = ("problem_id=q", "completion=out", "correct=ok")
    assert [r.added for r in each(store, [tmp_path], wanted=Wanted(map_fields=pairs))] == [1, 1]


def test_progress_names_the_file(tmp_path: Path, store: Store) -> None:
    write_rows(tmp_path / "a.jsonl", drawn("p", [True]))
    told: list[tuple[str, int, int, int]] = []
    each(store, [tmp_path], progress=lambda *said: told.append(said))
    size = (tmp_path / "a.jsonl").stat().st_size
    assert told[-1] == ("a.jsonl", size, size, 1)


def test_a_file_that_has_grown_brings_only_its_new_rows(tmp_path: Path, store: Store) -> None:
    rows = [{"example_id": 0, "prompt": "p", "completion": f"try {i}", "reward": 1.0} for i in range(3)]
    path = write_rows(tmp_path / "results.jsonl", rows[:2])
    assert [r.added for r in each(store, [path])] == [2]
    write_rows(path, rows)
    assert [(r.added, r.duplicates, r.rejected) for r in each(store, [path])] == [(1, 2, [])]


def test_parts_beside_the_file_that_joins_them_are_not_counted_twice(tmp_path: Path, store: Store) -> None:
    def rows(seed: int) -> list[dict[str, object]]:
        return [{"problem_id": "p", "completion": f"{seed} {i}", "correct": i == 0} for i in range(4)]

    write_rows(tmp_path / "base.jsonl", [*rows(1), *rows(2)])
    write_rows(tmp_path / "base_seed1.jsonl", rows(1))
    write_rows(tmp_path / "base_seed2.jsonl", rows(2))
    write_rows(tmp_path / "base_seed3.jsonl", rows(3))
    reports = {r.file: r for r in each(store, [tmp_path])}
    assert reports["base_seed2.jsonl"].warnings == ["passed over: every line of it stands in base.jsonl"]
    assert [reports[f"base_seed{seed}.jsonl"].added for seed in (1, 2, 3)] == [0, 0, 4]
    frame = queries.runs(store)
    assert list(zip(frame["samples"], frame["correct"], strict=True)) == [(12, 3)]


def test_bare_verdicts_that_are_alike_by_chance_are_all_counted(tmp_path: Path, store: Store) -> None:
    write_rows(tmp_path / "base_seed1.jsonl", [{"problem_id": "p", "correct": i % 2 == 0} for i in range(8)])
    write_rows(tmp_path / "base_seed2.jsonl", [{"problem_id": "p", "correct": i == 0} for i in range(2)])
    each(store, [tmp_path])
    assert list(queries.runs(store)["samples"]) == [10]


def test_two_models_files_are_never_taken_for_parts_of_each_other(tmp_path: Path, store: Store) -> None:
    rows = [{"problem_id": "p", "completion": str(i), "correct": True} for i in range(8)]
    write_rows(tmp_path / "base.jsonl", rows)
    write_rows(tmp_path / "rlvr.jsonl", rows[:4])
    each(store, [tmp_path])
    assert sorted(queries.runs(store)["samples"]) == [4, 8]
