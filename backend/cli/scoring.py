"""The commands about how likely samples are under models."""

from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, respond, use
from backend.cli.foreground import watched
from backend.cli.sampling import Engines, ProblemIds, listed

Under = Annotated[str, typer.Option("--under", help="The model that reads: a folder, an id, or a model of the store.")]


@app.command()
def score(
    run: Annotated[str, typer.Option("--run", help="The run whose samples are read.")],
    under: Under,
    per_token: Annotated[
        bool, typer.Option("--per-token", help="Keep each token's likelihood, for `blocked`.")
    ] = False,
    problems: ProblemIds = None,
    most: Annotated[int | None, typer.Option(min=1, help="So many samples of each problem; else all.")] = None,
    engine: Engines = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Let a model read a run's samples: how likely it finds each."""
    use(database)
    said = {"run": run, "under": under, "per_token": per_token, "problems": listed(problems), "most": most}
    watched("score", "score_start", {**said, "engines": engine or []}, as_json)


@app.command()
def likelihoods(
    run: str,
    under: Annotated[str | None, typer.Option("--under", help="One model that read; else all.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List how likely a run's samples are under the models that read them."""
    use(database)
    respond("likelihoods", {"run": run, "under": under}, as_json)


@app.command()
def perplexity(base: str, rlvr: str, as_json: AsJson = False, database: Database = None) -> None:
    """Give the perplexity of each model's samples under both models."""
    use(database)
    respond("perplexity", {"base": base, "rlvr": rlvr}, as_json)


@app.command()
def tokens(
    run: str, problem: str, sample: int, under: Under, as_json: AsJson = False, database: Database = None
) -> None:
    """List a sample's tokens as a model read them, where `score --per-token` kept them."""
    use(database)
    respond("tokens", {"run": run, "problem": problem, "sample_index": sample, "under": under}, as_json)


@app.command()
def blocked(
    run: str,
    under: Under,
    top_p: Annotated[float | None, typer.Option(help="The sampler's nucleus; the run's own unless said.")] = None,
    top_k: Annotated[int | None, typer.Option(help="So many of the likeliest tokens only.")] = None,
    all_samples: Annotated[bool, typer.Option("--all", help="Not the correct samples alone.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Tell which samples a model's sampler could never draw, and at which token it closes the way."""
    use(database)
    said = {"run": run, "under": under, "top_p": top_p, "top_k": top_k, "only_correct": not all_samples}
    respond("blocked", said, as_json)
