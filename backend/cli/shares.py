"""The commands about frozen shares."""

from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, respond, use
from backend.cli.comparisons import Level, Seed
from backend.cli.exports import (
    Budget,
    Epsilon,
    Fdr,
    Halves,
    Interval,
    LargeK,
    Merge,
    MetricName,
    Nats,
    Node,
    Nodes,
    Opened,
    Reasoning,
    Runs,
    Shown,
    Threshold,
    Tolerance,
    TreeSeed,
    Walks,
    lit,
)
from backend.comparison.metrics import POPULATION
from backend.statistics.bootstrap import SEED
from backend.trees.evidence import SMALLEST_SHARE
from backend.trees.merge import Level as Merging

share = typer.Typer(no_args_is_help=True, help="Keep views as they are now, and open them.")
app.add_typer(share, name="share")

Title = Annotated[str | None, typer.Option(help="What to call it; else its finding.")]
Note = Annotated[str | None, typer.Option(help="What to say of it.")]
Author = Annotated[str | None, typer.Option(help="Who shares it.")]
ShareId = Annotated[str, typer.Argument(help="The share's id, as `shares` lists it.")]


@share.command()
def curves(
    runs: Runs,
    title: Title = None,
    note: Note = None,
    author: Author = None,
    metric: MetricName = "pass_at_k",
    interval: Interval = POPULATION,
    threshold: Threshold = "1/2",
    reasoning: Reasoning = None,
    level: Level = 0.95,
    seed: Seed = SEED,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Keep the curves of runs."""
    use(database)
    asked = {"metric": metric, "interval": interval, "threshold": threshold, "reasoning": reasoning}
    what = {"page": "curves", "runs": runs, "title": title, "note": note, "author": author}
    respond("share", {**what, **asked, "level": level, "seed": seed}, as_json)


@share.command()
def comparison(
    base: str,
    rlvr: str,
    title: Title = None,
    note: Note = None,
    author: Author = None,
    m: Budget = None,
    q: Fdr = 0.1,
    level: Level = 0.95,
    seed: Seed = SEED,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Keep the boundary of two runs: table, verdicts, bins."""
    use(database)
    what = {"page": "boundary", "runs": [base, rlvr], "title": title, "note": note, "author": author}
    respond("share", {**what, "m": m, "q": q, "level": level, "seed": seed}, as_json)


@share.command()
def problem(
    problem: str,
    runs: Runs,
    title: Title = None,
    note: Note = None,
    author: Author = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Keep one problem with the samples of one or two runs."""
    use(database)
    what = {"page": "problem", "runs": runs, "problem": problem, "title": title, "note": note, "author": author}
    respond("share", what, as_json)


@share.command()
def tree(
    problem: str,
    runs: Runs,
    title: Title = None,
    note: Note = None,
    author: Author = None,
    merge: Merge = Merging.NORMALISED,
    q: Fdr = 0.1,
    epsilon: Epsilon = SMALLEST_SHARE,
    split_half: Halves = False,
    tree_seed: TreeSeed = 0,
    shown: Shown = "all",
    nodes: Nodes = 80,
    opened: Opened = None,
    node: Node = None,
    walks: Walks = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Keep the sample tree of one problem with the samples of two to four runs."""
    use(database)
    what = {"page": "tree", "runs": runs, "problem": problem, "title": title, "note": note, "author": author}
    asked = {"merge": merge, "q": q, "epsilon": epsilon, "split_half": split_half, "tree_seed": tree_seed}
    asked |= {"shown": shown, "nodes": nodes, **lit(opened, node, walks)}
    respond("share", {**what, **asked}, as_json)


@share.command()
def claims(
    runs: Runs,
    title: Title = None,
    note: Note = None,
    author: Author = None,
    k: LargeK = None,
    m: Budget = None,
    q: Fdr = 0.1,
    tolerance: Tolerance = 0.05,
    likelihood_tolerance: Nats = 0.1,
    level: Level = 0.95,
    seed: Seed = SEED,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Keep what is told of the seven claims: the base run, then those held against it."""
    use(database)
    what = {"page": "claims", "runs": runs, "title": title, "note": note, "author": author}
    more = {"k": k, "tolerance": tolerance, "likelihood_tolerance": likelihood_tolerance}
    respond("share", {**what, "more": more, "m": m, "q": q, "level": level, "seed": seed}, as_json)


@share.command()
def paths(
    runs: Runs,
    title: Title = None,
    note: Note = None,
    author: Author = None,
    merge: Merge = Merging.NORMALISED,
    q: Fdr = 0.1,
    epsilon: Epsilon = SMALLEST_SHARE,
    tree_seed: TreeSeed = 0,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Keep the correct paths of two to four runs over their benchmark."""
    use(database)
    what = {"page": "paths", "runs": runs, "title": title, "note": note, "author": author}
    respond("share", {**what, "merge": merge, "q": q, "epsilon": epsilon, "tree_seed": tree_seed}, as_json)


@share.command("open")
def open_(share: ShareId, as_json: AsJson = False, database: Database = None) -> None:
    """Give a share as it was kept, and what has changed since."""
    use(database)
    respond("share_open", {"share": share}, as_json)


@share.command()
def rename(share: ShareId, title: str, as_json: AsJson = False, database: Database = None) -> None:
    """Give a share another title; its address stays."""
    use(database)
    respond("rename_share", {"share": share, "title": title}, as_json)


@app.command()
def shares(as_json: AsJson = False, database: Database = None) -> None:
    """List the shares, the newest first."""
    use(database)
    respond("shares", {}, as_json, empty_is_fine=True)


@app.command()
def unshare(share: ShareId, as_json: AsJson = False, database: Database = None) -> None:
    """Take a share back: its content goes, and its address says so."""
    use(database)
    respond("unshare", {"share": share}, as_json)
