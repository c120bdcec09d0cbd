"""The commands about runs and their samples."""

import sys
from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, refuse, respond, use
from backend.errors import BadInput


@app.command()
def runs(as_json: AsJson = False, database: Database = None) -> None:
    """List the runs."""
    use(database)
    respond("runs", {}, as_json)


@app.command()
def counts(run: str, as_json: AsJson = False, database: Database = None) -> None:
    """List samples and correct samples of each problem of a run."""
    use(database)
    respond("counts", {"run": run}, as_json)


@app.command()
def samples(run: str, problem: str, as_json: AsJson = False, database: Database = None) -> None:
    """List a run's samples of one problem, with their texts."""
    use(database)
    respond("samples", {"run": run, "problem": problem}, as_json)


@app.command()
def delete(
    run: str,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Delete a run with all its samples."""
    use(database)
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Delete run {run} and all its samples?", err=True)):
        refuse(BadInput(f"Run {run} was not deleted.", "Say --yes to delete it."), as_json)
    respond("delete", {"run": run}, as_json)
