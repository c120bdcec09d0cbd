"""Where rows go: the benchmark, model and run that a row's run columns name, found or made."""

import re
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from backend.store.incoming import RUN_FIELDS
from backend.store.migrations import first_row, new_ids

RUN_COLUMNS = ["benchmark", *(f.name for f in RUN_FIELDS)]
SETTINGS = ("temperature", "top_p", "max_tokens", "prompt_template")
MODEL_FACTS = ("training", "base_model", "checkpoint_step")
UNNAMED = "unnamed"

Row = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where the rows of one combination of run columns go, or why they go nowhere."""

    run_id: int | None = None
    benchmark_id: int | None = None
    refusal: str = ""


class Places:
    """Finds or makes the places of an import's rows."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, default_model: str, warnings: Counter[str]) -> None:
        self.runs: dict[int, str] = {}
        """Runs that rows went to: id to name."""
        self.made: set[int] = set()
        """Runs that this import made, which held nothing before it."""
        self._cursor = cursor
        self._default_model = default_model
        self._warnings = warnings
        self._known: dict[tuple[Any, ...], Place] = {}

    def place(self, row: Row) -> Place:
        """Return the place of rows with these columns; without the column `run`, only the benchmark is meant."""
        key = tuple(row.items())
        if key not in self._known:
            benchmark_id = self._benchmark(row["benchmark"] or UNNAMED)
            self._known[key] = self._run(row, benchmark_id) if "run" in row else Place(None, benchmark_id)
        return self._known[key]

    def _benchmark(self, name: str) -> int:
        found = first_row(self._cursor, "select benchmark_id from benchmarks where name = ?", [name])
        if found:
            return int(found[0])
        benchmark_id = new_ids(self._cursor, 1)
        self._cursor.execute("insert into benchmarks values (?, ?)", [benchmark_id, name])
        return benchmark_id

    def _run(self, row: Row, benchmark_id: int) -> Place:
        benchmark, model = row["benchmark"] or UNNAMED, row["model"] or row["run"] or self._default_model
        name = row["run"] or run_name(model, benchmark, row)
        known = self._known_run(name)
        prompt, prompt_before = row["prompt_template"], known and known["prompt_template"]
        if not row["run"] and prompt and prompt_before and prompt != prompt_before:
            name = f"{name} · prompt {zlib.crc32(prompt.encode()):08x}"
            known = self._known_run(name)
        if known:
            said = {**row, "benchmark": benchmark, "model": row["model"] or known["model"]}
            if refusal := contradiction(name, known, said):
                return Place(refusal=refusal)
            self._fill_run(known, said)
            run_id, model = int(known["run_id"]), said["model"]
        else:
            run_id = self._new_run(name, model, benchmark_id, row)
        self._fill_model(model, row)
        self.runs[run_id] = name
        return Place(run_id, benchmark_id)

    def _known_run(self, name: str) -> Row | None:
        columns = ("run_id", "benchmark", "model", *SETTINGS, "verifier")
        stored = first_row(
            self._cursor,
            f"""
            select run_id, benchmarks.name, models.name, {", ".join(SETTINGS)}, verifier
            from runs join models using (model_id) join benchmarks using (benchmark_id) where runs.name = ?
            """,
            [name],
        )
        return dict(zip(columns, stored, strict=True)) if stored else None

    def _new_run(self, name: str, model: str, benchmark_id: int, row: Row) -> int:
        found = first_row(self._cursor, "select model_id from models where name = ?", [model])
        model_id = int(found[0]) if found else new_ids(self._cursor, 1)
        if not found:
            facts = [row[f] for f in MODEL_FACTS]
            self._cursor.execute("insert into models values (?, ?, ?, ?, ?)", [model_id, model, *facts])
        run_id = new_ids(self._cursor, 1)
        taken = {key for (key,) in self._cursor.execute("select key from runs").fetchall()}
        settings = [row[s] for s in SETTINGS]
        created_at = datetime.now(UTC).replace(tzinfo=None)
        self._cursor.execute(
            "insert into runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [run_id, run_key(name, taken), name, model_id, benchmark_id, *settings, row["verifier"], created_at],
        )
        self.made.add(run_id)
        return run_id

    def _fill_run(self, known: Row, said: Row) -> None:
        """Add what the store did not know yet of a run."""
        for column in (*SETTINGS, "verifier"):
            if known[column] is None and said[column] is not None:
                self._cursor.execute(f"update runs set {column} = ? where run_id = ?", [said[column], known["run_id"]])
        if known["verifier"] and said["verifier"] and known["verifier"] != said["verifier"]:
            self._warnings[f"verdicts of {said['verifier']} joined a run with verdicts of {known['verifier']}"] += 1

    def _fill_model(self, model: str, row: Row) -> None:
        """Add what the store did not know yet of a model; what it knows stays."""
        known = first_row(self._cursor, f"select {', '.join(MODEL_FACTS)} from models where name = ?", [model])
        for column, value in zip(MODEL_FACTS, known or (), strict=False):
            if value is None and row[column] is not None:
                self._cursor.execute(f"update models set {column} = ? where name = ?", [row[column], model])
            elif row[column] is not None and row[column] != value:
                self._warnings[f"{column} of {model} is {value}, {row[column]} in the file; the store's was kept"] += 1


def contradiction(name: str, known: Row, said: Row) -> str:
    """Say how a row contradicts what the store knows of its run; empty where it does not."""
    for column in ("benchmark", "model", *SETTINGS):
        if known[column] is not None and said[column] is not None and known[column] != said[column]:
            return (
                f"run {name} has {column} {known[column]}, this row {said[column]}; "
                "samples with other settings need a run of their own"
            )
    return ""


def run_name(model: str, benchmark: str, row: Row) -> str:
    """Name a run that its file does not name, by what tells runs apart."""
    said = {"T": row["temperature"], "top-p": row["top_p"], "max": row["max_tokens"]}
    settings = [f"{word} {value:g}" for word, value in said.items() if value is not None]
    return " · ".join([model, benchmark, *settings])


def run_key(name: str, taken: set[str]) -> str:
    """Make the short, stable key that links use from a run's first name."""
    stem = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "run"
    numbers = (f"{stem}-{i}" for i in range(2, len(taken) + 3))
    return next(key for key in (stem, *numbers) if key not in taken)
