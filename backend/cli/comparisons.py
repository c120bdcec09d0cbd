"""The commands that set runs side by side."""

from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, refuse, respond, use
from backend.comparison.metrics import INTERVALS, METRICS, POPULATION
from backend.errors import BadInput
from backend.statistics.bootstrap import SEED

Level = Annotated[float, typer.Option(help="The confidence of intervals, like 0.95.")]
Seed = Annotated[int, typer.Option(help="The seed of what is resampled.")]


@app.command()
def curve(
    runs: Annotated[list[str], typer.Argument(help="Runs, by name or key.")],
    k: Annotated[str | None, typer.Option("--k", help="Budgets, like 1,2,4.")] = None,
    metric: Annotated[str, typer.Option(help=f"One of {', '.join(METRICS)}.")] = "pass_at_k",
    interval: Annotated[str, typer.Option(help=f"One of {', '.join(INTERVALS)}.")] = POPULATION,
    level: Level = 0.95,
    seed: Seed = SEED,
    threshold: Annotated[str, typer.Option(help="The share τ of k samples of g_pass_at_k, like 3/4.")] = "1/2",
    reasoning: Annotated[str | None, typer.Option(help="The verifier of the reasoning of cot_pass_at_k.")] = None,
    answer_space: Annotated[int | None, typer.Option(help="How many answers a guesser chooses from.")] = None,
    extrapolate: Annotated[bool, typer.Option("--extrapolate", help="Carry pass@k on to ten times n.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Give a metric of runs at each k, with its interval."""
    use(database)
    try:
        ks = None if k is None else [int(part) for part in k.split(",")]
    except ValueError:
        refuse(BadInput(f"--k is {k}.", "Write whole numbers with commas between them, like 1,2,4."), as_json)
    choices = {"metric": metric, "interval": interval, "level": level, "seed": seed, "threshold": threshold}
    choices |= {"reasoning": reasoning, "answer_space": answer_space, "extrapolate": extrapolate}
    respond("curve", {"runs": runs, "ks": ks, **choices}, as_json)


@app.command()
def compare(
    base: str,
    rlvr: str,
    m: Annotated[int | None, typer.Option("--m", help="The budget of table and null; half the smallest n.")] = None,
    q: Annotated[float, typer.Option("--q", help="The false discovery rate of the verdicts.")] = 0.1,
    level: Level = 0.95,
    seed: Seed = SEED,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Hold two runs against each other: solved sets, what a rerun would lose, where curves cross, verdicts."""
    use(database)
    respond("compare", {"base": base, "rlvr": rlvr, "m": m, "q": q, "level": level, "seed": seed}, as_json)
