"""The commands that hold the paper's claims against runs, and that plan what a wanted difference needs."""

from typing import Annotated, Any

import typer

from backend.cli.asking import DONE, AsJson, Database, app, done, print_json, respond, use
from backend.cli.comparisons import Level, Seed
from backend.statistics.bootstrap import SEED

MARKS = {"supported": "✓", "contradicted": "✗", "cannot be told": "?", "not applicable": "–"}

Rate = Annotated[float, typer.Option("--q", help="The false discovery rate over all tests shown.")]
Difference = Annotated[float, typer.Option(help="A true difference in pass@k to plan for; 0.02 is two points.")]
Power = Annotated[float, typer.Option(help="How surely it is to be found, like 0.8.")]


@app.command()
def claims(
    base: str,
    others: Annotated[list[str], typer.Argument(help="RLVR, their checkpoints, distilled: by name or key.")],
    k: Annotated[int | None, typer.Option("--k", help="The large budget; the largest that both runs have.")] = None,
    m: Annotated[int | None, typer.Option("--m", help="The budget of solved sets; half the smallest n.")] = None,
    level: Level = 0.95,
    q: Rate = 0.1,
    seed: Seed = SEED,
    tolerance: Annotated[float, typer.Option(help="The share of what RLVR solves that base need not solve.")] = 0.05,
    likelihood_tolerance: Annotated[float, typer.Option(help="Nats a token that RLVR's samples may lie below.")] = 0.1,
    difference: Difference = 0.02,
    power: Power = 0.8,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Hold the seven claims of Yue et al. 2025 against runs: effect, interval, verdict, what it would take to tell."""
    use(database)
    asked: dict[str, Any] = {"k": k, "m": m, "level": level, "q": q, "seed": seed, "tolerance": tolerance}
    asked |= {"likelihood_tolerance": likelihood_tolerance, "difference": difference, "power": power}
    found = done("claims", {"base": base, "others": others, **asked}, as_json)
    print_json(found) if as_json else _print(found)
    raise typer.Exit(DONE)


def _print(found: dict[str, Any]) -> None:
    """Print the headline, each claim with its rows, and what must be known of the runs."""
    print(found["headline"])
    for number, claim in enumerate(found["claims"], start=1):
        print(f"\n{MARKS[claim['verdict']]} {number}. {claim['statement']}: {claim['verdict']} ({claim['source']})")
        rows = claim["rows"] or [{"sentence": claim["sentence"], "needed": "", "verdict": claim["verdict"]}]
        for row in rows:
            mark = f"{MARKS[row['verdict']]} {row['label']}: " if len(rows) > 1 else ""
            print(f"   {mark}{row['sentence']}")
            if row["needed"]:
                print(f"   {row['needed']}")
    print(f"\nq: p adjusted over the {found['tests']:,} tests shown (Benjamini–Hochberg).")
    for note in found["notes"]:
        print(note)


@app.command()
def plan(
    runs: Annotated[list[str] | None, typer.Argument(help="A base run and another one, or none.")] = None,
    difference: Difference = 0.02,
    k: Annotated[int | None, typer.Option("--k", help="The budget of pass@k; half the smallest n.")] = None,
    power: Power = 0.8,
    level: Level = 0.95,
    q: Rate = 0.1,
    epsilon: Annotated[float, typer.Option(help="A success rate to be excluded.")] = 1 / 1024,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Plan how many problems and samples show a difference, from how two runs differ."""
    use(database)
    base, other, *more = [*(runs or []), None, None]
    if any(more):
        raise typer.BadParameter("Name a base run and another one, or none.")
    asked = {"difference": difference, "k": k, "power": power, "level": level, "q": q, "epsilon": epsilon}
    respond("plan", {"base": base, "other": other, **asked}, as_json)
