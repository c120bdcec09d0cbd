"""The commands about the paths that models take through problems."""

from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, Limit, Offset, app, respond, use
from backend.trees.evidence import SMALLEST_SHARE
from backend.trees.merge import Level

Runs = Annotated[str, typer.Option(help="Two to four runs, by name or key, with commas between them.")]
Benchmark = Annotated[str | None, typer.Option(help="The benchmark that the runs are to be on.")]
LevelName = Annotated[str, typer.Option("--level", help=f"How steps are merged: {', '.join(Level)}.")]
Fdr = Annotated[float, typer.Option("--q", help="The false discovery rate of supported claims.")]
Epsilon = Annotated[float, typer.Option(help="The share below which a path counts as not the other's.")]
Seed = Annotated[int, typer.Option(help="The seed of what is drawn.")]


@app.command()
def tree(
    problem: str,
    runs: Runs,
    benchmark: Benchmark = None,
    level: LevelName = Level.NORMALISED,
    q: Fdr = 0.1,
    epsilon: Epsilon = SMALLEST_SHARE,
    split_half: Annotated[bool, typer.Option("--split-half", help="Find in one half, test on the other.")] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Tell every path that runs took through one problem, with the correct ones that only one of them found."""
    use(database)
    what = {"problem": problem, "runs": _named(runs), "benchmark": benchmark, "level": level}
    respond("tree", {**what, "q": q, "epsilon": epsilon, "split_half": split_half, "seed": seed}, as_json)


@app.command()
def paths(
    runs: Runs,
    benchmark: Benchmark = None,
    level: LevelName = Level.NORMALISED,
    q: Fdr = 0.1,
    epsilon: Epsilon = SMALLEST_SHARE,
    m: Annotated[int | None, typer.Option("--m", help="The budget of path retention; half the smallest n.")] = None,
    limit: Limit = 1_000,
    offset: Offset = 0,
    seed: Seed = 0,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Tell the correct paths that only one run took over a whole benchmark, and paths@k."""
    use(database)
    what = {"runs": _named(runs), "benchmark": benchmark, "level": level, "q": q, "epsilon": epsilon, "m": m}
    respond("paths", {**what, "limit": limit, "offset": offset, "seed": seed}, as_json)


@app.command()
def audit(
    problem: str,
    runs: Runs,
    benchmark: Benchmark = None,
    level: LevelName = Level.NORMALISED,
    pairs: Annotated[int, typer.Option(min=1, help="How many pairs of each kind.")] = 10,
    seed: Seed = 0,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List steps that a level merged, and steps that it only just kept apart."""
    use(database)
    what = {"problem": problem, "runs": _named(runs), "benchmark": benchmark, "level": level}
    respond("audit", {**what, "pairs": pairs, "seed": seed}, as_json)


@app.command()
def sensitivity(
    problem: str,
    runs: Runs,
    benchmark: Benchmark = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List how the correct paths of one run alone hang on the level of merging."""
    use(database)
    respond("sensitivity", {"problem": problem, "runs": _named(runs), "benchmark": benchmark}, as_json)


def _named(runs: str) -> list[str]:
    return [part.strip() for part in runs.split(",") if part.strip()]
