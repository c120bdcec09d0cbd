"""Commands that write files: figures, data, reports, folders of reports."""

from collections.abc import Sequence
from pathlib import Path

from backend.background import Tell
from backend.commands.comparisons import check_level
from backend.commands.plain import Plain
from backend.comparison.metrics import METRICS, POPULATION
from backend.comparison.words import counted
from backend.errors import BadInput
from backend.exports.bundle import report_of, write_bundle
from backend.exports.drawings import caption, find_drawing
from backend.exports.files import write_file
from backend.exports.material import Asked, about, gather
from backend.exports.pictures import picture_of
from backend.exports.problems import DEFAULT_SAMPLES
from backend.exports.run_bundle import require_runs, write_run_bundle
from backend.exports.tables import find_table, written
from backend.statistics.bootstrap import SEED
from backend.store import answers, queries
from backend.store.database import Store


def asked_of(
    store: Store,
    runs: Sequence[str],
    *,
    metric: str = "pass_at_k",
    threshold: str = "1/2",
    reasoning: str | None = None,
    interval: str = POPULATION,
    level: float = 0.95,
    seed: int = SEED,
    m: int | None = None,
    q: float = 0.1,
) -> tuple[list[str], Asked]:
    """Return the keys of runs named in words, and what is asked of them, checked."""
    check_level(level)
    if not 0 < q < 1:
        raise BadInput(f"q is {q:g}.", "q must lie between 0 and 1.")
    keys = [queries.find_run(store, words) for words in runs]
    if len(set(keys)) < len(keys):
        raise BadInput("A run is named twice.", "Name each run once.")
    if metric in METRICS and METRICS[metric].needs == answers.VALID and reasoning is None:
        known = sorted(set(answers.reasoning_verifiers(store, keys)["verifier"]))
        reasoning = answers.reasoning_verifier(known)
    asked = Asked(
        metric=metric, threshold=threshold, reasoning=reasoning, interval=interval, level=level, seed=seed, m=m, q=q
    )
    return keys, asked


def export_figure(
    store: Store, name: str, runs: Sequence[str], out: str, *, width: str = "column", **asked: Plain
) -> dict[str, Plain]:
    """Write a figure of runs as PNG, SVG or PDF, by the ending of the file's name."""
    draw = find_drawing(name)
    keys, wanted = asked_of(store, runs, **asked)
    material = gather(store, keys, wanted)
    drawing = draw(material, wanted)
    made = picture_of(drawing, caption(material, wanted), form=_form(out), width=width)
    return {"file": out, "bytes": write_file(Path(out), made), "title": drawing.title, "subtitle": drawing.subtitle}


def export_data(store: Store, name: str, runs: Sequence[str], out: str, **asked: Plain) -> dict[str, Plain]:
    """Write the numbers behind a view of runs as CSV, Parquet or JSON, by the ending of the file's name."""
    make = find_table(name)
    keys, wanted = asked_of(store, runs, **asked)
    material = gather(store, keys, wanted)
    table = make(material, wanted)
    size = write_file(Path(out), written(table, about(material, wanted, table=name), _form(out)))
    return {"file": out, "bytes": size, "rows": len(table)}


def _form(out: str) -> str:
    return Path(out).suffix.lower().removeprefix(".")


def report(
    store: Store,
    base: str,
    rlvr: str,
    out: str,
    *,
    problems: Sequence[str] | None = None,
    samples: int = DEFAULT_SAMPLES,
    **asked: Plain,
) -> dict[str, Plain]:
    """Write the comparison of two runs as one HTML file that opens without a network."""
    keys, wanted = asked_of(store, [base, rlvr], **asked)
    named = None if problems is None else list(problems)
    html, title = report_of(store, keys[0], keys[1], wanted, problems=named, samples=samples)
    return {"file": out, "bytes": write_file(Path(out), html.encode()), "title": title}


def bundle(store: Store, out: str, *, progress: Tell | None = None, **asked: Plain) -> dict[str, Plain]:
    """Write a folder with one report a benchmark and a page that lists them."""
    _, wanted = asked_of(store, [], **asked)
    tell = None if progress is None else lambda item, done, of: progress(item, done, of, 0)
    return {"folder": out, "reports": write_bundle(store, Path(out), wanted, tell)}


def export_runs(store: Store, runs: Sequence[str], out: str, *, progress: Tell | None = None) -> dict[str, Plain]:
    """Write runs with all that is known of them as one file, which `import` of another installation takes in."""
    require_runs(runs)
    keys, _ = asked_of(store, runs)
    tell = None if progress is None else lambda item, done, of: progress(item, done, of, 0)
    told = write_run_bundle(store, keys, Path(out), tell)
    return {"file": out, "bytes": Path(out).stat().st_size, "runs": told["runs"], "rows": told["rows"]}


def title_of_runs(runs: Sequence[str], **_: Plain) -> str:
    """Say in a few words what a bundle of runs holds."""
    return f"Export of {counted(len(runs), 'run')}"


def title_of_bundle(out: str, **_: Plain) -> str:
    """Say in a few words what a bundle is."""
    return f"Reports into {Path(out).name}"
