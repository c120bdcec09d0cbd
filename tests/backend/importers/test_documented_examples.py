"""Every page in docs/formats has an example; it is recognised, and gives what the page says."""

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.config import ROOT
from backend.importers import Wanted, import_file
from backend.importers.previews import formats, inspect
from backend.store.database import Store

PAGES = sorted((ROOT / "docs" / "formats").glob("*.md"))
BLOCK = re.compile(r"^```(?P<kind>\S+) (?P<name>\S+)(?: --mapping (?P<mapping>\S+))?\n(?P<text>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Example:
    """One page's example: a file, and the runs that it gives."""

    kind: str
    name: str
    mapping: str | None
    text: str
    runs: list[dict[str, Any]]
    steps: int = 0
    """How many steps of a training log it holds, which go to no run."""


def examples() -> list[Example]:
    found = []
    for page in PAGES:
        files = [m for m in BLOCK.finditer(page.read_text()) if m["name"] != "stored"]
        stored = [m for m in BLOCK.finditer(page.read_text()) if m["name"] == "stored"]
        for file, said in zip(files, stored, strict=True):
            told = [json.loads(line) for line in said["text"].splitlines()]
            runs = [run for run in told if "steps" not in run]
            steps = sum(log["steps"] for log in told if "steps" in log)
            found.append(Example(file["kind"], file["name"], file["mapping"], file["text"], runs, steps))
    return found


def written(example: Example, folder: Path) -> Path:
    """Write an example as the file that it stands for."""
    path = folder / example.name
    if example.kind == "parquet":
        pq.write_table(pa.Table.from_pylist([json.loads(line) for line in example.text.splitlines()]), path)
    elif example.kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for line in example.text.splitlines():
                member, _, content = line.partition(" ")
                archive.writestr(member, content)
    else:
        path.write_text(example.text, encoding="utf-8")
    return path


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.name)
def test_an_example_gives_what_its_page_says(example: Example, tmp_path: Path, store: Store) -> None:
    path = written(example, tmp_path)
    wanted = Wanted(mapping=example.mapping)
    told = inspect(path, wanted=wanted)
    assert told["rejected"] == []
    assert [{k: run[k] for k in said} for run, said in zip(told["runs"], example.runs, strict=True)] == example.runs
    report = import_file(store, path, wanted=wanted)
    assert report.added == sum(run["samples"] for run in example.runs) + example.steps
    assert len(example.text.splitlines()) <= 4


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.name)
def test_the_same_file_again_adds_nothing(example: Example, tmp_path: Path, store: Store) -> None:
    path = written(example, tmp_path)
    first = import_file(store, path, wanted=Wanted(mapping=example.mapping))
    again = import_file(store, path, wanted=Wanted(mapping=example.mapping))
    assert (again.added, again.duplicates, again.rejected) == (0, first.added, [])


@pytest.mark.parametrize("known", [f["name"] for f in formats() if not f["name"].startswith("samples-")])
def test_every_format_has_a_page(known: str) -> None:
    names = {page.stem for page in PAGES}
    assert known in names or known.rsplit("-", 1)[0] in names


def test_each_example_is_of_one_format_only(tmp_path: Path) -> None:
    from backend.importers.registry import FORMATS
    from backend.importers.source import Source

    for example in examples():
        path = written(example, tmp_path)
        matching = [f.name for f in FORMATS if f.recognises(Source(path, path.name))]
        assert len(matching) == (0 if example.mapping else 1), (example.name, matching)
