"""What all tests share: throw-away stores, and settings that never point at the user's own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from backend.access.roles import Role, Visitor, Way
from backend.access.rules import rules
from backend.commands.imports import demo
from backend.config import settings
from backend.sampling.engine import free_port
from backend.store.database import Store, open_store

ME = Visitor(name="tester", role=Role.CURATOR, way=Way.COMMAND)
"""Whoever runs commands in tests: somebody at the machine."""
REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point the settings at a database of this test's own."""
    path = tmp_path / "boundary.duckdb"
    monkeypatch.setenv("BOUNDARY_DATABASE", str(path))
    for kept in (settings, rules):
        kept.cache_clear()
    yield path
    for kept in (settings, rules):
        kept.cache_clear()


@pytest.fixture
def store(own_database: Path) -> Iterator[Store]:
    """Open an empty store."""
    opened = open_store(own_database)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo's store, made once, which no test may change."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    opened = open_store(path)
    demo(opened)
    opened.close()
    return path


@pytest.fixture
def real_data() -> Path:
    """Return the folder of real harness output, or skip where it does not lie beside the project."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"there is no real data at {REAL_DATA}")
    return REAL_DATA


@pytest.fixture
def unused_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    return free_port()


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def drawn(problem: str, verdicts: Sequence[bool | None], **columns: Any) -> list[dict[str, Any]]:
    """Return one sample row a verdict."""
    return [
        {"problem_id": problem, "sample_index": i, "completion": f"try {i}", "correct": correct, **columns}
        for i, correct in enumerate(verdicts)
    ]
