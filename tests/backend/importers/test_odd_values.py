"""No value, however odd, ends an import: it is taken, or refused with a sentence and its line."""

import contextlib
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.errors import AppError
from backend.importers import import_file
from backend.importers.documents import json_text, parse
from backend.importers.previews import inspect
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.test_documented_examples import Example, examples

LARGE = 2**200 + 1
DEEP: list[Any] = []
for _ in range(400):
    DEEP = [DEEP]
ODD: tuple[Any, ...] = (
    None, True, 0, 1.5, -3, "", "x", [], [None], [["x"]], {}, {"a": 1}, float("nan"), float("inf"), LARGE, [LARGE],
    {"a": LARGE}, "\ud800", "a\0b", "\u2028", DEEP,
)  # fmt: skip
EXAMPLES = [e for e in examples() if e.kind in ("jsonl", "json") and e.mapping is None and e.name != "1.json"]


def places(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value in a row, of a list to its first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, entry in inner:
        yield (*so_far, key)
        yield from places(entry, (*so_far, key))


def changed(row: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Return a row with another value at a place; an ellipsis takes it out."""
    row = copy.deepcopy(row)
    holder = row
    for key in place[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return row


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_any_value_anywhere_is_read_or_refused_with_a_sentence(example: Example, tmp_path: Path) -> None:
    path = tmp_path / example.name
    first, *_ = rows = [json.loads(row) for row in example.text.splitlines()] if example.kind == "jsonl" else [
        json.loads(example.text)
    ]  # fmt: skip
    for place in places(first):
        for odd in (*ODD, ...):
            kept = rows if example.kind == "jsonl" else []
            path.write_text("".join(json.dumps(row) + "\n" for row in [*kept, changed(first, place, odd)]))
            with contextlib.suppress(AppError):
                assert all(r["reason"] for r in inspect(path)["rejected"])


def test_a_whole_number_of_any_length_keeps_its_digits(tmp_path: Path, store: Store) -> None:
    row = {"problem": "2^200+1?", "expected_answer": LARGE, "generation": "g", "predicted_answer": [LARGE, LARGE],
           "symbolic_correct": True, "reward_model_score": LARGE}  # fmt: skip
    path = tmp_path / "output-rs0.jsonl"
    path.write_text(json.dumps(row))
    (first,) = inspect(path)["first"]
    assert (first["reference_answer"], first["answer"]) == (str(LARGE), f"[{LARGE},{LARGE}]")
    assert import_file(store, path).added == 1
    assert parse(json_text({"a": LARGE}).encode())["a"] == LARGE


def test_a_problem_is_named_alike_by_whole_numbers_of_either_kind(tmp_path: Path, store: Store) -> None:
    for seed, name in enumerate((7, 7.0, "7")):
        row = {"idx": name, "gt": "4", "code": [f"try {seed}"], "pred": ["4"], "score": [True]}
        path = tmp_path / f"m_test_cot_-1_seed{seed}_t0.6_s0_e-1.jsonl"
        path.write_text(json.dumps(row))
        import_file(store, path, benchmark="sums")
    counts = queries.correct_counts(store, [queries.find_run(store, "m · sums · T 0.6")])
    assert [(row.problem, row.n) for row in counts.itertuples()] == [("7", 3)]
