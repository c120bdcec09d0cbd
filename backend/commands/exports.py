"""Commands that write files: figures, data, reports, folders of reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from backend.background import Tell
from backend.commands.comparisons import check_level
from backend.commands.figures_out import find_figure, picture
from backend.commands.leaving import COLUMN, Leaving
from backend.commands.plain import Plain
from backend.commands.tables_out import data, find_data
from backend.comparison.metrics import METRICS
from backend.comparison.words import counted
from backend.errors import BadInput
from backend.exports.bundle import report_of, write_bundle
from backend.exports.files import write_file
from backend.exports.material import Asked
from backend.exports.problems import DEFAULT_SAMPLES
from backend.exports.run_bundle import require_runs, write_run_bundle
from backend.exports.trees import find_level
from backend.store import answers, queries
from backend.store.database import Store
from backend.trees.describing import ALL, CORRECT, SUPPORTED
from backend.trees.drawing import MOST_DRAWN


def asked_of(store: Store, runs: Sequence[str], **asked: Plain) -> tuple[list[str], Asked]:
    """Return the keys of runs named in words, and what is asked of them (`exports.material.Asked`), checked."""
    wanted = Asked(**asked)
    check_level(wanted.level)
    find_level(wanted.merge)
    for name in ("q", "epsilon"):
        if not 0 < getattr(wanted, name) < 1:
            raise BadInput(f"{name} is {getattr(wanted, name):g}.", f"{name} must lie between 0 and 1.")
    if wanted.guess is not None and wanted.guess < 1:
        raise BadInput(f"The guesser has {wanted.guess} answers.", "Name at least 1.")
    keys = [queries.find_run(store, words) for words in runs]
    if wanted.shown not in (ALL, CORRECT, SUPPORTED):
        wanted = replace(wanted, shown=queries.find_run(store, wanted.shown))
    wanted = replace(wanted, walks=tuple((queries.find_run(store, words), index) for words, index in wanted.walks))
    if not 1 <= wanted.nodes <= MOST_DRAWN:
        raise BadInput(f"A tree of {wanted.nodes:,} nodes is asked for.", f"Name 1 to {MOST_DRAWN:,}.")
    if len(set(keys)) < len(keys):
        raise BadInput("A run is named twice.", "Name each run once.")
    if wanted.metric in METRICS and METRICS[wanted.metric].needs == answers.VALID and wanted.reasoning is None:
        known = sorted(set(answers.reasoning_verifiers(store, keys)["verifier"]))
        wanted = replace(wanted, reasoning=answers.reasoning_verifier(known))
    return keys, wanted


def export_figure(
    store: Store,
    name: str,
    runs: Sequence[str],
    out: str,
    *,
    width: str = COLUMN,
    problem: str | None = None,
    more: Mapping[str, Plain] | None = None,
    **asked: Plain,
) -> dict[str, Plain]:
    """Write a figure of runs as PNG, SVG or PDF, by the ending of the file's name.

    problem: of figures of one problem; more: what only the command `claims` is asked.
    """
    find_figure(name)
    keys, wanted = asked_of(store, runs, **asked)
    leaving = Leaving(store=store, keys=tuple(keys), asked=wanted, problem=problem, width=width, more=more or {})
    made, drawing = picture(name, leaving, _form(out))
    return {"file": out, "bytes": write_file(Path(out), made), "title": drawing.title, "subtitle": drawing.subtitle}


def export_data(
    store: Store,
    name: str,
    runs: Sequence[str],
    out: str,
    *,
    problem: str | None = None,
    more: Mapping[str, Plain] | None = None,
    **asked: Plain,
) -> dict[str, Plain]:
    """Write the numbers behind a view of runs as CSV, Parquet or JSON, by the ending of the file's name.

    problem and more: as in `export_figure`.
    """
    find_data(name)
    keys, wanted = asked_of(store, runs, **asked)
    leaving = Leaving(store=store, keys=tuple(keys), asked=wanted, problem=problem, more=more or {})
    made, rows = data(name, leaving, _form(out))
    return {"file": out, "bytes": write_file(Path(out), made), "rows": rows}


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
