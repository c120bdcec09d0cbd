"""Real harness output against counts made independently of this project, problem by problem."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.importers import Wanted, import_file
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.reports import each

pytestmark = pytest.mark.real_data

MAPPED = {"gsm8k-openai-solutions"}
UNSCORED = {"tora-gsm8k"}
"""The file holds no verdicts; the independent counts grade it."""
UNSCORED_LOGS = {"2025-02-11T15-17-00-05-00_popularity_dPiJifoWeEQBrfWsAopzWr.eval": 10}


def counted(real_data: Path) -> list[dict[str, Any]]:
    """Return the independent counts: an entry for each file and model."""
    found: list[dict[str, Any]] = json.loads((real_data / "real" / "counts.json").read_text())
    return found


def counts_of(store: Store, run: str) -> dict[str, list[int]]:
    """Return correct and drawn samples of each problem, as the independent counts write them."""
    key = queries.find_run(store, run)
    frame = queries.correct_counts(store, [key])
    rows = zip(frame["problem"], frame["c"], frame["n"], strict=True)
    return {str(p): [int(c), int(n)] for p, c, n in rows if n}


def test_every_file_gives_the_independent_counts(real_data: Path, store: Store) -> None:
    entries = counted(real_data)
    assert len(entries) >= 20
    compared = 0
    for path in sorted({(e["group"], e["file"]) for e in entries}):
        group, name = path
        wanted = Wanted(mapping="guess" if group in MAPPED else None)
        report = import_file(store, real_data / "real" / group / name, wanted=wanted, benchmark=f"{group}/{name}")
        of_file = [e for e in entries if (e["group"], e["file"]) == path]
        assert report.rejected == [], name
        if group in UNSCORED:
            assert report.unscored == report.added == sum(e["samples"] for e in of_file)
            continue
        assert report.unscored == UNSCORED_LOGS.get(name, 0)
        for entry in of_file:
            runs = [r for r in report.runs if len(of_file) == 1 or r.startswith(f"{entry['model']} ·")]
            found = counts_of(store, runs[0]) if runs else {}
            assert found == entry["counts"], (name, entry["model"])
            compared += 1
    assert compared == len(entries) - len(UNSCORED)


def test_the_seeds_of_a_folder_are_one_run_and_the_copy_among_them_is_not_doubled(
    real_data: Path, store: Store
) -> None:
    reports = each(store, [real_data / "real" / "nemo-skills-seeds"])
    assert [(r.file, r.added, r.duplicates) for r in reports] == [
        ("output-rs0.jsonl", 5, 0),
        ("output-rs1.jsonl", 5, 0),
        ("output-rs2.jsonl", 5, 0),
        ("output.jsonl", 0, 5),
    ]
    frame = queries.runs(store)
    assert (len(frame), frame["samples"][0], frame["correct"][0]) == (1, 15, 13)


def test_a_log_and_its_other_form_are_the_same_samples(real_data: Path, store: Store) -> None:
    for name, added in (("log_formats.eval", 1), ("log_formats.json", 0)):
        assert import_file(store, real_data / "real" / "inspect-logs" / name).added == added
