"""Pages as the server runs them: through the router, on a small store."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backend.config import settings
from backend.importers import import_file
from backend.store.database import Store
from tests.conftest import drawn, write_rows

ROUTER = Path(__file__).resolve().parents[2] / "pages" / "router.py"


@pytest.fixture(autouse=True)
def no_engine(own_database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the settings at a place where vLLM is not installed, so that no page starts one."""
    folder = own_database.parent / "vllm"
    monkeypatch.setenv("BOUNDARY_VLLM", str(folder))
    settings.cache_clear()
    return folder


OpenPage = Callable[..., AppTest]

SOLVED_BY_BASE = {"both": (True, True, False, False), "base": (True, False, False, False), "rlvr": (False,) * 4}
SOLVED_BY_RLVR = {"both": (True, True, True, False), "base": (False,) * 4, "rlvr": (True, True, False, False)}


@pytest.fixture
def open_page(store: Store) -> OpenPage:
    """Open a page, by its file's name, with the parameters of a link."""
    assert store.path

    def open_(name: str, **parameters: str | list[str]) -> AppTest:
        app = AppTest.from_file(ROUTER, default_timeout=30)
        if name != "overview":
            app.run().switch_page(f"{name}.py")
        for key, value in parameters.items():
            app.query_params[key] = value
        return app.run()

    return open_


@pytest.fixture
def two_runs(store: Store, tmp_path: Path) -> Store:
    """A base run and an RLVR run on the benchmark `sums`: one problem for each of the four sets, texts, settings."""
    add_run(store, tmp_path, "base", SOLVED_BY_BASE, training="base")
    add_run(store, tmp_path, "rlvr", SOLVED_BY_RLVR, training="rlvr", base_model="base", checkpoint_step=100)
    return store


def add_run(
    store: Store,
    folder: Path,
    name: str,
    solved: Mapping[str, Sequence[bool | None]],
    **columns: Any,
) -> None:
    """Import one run; the problem `neither` is always added, unsolved."""
    shared = {
        "benchmark": "sums",
        "model": name,
        "run": name,
        "temperature": 1.0,
        "question": "Find \\(x\\) with \\(x + 2 = 5\\).",
        "reference_answer": "3",
        **columns,
    }
    rows = [
        row
        for problem, verdicts in {**solved, "neither": (False,) * 4}.items()
        for row in drawn(problem, verdicts, **shared)
    ]
    import_file(store, write_rows(folder / f"{name}.jsonl", rows))


def texts(app: AppTest) -> str:
    """All that the page says in words."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def in_link(app: AppTest, key: str) -> list[str]:
    """The values that the link has under a key."""
    value = app.query_params.get(key, [])
    return [value] if isinstance(value, str) else list(value)
