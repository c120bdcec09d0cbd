"""Sample hygiene: each finding on samples made to show it, and silence on clean ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.errors import NotFound
from backend.hygiene import Finding, findings, samples_of, text_findings
from backend.importers import import_file
from backend.mentions import mention
from backend.store.database import Store
from tests.conftest import drawn, write_rows


def stored(store: Store, path: Path, rows: list[dict[str, Any]], run: str = "r") -> str:
    """Import rows as a run of the benchmark b."""
    import_file(store, write_rows(path / f"{run}.jsonl", [{"benchmark": "b", **r} for r in rows]), run=run, model="m")
    return run


def by_name(found: list[Finding]) -> dict[str, Finding]:
    """Return findings by their names."""
    return {finding.name: finding for finding in found}


def test_a_clean_run_arouses_no_suspicion(store: Store, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [
        {"problem_id": str(p), "sample_index": i, "seed": i // 8, "completion": f"t{p}x{i}", "finish_reason": "stop",
         "correct": bool(rng.random() < 0.1 * (p % 10)), "answer": "1", "reference_answer": "1"}
        for p in range(20) for i in range(32)
    ]  # fmt: skip
    run = stored(store, tmp_path, rows)
    found = findings(store, run) + text_findings(store, run)
    assert [f.name for f in found if f.suspicious] == []
    assert {f.name for f in found} >= {"fewer_samples", "undrawn", "truncated", "seed_drift", "lenient", "stop_words"}


def test_problems_with_fewer_samples_or_none_are_named(store: Store, tmp_path: Path) -> None:
    stored(store, tmp_path, drawn("c", [True]), run="other")
    run = stored(store, tmp_path, drawn("a", [True, False, True]) + drawn("b", [False]) + drawn("d", [True] * 3))
    found = by_name(findings(store, run))
    assert found["fewer_samples"].problems == ["b"]
    assert "1 of 3 problems have fewer than the usual 3 samples, the least 1" in found["fewer_samples"].sentence
    assert found["undrawn"].problems == ["c"]


def test_a_file_that_keeps_only_what_was_solved_is_suspected(store: Store, tmp_path: Path) -> None:
    rows = [row for p in range(12) for row in drawn(str(p), [True] + [False] * 7)]
    found = by_name(findings(store, stored(store, tmp_path, rows)))
    assert found["only_solved"].suspicious
    assert "problem list" in found["only_solved"].sentence


def test_shares_are_counted_and_their_samples_can_be_opened(store: Store, tmp_path: Path) -> None:
    rows = drawn("a", [True, False, None, False])
    rows[0]["finish_reason"] = rows[1]["finish_reason"] = "length"
    rows[3] |= {"answer": "", "verdict": "no_answer"}
    run = stored(store, tmp_path, rows)
    found = by_name(findings(store, run))
    assert (found["truncated"].count, found["no_answer"].count, found["unscored"].count) == (2, 1, 1)
    assert "1 of these are correct. How 2 ended is not known" in found["truncated"].sentence
    page, total = samples_of(store, run, "truncated", limit=1, offset=1)
    assert (total, page["sample_index"].tolist(), page["problem"].tolist()) == (2, [1], ["a"])
    assert samples_of(store, run, "unscored")[0]["sample_index"].tolist() == [2]
    with pytest.raises(NotFound, match="has no list of samples"):
        samples_of(store, run, "seed_drift")


def test_one_import_is_looked_at_alone(store: Store, tmp_path: Path) -> None:
    run = stored(store, tmp_path, drawn("a", [True, None]))
    more = [{**row, "sample_index": 5 + row["sample_index"], "benchmark": "b"} for row in drawn("a", [True, True])]
    import_file(store, write_rows(tmp_path / "more.jsonl", more), run=run, model="m")
    (import_id,) = store.rows("select max(import_id) from imports")[0]
    assert by_name(findings(store, run))["unscored"].count == 1
    later = by_name(findings(store, run, import_id))["unscored"]
    assert (later.count, later.of) == (0, 2)


def test_drift_between_seeds_is_seen(store: Store, tmp_path: Path) -> None:
    rows = [
        {"problem_id": str(p), "sample_index": i, "seed": i // 16, "completion": "x", "correct": i < 16 and i % 4 > 0}
        for p in range(10) for i in range(64)
    ]  # fmt: skip
    drift = by_name(findings(store, stored(store, tmp_path, rows)))["seed_drift"]
    assert drift.suspicious
    assert drift.p_value is not None
    assert drift.p_value < 1e-20
    expected = 10 * (12 - 16 * 3 / 16) ** 2 / (16 * 3 / 16 * 13 / 16) + 10 * 3 * 3**2 / (16 * 3 / 16 * 13 / 16)
    assert f"χ² = {expected * 63 / 64:,.1f} with 30 degrees" in drift.sentence


def test_of_one_draw_a_seed_no_drift_is_claimed_or_denied(store: Store, tmp_path: Path) -> None:
    rows = [
        {"problem_id": str(p), "sample_index": i, "seed": i, "completion": "x", "correct": i < 4}
        for p in range(10) for i in range(8)
    ]  # fmt: skip
    assert "seed_drift" not in by_name(findings(store, stored(store, tmp_path, rows)))


def test_percent_taken_for_shares_is_seen(store: Store, tmp_path: Path) -> None:
    rows = drawn("a", [True, True, True, False], reference_answer="0.5")
    for row, answer in zip(rows, ["50", r"50\%", r"\frac12", "50"], strict=True):
        row["answer"] = answer
    run = stored(store, tmp_path, rows)
    lenient = by_name(findings(store, run))["lenient"]
    assert (lenient.count, lenient.of) == (2, 3)
    page, total = samples_of(store, run, "lenient")
    assert (total, page["sample_index"].tolist()) == (2, [0, 1])


def test_repeated_texts_are_set_against_chance(store: Store, tmp_path: Path) -> None:
    rows = drawn("a", [False] * 40) + drawn("b", [False] * 10)
    for row in rows[:40]:
        row |= {"sum_logprob": -300.0, "completion": f"try {row['sample_index'] // 2}"}
    for row in rows[40:]:
        row["completion"] = "same"
    run = stored(store, tmp_path, rows)
    repeated = by_name(text_findings(store, run))["repeated_texts"]
    assert repeated.suspicious
    assert repeated.expected == pytest.approx(0, abs=1e-9)
    assert repeated.sentence.startswith("65 pairs")
    assert "of the 1 problems with log-probabilities 20, where 0.0 are" in repeated.sentence
    assert repeated.rows is not None
    assert len(repeated.rows) == 50
    short = drawn("a", [False] * 40)
    for row in short:
        row |= {"sum_logprob": -0.69, "completion": f"{row['sample_index'] % 2}"}
    likely = by_name(text_findings(store, stored(store, tmp_path, short, run="short")))["repeated_texts"]
    assert not likely.suspicious


def test_right_answers_that_were_not_extracted_are_found(store: Store, tmp_path: Path) -> None:
    texts = ["so \\boxed{12.0}", "It is 12 in all", "12 at first" + " then more" * 60, "in 3.12 and 120", "I give up"]
    rows = drawn("a", [False] * 4 + [False], reference_answer="12")
    for row, text in zip(rows, texts, strict=True):
        row["completion"] = text
    told: list[tuple[int, int]] = []
    run = stored(store, tmp_path, [*rows, *drawn("a", [], reference_answer="12")])
    found = by_name(text_findings(store, run, progress=lambda done, of: told.append((done, of))))["not_extracted"]
    assert (found.count, found.of, found.suspicious) == (3, 5, True)
    assert "1 in a box, 1 near the end, 1 elsewhere" in found.sentence
    assert found.rows is not None
    assert found.rows["where"].tolist() == ["boxed", "end", "text"]
    assert told[-1][0] == told[-1][1]


def test_stops_at_natural_words_are_found(store: Store, tmp_path: Path) -> None:
    rows = drawn("a", [False] * 4)
    for row, reason in zip(rows, ["user", "</s>", "stop", "_end"], strict=True):
        row["stop_reason"] = reason
    run = stored(store, tmp_path, rows)
    found = by_name(text_findings(store, run))["stop_words"]
    assert found.count == 2
    assert "“_end” (1), “user” (1)" in found.sentence
    assert samples_of(store, run, "stop_words")[0]["stop_reason"].tolist() == ["user", "_end"]


@pytest.mark.parametrize(
    ("text", "reference", "where"),
    [
        ("x12 and 12", "12", "end"), ("12%", "12", None), ("12.5", "12", None), ("12.", "12", "end"),
        ("1,12", "12", None), ("(B)", "B", "end"), ("Bet", "B", None), ("it is \\frac{1}{2}.", "\\frac{1}{2}", "end"),
        ("", "12", None), ("12", "", None),
    ],
)  # fmt: skip
def test_an_answer_is_mentioned_only_as_a_whole(text: str, reference: str, where: str | None) -> None:
    assert mention(text, reference) == where
