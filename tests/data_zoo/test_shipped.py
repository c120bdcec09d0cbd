"""What ships in data/: every verdict recomputed by a checker of its own, held-out problems, schema, sizes, cards."""

import json
import random
import re
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data.zoo import task, teacher

ROOT = Path(__file__).resolve().parents[2]
DEMO, ZOO = ROOT / "data" / "demo", ROOT / "data" / "zoo"
FILES = sorted(DEMO.glob("tiny-*.parquet"))
LOGS = sorted(DEMO.glob("training-log-*.parquet"))
MODELS = sorted(path.parent for path in ZOO.glob("tiny-*/config.json"))

COLUMNS = {
    *("benchmark", "problem_id", "model", "training", "base_model", "checkpoint_step", "run", "sample_index"),
    *("completion", "answer", "correct", "verifier", "verdict:countdown_answer", "verdict:countdown_steps"),
    *("finish_reason", "token_count", "sum_logprob", "min_logprob", "temperature", "top_p", "max_tokens", "seed"),
}


@cache
def problems() -> dict[str, dict[str, Any]]:
    return {row["problem_id"]: row for row in pq.read_table(DEMO / "problems.parquet").to_pylist()}


@cache
def judged(problem_id: str, completion: str) -> tuple[bool, bool, bool, str | None]:
    """(strict, answer only, steps valid, answer) of text as the tiny models write it, by plain fractions."""
    problem = problems()[problem_id]
    bag, sound = Counter(problem["numbers"]), True
    lines = [line for line in completion.split("\n") if line.strip()]
    for line in lines:
        parts = [part.strip(" ") for part in re.split(r"([-+*/=])", line)]
        sound = sound and len(parts) == 5 and parts[3] == "=" and all(map(_is_plain, parts[0::2]))
        if not sound:
            break
        a, b, c = (int(part) for part in parts[0::2])
        bag.subtract([a, b])
        sound = min(bag.values()) >= 0 and _value(a, parts[1], b) == c
        bag.update([c])
    found = re.findall(r"[0-9]+", completion)
    answer = (found[-1].lstrip("0") or "0") if found else None
    if found and re.search(r"(?:^|[^0-9) ]) *-" + found[-1] + r"[^0-9]*$", completion) and answer != "0":
        answer = f"-{answer}"
    steps_valid = bool(lines) and sound
    strict = steps_valid and +bag == Counter([problem["target"]])
    return strict, answer == str(problem["target"]), steps_valid, answer


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isdigit() and str(int(text)) == text


def _value(a: int, sign: str, b: int) -> Fraction | None:
    if sign == "/":
        return Fraction(a, b) if b else None
    return Fraction({"+": a + b, "-": a - b, "*": a * b}.get(sign, -1))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_shipped_verdict_is_what_an_independent_checker_says(path: Path) -> None:
    names = ["problem_id", "completion", "correct", "verdict:countdown_answer", "verdict:countdown_steps", "answer"]
    columns = pq.read_table(path, columns=names).to_pydict()
    for problem_id, completion, *shipped in zip(*(columns[name] for name in names), strict=True):
        assert judged(problem_id, completion) == tuple(shipped), (problem_id, completion)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_sample_file_is_complete_and_sorted(path: Path) -> None:
    table = pq.read_table(path)
    assert set(table.column_names) >= COLUMNS
    assert all(name.startswith("logprob:tiny-") for name in set(table.column_names) - COLUMNS)
    rows = list(zip(table["problem_id"].to_pylist(), table["sample_index"].to_pylist(), strict=True))
    assert rows == sorted(set(rows))
    drawn = Counter(problem_id for problem_id, _ in rows)
    assert set(drawn) == set(problems())
    assert len(set(drawn.values())) == 1
    assert min(drawn.values()) >= 256
    for constant in ("model", "run", "training", "temperature", "top_p", "seed", "checkpoint_step", "base_model"):
        assert len(set(table[constant].to_pylist())) == 1
    assert set(table["finish_reason"].to_pylist()) <= {"stop", "length"}
    logprobs = zip(table["sum_logprob"].to_pylist(), table["min_logprob"].to_pylist(), strict=True)
    assert all(total <= least <= 0 for total, least in logprobs)


def test_no_two_runs_share_their_draws() -> None:
    seeds = [pq.read_table(path, columns=["seed"])["seed"][0].as_py() for path in FILES]
    assert len(set(seeds)) == len(seeds)


def test_the_benchmark_has_distinct_problems_of_the_promised_kinds() -> None:
    rows = problems().values()
    assert len(rows) == 144
    assert len({(tuple(sorted(row["numbers"])), row["target"]) for row in rows}) == 144
    assert {len(row["numbers"]) for row in rows} == {3, 4, 5}
    assert sum(row["needs_division"] for row in rows) == 24
    assert all(row["reference_answer"] == str(row["target"]) for row in rows)
    assert all(row["prompt"] == f"{' '.join(map(str, row['numbers']))}|{row['target']}:" for row in rows)


def _all_paths(numbers: tuple[int, ...], signs: str) -> set[tuple[tuple[str, ...], int]]:
    """Every distinct path by brute force over ordered pairs of places, for small problems."""
    if len(numbers) == 1:
        return {((), numbers[0])}
    found = set()
    for i, a in enumerate(numbers):
        for j, b in enumerate(numbers):
            rest = tuple(n for place, n in enumerate(numbers) if place not in (i, j))
            for sign in signs if i != j else "":
                value = _value(a, sign, b)
                if value is None or value < 0 or value.denominator != 1 or (sign in "+*" and a < b):
                    continue
                move = f"{a}{sign}{b}={value}"
                found |= {((move, *later), end) for later, end in _all_paths((*rest, int(value)), signs)}
    return found


def test_distinct_paths_and_the_need_for_division_are_as_brute_force_finds_them() -> None:
    small = [row for row in problems().values() if len(row["numbers"]) == 3]
    small += [row for row in problems().values() if len(row["numbers"]) == 4][::8]
    for row in small:
        numbers, target = tuple(row["numbers"]), row["target"]
        assert sum(end == target for _, end in _all_paths(numbers, "+-*/")) == row["distinct_paths"]
        assert all(end != target for _, end in _all_paths(numbers, "+-*")) == row["needs_division"]


def test_no_training_text_poses_a_problem_of_the_benchmark() -> None:
    keys = {(tuple(sorted(row["numbers"])), row["target"]) for row in problems().values()}
    assert task.held_out() == keys
    rng = random.Random(0)
    posed = [task.draw_walk(rng, "+-*", 0.25)[0] for _ in range(20_000)]
    posed += [task.draw_task(rng) for _ in range(20_000)]
    endless = teacher.traces(rng)
    posed += [next(endless)[0] for _ in range(500)]
    assert not keys & {one.key for one in posed}


def test_a_held_out_problem_is_drawn_again_rather_than_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    first = task.draw_task(random.Random(5))
    monkeypatch.setattr(task, "held_out", lambda: frozenset({first.key}))
    assert task.draw_task(random.Random(5)).key != first.key


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name)
def test_a_training_log_has_one_row_a_step(path: Path) -> None:
    table = pq.read_table(path).to_pydict()
    assert set(table) == {"run", "step", "reward", "entropy", "length"}
    assert table["step"] == list(range(1, len(table["step"]) + 1))
    assert all(0 <= reward <= 1 for reward in table["reward"])


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_a_model_has_a_card_a_tokenizer_and_small_weights(folder: Path) -> None:
    assert folder.name in (folder / "README.md").read_text()
    assert json.loads((folder / "config.json").read_text())["model_type"] == "llama"
    assert (folder / "tokenizer.json").exists()
    assert (folder / "model.safetensors").stat().st_size < 2_000_000


def test_everything_ships_and_stays_small() -> None:
    sampled = {pq.read_table(path, columns=["model"])["model"][0].as_py() for path in FILES}
    assert sampled == {folder.name for folder in MODELS}
    assert len(LOGS) >= 2
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 30e6
    assert sum(path.stat().st_size for folder in MODELS for path in folder.iterdir()) < 25e6
