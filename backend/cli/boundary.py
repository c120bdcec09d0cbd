"""The commands about the boundary: accuracy bins, checkpoints, many runs, luck, lenient verdicts."""

from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, respond, use
from backend.cli.comparisons import Level

Budget = Annotated[int | None, typer.Option("--m", help="The budget, samples a problem; half the smallest n.")]


@app.command()
def histogram(base: str, rlvr: str, as_json: AsJson = False, database: Database = None) -> None:
    """Count problems by how often two runs solve them, in twelve bins, and who moved between bins."""
    use(database)
    respond("histogram", {"base": base, "rlvr": rlvr}, as_json)


@app.command()
def trajectories(
    base: str,
    rlvr: Annotated[list[str], typer.Argument(help="Checkpoints of one RLVR run, by name or key.")],
    m: Budget = None,
    level: Level = 0.95,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Tell what is lost and gained from checkpoint to checkpoint, beside what chance alone would show."""
    use(database)
    respond("trajectories", {"base": base, "rlvr": rlvr, "m": m, "level": level}, as_json)


@app.command()
def solved(
    runs: Annotated[list[str], typer.Argument(help="Runs, by name or key.")],
    m: Annotated[int | None, typer.Option("--m", help="Give each run so many samples; else all it has.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Count the problems that exactly these and no others of several runs solve."""
    use(database)
    respond("solved", {"runs": runs, "m": m}, as_json)


@app.command()
def lucky(
    run: str,
    answer_space: Annotated[int | None, typer.Option(help="How many answers there are, where not said.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Tell how likely each problem would be solved by luck, from how far a run's wrong answers scatter."""
    use(database)
    respond("lucky", {"run": run, "answer_space": answer_space}, as_json)


@app.command()
def lenient(
    base: str,
    rlvr: str,
    verifier: Annotated[str, typer.Option(help="The verifier to hold beside the one that counts.")],
    m: Budget = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Hold the solved table by the verdicts that count beside that by another verifier."""
    use(database)
    respond("lenient", {"base": base, "rlvr": rlvr, "verifier": verifier, "m": m}, as_json)
