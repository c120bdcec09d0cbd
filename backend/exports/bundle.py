"""A folder for any web server: a page that lists the benchmarks, and the report of a comparison of each."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from backend.comparison.describing import ready_made
from backend.errors import BadInput, NotFound
from backend.exports.files import write_file
from backend.exports.material import Asked, Material, gather
from backend.exports.problems import DEFAULT_SAMPLES, Shown, show, telling
from backend.exports.report import index_page, report
from backend.exports.tables import verdict_rows
from backend.exports.trees import tree_or_none
from backend.store import queries
from backend.store.database import Store


def report_of(
    store: Store,
    base: str,
    rlvr: str,
    asked: Asked,
    *,
    problems: list[str] | None = None,
    samples: int = DEFAULT_SAMPLES,
) -> tuple[str, str]:
    """Return the report of two runs (keys), and its title: the finding in words.

    problems: those to show with samples; None: the ones that most surely favour either run.
    """
    material = gather(store, [base, rlvr], asked)
    named = telling(verdict_rows(material, asked)) if problems is None else problems
    return report(material, asked, shown_of(store, material, asked, named, samples))


def shown_of(
    store: Store, material: Material, asked: Asked, problems: Sequence[str], samples: int = DEFAULT_SAMPLES
) -> list[Shown]:
    """Return problems with samples of the material's runs and the trees of all their samples."""
    return [
        replace(
            show(store, material.benchmark, name, material.keys, samples),
            tree=tree_or_none(store, material, name, asked),
        )
        for name in problems
    ]


def write_bundle(
    store: Store, folder: Path, asked: Asked, progress: Callable[[str, int, int], None] | None = None
) -> list[dict[str, Any]]:
    """Write index.html and one report a benchmark with a ready-made comparison; return one row a report.

    Raises NotFound where no benchmark has two runs that could be compared.
    """
    pairs = _pairs(store)
    if not pairs:
        raise NotFound(
            "No benchmark has a base run and an RLVR run.", "Import both, or say how their models came to be."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be made: {error.strerror}.", "Name another folder.") from error
    made: list[dict[str, Any]] = []
    for place, (benchmark, base, rlvr) in enumerate(pairs):
        if progress:
            progress(benchmark, place, len(pairs))
        html, title = report_of(store, base, rlvr, asked)
        name = f"{_stem(benchmark, {str(row['file']) for row in made})}.html"
        size = write_file(folder / name, html.encode())
        made.append({"benchmark": benchmark, "base": base, "rlvr": rlvr, "title": title, "file": name, "bytes": size})
    write_file(folder / "index.html", index_page(made).encode())
    return made


def _pairs(store: Store) -> list[tuple[str, str, str]]:
    """The ready-made comparison of each benchmark that has one."""
    found = []
    for benchmark in queries.benchmarks(store)["benchmark"]:
        base, rlvr = ready_made(queries.runs(store, benchmark))
        if base and rlvr:
            found.append((str(benchmark), base, rlvr))
    return found


def _stem(benchmark: str, taken: set[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", benchmark.lower()).strip("-")[:60] or "benchmark"
    stem = "report-index" if stem == "index" else stem
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (stem, *numbered) if f"{name}.html" not in taken)
