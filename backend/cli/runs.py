"""The commands about runs and their samples."""

import sys
from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, refuse, respond, use
from backend.errors import BadInput
from backend.records import Training


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
def rename(run: str, name: str, as_json: AsJson = False, database: Database = None) -> None:
    """Give a run another name."""
    use(database)
    respond("rename", {"run": run, "name": name}, as_json)


@app.command()
def model(
    model: Annotated[str, typer.Argument(help="The model, by name.")],
    training: Annotated[Training | None, typer.Option(help="How it came to be.")] = None,
    base_model: Annotated[str | None, typer.Option(help="The model that its training began from.")] = None,
    checkpoint_step: Annotated[int | None, typer.Option(help="The training step of the checkpoint.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Say how a model came to be; what is left out is taken back."""
    use(database)
    known = {"training": training, "base_model": base_model, "checkpoint_step": checkpoint_step}
    respond("model", {"model": model, **known}, as_json)


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
