"""What tests on a real vLLM share: the demo's store, commands on it, and how far apart draws are."""

import json
import math
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from backend.config import ROOT
from backend.sampling import engine, environment
from backend.store.database import open_store
from tests.backend.test_cli import run as command

needs_vllm = [
    pytest.mark.engine,
    pytest.mark.skipif(environment.environment().state != environment.Built.READY, reason="vLLM is not installed here"),
]

BASE, RLVR = "tiny-base-t1.0", "tiny-rlvr-600-t1.0"
LOUDEST = 4.9
"""A standard score beyond this comes once in a million times by chance."""


@pytest.fixture(scope="module")
def database(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo's store, to be changed; its engine is stopped at the end."""
    path = Path(shutil.copy(demo_store, tmp_path_factory.mktemp("engine") / "boundary.duckdb"))
    yield path
    engine.stop(path)


def run(database: Path, *arguments: object) -> Any:
    """Run a command to its end and return what it printed."""
    done = command(*arguments, "--json", database=database)
    assert done.code == 0, done.out + done.said
    return done.json


def rows(database: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    store = open_store(database)
    try:
        return store.rows(sql, parameters)
    finally:
        store.close()


def counts(database: Path, key: str) -> pd.DataFrame:
    return pd.DataFrame(run(database, "counts", key)).set_index("problem")[["n", "c"]]


def standard_score(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """How far two runs' correct counts are apart, both proportions tested problem by problem and summed."""
    both = one.join(other.add_suffix("_other"), how="inner")
    n, m = both["n"].to_numpy(float), both["n_other"].to_numpy(float)
    rate = (both["c"] + both["c_other"]).to_numpy(float) / (n + m)
    spread = n * m / (n + m - 1) * rate * (1 - rate)
    return float((both["c"] - n * rate).sum() / math.sqrt(spread.sum()))


def repetition(earlier: Sequence[str], later: Sequence[str]) -> float:
    """How many more texts stand among both draws than would if all of them were dealt out to the two by chance, in
    standard deviations: near 0 where both are independent draws of one model, far above where one repeats the other."""
    n, m = len(earlier), len(later)
    expected = variance = 0.0
    for count in Counter([*earlier, *later]).values():
        alone = math.comb(n + m - count, n) / math.comb(n + m, n) + math.comb(n + m - count, m) / math.comb(n + m, m)
        expected += 1 - alone
        variance += alone * (1 - alone)
    return (len(set(earlier) & set(later)) - expected) / math.sqrt(variance)


def replies_differ(database: Path, *keys: str) -> bool:
    """Whether no two replies of these runs hold the same texts."""
    total, unlike = rows(
        database,
        """select count(*), count(distinct (problem_id, hash)) from replies
        where run_id in (select run_id from runs where key in (select unnest(?::varchar[])))""",
        list(keys),
    )[0]
    return bool(total and total == unlike)


def exact(model: str, samples: pd.DataFrame, temperature: float) -> list[dict[str, list[float]]]:
    """What the model's weights say of samples, worked out without vLLM."""
    lines = [
        json.dumps({
            "prompt": s["prompt"], "completion": s["completion"], "ended": s["finish_reason"] == "stop",
            "temperature": temperature,
        })
        for s in samples.to_dict("records")
    ]  # fmt: skip
    done = subprocess.run(
        [str(environment.python()), "-m", "tests.sampling.exact", str(engine.ZOO / model)], input="\n".join(lines),
        capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]
