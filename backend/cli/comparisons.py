"""The commands that set runs side by side."""

from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, refuse, respond, use
from backend.errors import BadInput


@app.command()
def curve(
    runs: Annotated[list[str], typer.Argument(help="Runs, by name or key.")],
    k: Annotated[str | None, typer.Option("--k", help="Budgets, like 1,2,4.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Give pass@k of runs, with intervals over the population of problems."""
    use(database)
    try:
        ks = None if k is None else [int(part) for part in k.split(",")]
    except ValueError:
        refuse(BadInput(f"--k is {k}.", "Write whole numbers with commas between them, like 1,2,4."), as_json)
    respond("curve", {"runs": runs, "ks": ks}, as_json)


@app.command()
def compare(
    base: str,
    rlvr: str,
    m: Annotated[int | None, typer.Option("--m", help="The budget of table and null; half the smallest n.")] = None,
    q: Annotated[float, typer.Option("--q", help="The false discovery rate of the verdicts.")] = 0.1,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Hold two runs against each other: solved sets, what a rerun would lose, a verdict for each problem."""
    use(database)
    respond("compare", {"base": base, "rlvr": rlvr, "m": m, "q": q}, as_json)
