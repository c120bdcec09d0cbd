"""The commands that write files: figures, data, reports, folders of reports."""

from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.asking import AsJson, Database, app, respond, use
from backend.cli.comparisons import Level, Seed
from backend.commands.figures_out import FIGURES
from backend.commands.tables_out import TABLES
from backend.comparison.metrics import INTERVALS, METRICS, POPULATION
from backend.exports.problems import DEFAULT_PROBLEMS, DEFAULT_SAMPLES
from backend.statistics.bootstrap import SEED
from backend.trees.evidence import SMALLEST_SHARE
from backend.trees.merge import Level as Merging

export = typer.Typer(no_args_is_help=True, help="Write figures and data of runs.")
app.add_typer(export, name="export")

Runs = Annotated[list[str], typer.Argument(help="Runs, by name or key; base before RLVR where two are compared.")]
Budget = Annotated[int | None, typer.Option("--m", help="The budget of table and null; half the smallest n.")]
Fdr = Annotated[float, typer.Option("--q", help="The false discovery rate of the verdicts.")]
MetricName = Annotated[str, typer.Option("--metric", help=f"One of {', '.join(METRICS)}.")]
Interval = Annotated[str, typer.Option(help=f"One of {', '.join(INTERVALS)}.")]
Threshold = Annotated[str, typer.Option(help="The share τ of k samples of g_pass_at_k, like 3/4.")]
Reasoning = Annotated[str | None, typer.Option(help="The verifier of the reasoning of cot_pass_at_k.")]


Problem = Annotated[str | None, typer.Option(help="The problem of problem, samples, tree.")]
Merge = Annotated[str, typer.Option(help=f"How steps of trees and paths are merged: {', '.join(Merging)}.")]
Epsilon = Annotated[float, typer.Option(help="The share below which a path counts as not the other runs'.")]
Halves = Annotated[bool, typer.Option("--split-half", help="Find paths in one half of the samples, test on the other.")]
TreeSeed = Annotated[int, typer.Option(help="The seed of trees and paths.")]
Shown = Annotated[str, typer.Option(help="Paths of a tree: all, correct, supported, or a run that alone took them.")]
Nodes = Annotated[int, typer.Option(help="Nodes of a tree that are drawn before the rest is folded.")]
Opened = Annotated[
    list[int] | None,
    typer.Option(
        "--open", help="A node of a tree whose folded branches are opened, as the Tree page's link numbers it."
    ),
]
Node = Annotated[int | None, typer.Option(help="The node of a tree that is picked, as the page's link numbers it.")]
Walks = Annotated[
    list[str] | None, typer.Option("--walk", help="A sample whose walk through a tree lights up, as RUN:SAMPLE.")
]
Guess = Annotated[int | None, typer.Option(help="How many answers a guesser chooses from; else as the problems say.")]
Published = Annotated[str | None, typer.Option(help="The paper's curves to lay under, as the Curves page names them.")]
Beyond = Annotated[bool, typer.Option("--beyond", help="Carry curves on beyond n by two fits.")]
Zoom = Annotated[bool, typer.Option("--zoom", help="Fit the y axis to the curves.")]
LargeK = Annotated[int | None, typer.Option("--k", help="The large budget of the claims.")]
Tolerance = Annotated[float, typer.Option(help="The claims' share of what RLVR solves that base need not.")]
Nats = Annotated[float, typer.Option("--likelihood-tolerance", help="The claims' nats a token.")]


def lit(opened: list[int] | None, node: int | None, walks: list[str] | None) -> dict[str, Any]:
    """Return what of a tree is opened, picked and lit, as `exports.material.Asked` has it."""
    parts = [walk.rpartition(":") for walk in walks or []]
    for run, _, index in parts:
        if not run or not index.isdecimal():
            raise typer.BadParameter(f"{run}{':' if run else ''}{index} is no RUN:SAMPLE.", param_hint="--walk")
    return {"opened": opened or [], "node": node, "walks": [[run, int(index)] for run, _, index in parts]}


@export.command()
def figure(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(FIGURES)}.")],
    runs: Runs,
    out: Annotated[Path, typer.Option(help="The file to write: .png, .svg or .pdf.")],
    width: Annotated[str, typer.Option(help="column (85 mm) or page (178 mm).")] = "column",
    problem: Problem = None,
    metric: MetricName = "pass_at_k",
    interval: Interval = POPULATION,
    threshold: Threshold = "1/2",
    reasoning: Reasoning = None,
    guess: Guess = None,
    published: Published = None,
    beyond: Beyond = False,
    zoom: Zoom = False,
    merge: Merge = Merging.NORMALISED,
    epsilon: Epsilon = SMALLEST_SHARE,
    split_half: Halves = False,
    tree_seed: TreeSeed = 0,
    shown: Shown = "all",
    nodes: Nodes = 80,
    opened: Opened = None,
    node: Node = None,
    walks: Walks = None,
    k: LargeK = None,
    tolerance: Tolerance = 0.05,
    likelihood_tolerance: Nats = 0.1,
    m: Budget = None,
    q: Fdr = 0.1,
    level: Level = 0.95,
    seed: Seed = SEED,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Write a figure for print: title, settings and date inside, safe in greyscale."""
    use(database)
    asked = {"metric": metric, "interval": interval, "threshold": threshold, "reasoning": reasoning, "m": m, "q": q}
    asked |= {"guess": guess, "published": published, "beyond": beyond, "zoomed": zoom, "level": level, "seed": seed}
    asked |= {"merge": merge, "epsilon": epsilon, "split_half": split_half, "tree_seed": tree_seed}
    asked |= {"shown": shown, "nodes": nodes, **lit(opened, node, walks)}
    more = {"k": k, "tolerance": tolerance, "likelihood_tolerance": likelihood_tolerance}
    what = {"name": name, "runs": runs, "out": str(out.resolve()), "width": width, "problem": problem, "more": more}
    respond("export_figure", {**what, **asked}, as_json)


@export.command()
def data(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(TABLES)}.")],
    runs: Runs,
    out: Annotated[Path, typer.Option(help="The file to write: .csv, .parquet or .json.")],
    problem: Problem = None,
    metric: MetricName = "pass_at_k",
    interval: Interval = POPULATION,
    threshold: Threshold = "1/2",
    reasoning: Reasoning = None,
    guess: Guess = None,
    published: Published = None,
    verifier: Annotated[str | None, typer.Option(help="The second verifier of lenient.")] = None,
    merge: Merge = Merging.NORMALISED,
    epsilon: Epsilon = SMALLEST_SHARE,
    split_half: Halves = False,
    tree_seed: TreeSeed = 0,
    k: LargeK = None,
    tolerance: Tolerance = 0.05,
    likelihood_tolerance: Nats = 0.1,
    m: Budget = None,
    q: Fdr = 0.1,
    level: Level = 0.95,
    seed: Seed = SEED,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Write the numbers behind a figure or a page, with what they are: runs, settings, files, versions."""
    use(database)
    asked = {"metric": metric, "interval": interval, "threshold": threshold, "reasoning": reasoning, "m": m, "q": q}
    asked |= {"guess": guess, "published": published, "verifier": verifier, "level": level, "seed": seed}
    asked |= {"merge": merge, "epsilon": epsilon, "split_half": split_half, "tree_seed": tree_seed}
    more = {"k": k, "tolerance": tolerance, "likelihood_tolerance": likelihood_tolerance}
    what = {"name": name, "runs": runs, "out": str(out.resolve()), "problem": problem, "more": more}
    respond("export_data", {**what, **asked}, as_json)


@export.command("runs")
def export_runs(
    runs: Annotated[list[str], typer.Argument(help="Runs, by name or key.")],
    out: Annotated[Path, typer.Option(help="The file to write, like runs.zip.")],
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Write runs with all that is known of them; `import` of another installation takes the file in."""
    use(database)
    respond("export_runs", {"runs": runs, "out": str(out.resolve())}, as_json)


@app.command()
def report(
    base: str,
    rlvr: str,
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    problems: Annotated[
        str | None,
        typer.Option(help=f"Problems to show with samples, with commas; else the {DEFAULT_PROBLEMS} most telling."),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="How many samples of each run and problem.")] = DEFAULT_SAMPLES,
    merge: Merge = Merging.NORMALISED,
    epsilon: Epsilon = SMALLEST_SHARE,
    split_half: Halves = False,
    tree_seed: TreeSeed = 0,
    m: Budget = None,
    q: Fdr = 0.1,
    level: Level = 0.95,
    seed: Seed = SEED,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Write the comparison of two runs as one HTML file that opens without a network."""
    use(database)
    named = None if problems is None else [part.strip() for part in problems.split(",") if part.strip()]
    what: dict[str, Any] = {
        "base": base,
        "rlvr": rlvr,
        "out": str(out.resolve()),
        "problems": named,
        "samples": samples,
    }
    what |= {"merge": merge, "epsilon": epsilon, "split_half": split_half, "tree_seed": tree_seed}
    respond("report", {**what, "m": m, "q": q, "level": level, "seed": seed}, as_json)


@app.command()
def bundle(
    out: Annotated[Path, typer.Option(help="The folder to write into.")],
    q: Fdr = 0.1,
    level: Level = 0.95,
    seed: Seed = SEED,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Write a folder for a web server: one report a benchmark, and a page that lists them."""
    use(database)
    respond("bundle", {"out": str(out.resolve()), "q": q, "level": level, "seed": seed}, as_json)
