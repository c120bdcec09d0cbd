"""The commands about sampling jobs."""

from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, respond, use
from backend.cli.foreground import watched

Engines = Annotated[list[str] | None, typer.Option("--engine", help="A server by URL or name; else a local one.")]
Stops = Annotated[list[str] | None, typer.Option("--stop", help="A text that ends a completion; as often as needed.")]
ProblemIds = Annotated[str | None, typer.Option(help="Ids of problems, with commas between; else all.")]


def listed(words: str | None) -> list[str] | None:
    """Return what stands between commas; None where nothing does."""
    return [part.strip() for part in words.split(",") if part.strip()] if words else None


@app.command()
def sample(
    model: Annotated[str, typer.Option(help="A model's folder, its Hugging Face id, or one of the tiny family.")],
    benchmark: Annotated[str, typer.Option(help="The benchmark whose problems are drawn.")],
    samples: Annotated[int, typer.Option(min=1, help="Samples of each problem.")],
    engine: Engines = None,
    problems: ProblemIds = None,
    undetermined: Annotated[str | None, typer.Option(help="BASE,RLVR: the problems that these leave open.")] = None,
    temperature: Annotated[float | None, typer.Option(help="1 unless said.")] = None,
    top_p: Annotated[float | None, typer.Option(help="1 unless said.")] = None,
    top_k: Annotated[int | None, typer.Option(help="Draw from so many of the likeliest tokens only.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="As the model's runs on the benchmark, else 512.")] = None,
    stop: Stops = None,
    template: Annotated[str | None, typer.Option(help="The prompt, with {question} where it belongs.")] = None,
    chat: Annotated[bool | None, typer.Option("--chat/--completion", help="How the prompt is put.")] = None,
    system: Annotated[str | None, typer.Option(help="The system message of a chat.")] = None,
    seed: Annotated[int | None, typer.Option(help="Draws that can be repeated, where the engine can.")] = None,
    verifier: Annotated[str | None, typer.Option(help="Who judges; as the benchmark's runs, else math_verify.")] = None,
    run: Annotated[str | None, typer.Option(help="The run's name; one that exists is added to.")] = None,
    batch: Annotated[int, typer.Option(min=1, help="The most samples a request asks for.")] = 32,
    estimate: Annotated[bool, typer.Option("--estimate", help="Tell what it would take, and draw nothing.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Draw samples of a benchmark's problems from a model, judge them as they arrive, and stay until all are there."""
    use(database)
    said = {
        "model": model, "benchmark": benchmark, "samples": samples, "engines": engine or [],
        "problems": listed(problems), "undetermined": listed(undetermined), "temperature": temperature, "top_p": top_p,
        "top_k": top_k, "max_tokens": max_tokens, "stop": stop or [], "template": template, "chat": chat,
        "system": system, "seed": seed, "verifier": verifier, "run": run, "batch": batch,
    }  # fmt: skip
    if estimate:
        respond("sample_plan", said, as_json)
    watched("sample", "sample_start", said, as_json)


@app.command()
def jobs(as_json: AsJson = False, database: Database = None) -> None:
    """List the jobs, the newest first."""
    use(database)
    respond("jobs", {}, as_json, empty_is_fine=as_json)


@app.command()
def job(job: int, as_json: AsJson = False, database: Database = None) -> None:
    """Tell how one job stands, problem by problem."""
    use(database)
    respond("job", {"job": job}, as_json)


@app.command()
def cancel(job: int, as_json: AsJson = False, database: Database = None) -> None:
    """End a job; what has arrived is kept."""
    use(database)
    respond("cancel", {"job": job}, as_json)


@app.command()
def resume(job: int, as_json: AsJson = False, database: Database = None) -> None:
    """Take up again what a job has left, and stay until it is done."""
    use(database)
    watched("resume", "resume_start", {"job": job}, as_json)


@app.command("add-problem")
def add_problem(
    benchmark: str,
    problem: str,
    question: Annotated[str, typer.Option(help="The problem's statement.")],
    answer: Annotated[str | None, typer.Option(help="The answer that counts as correct.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Add a problem of your own, to draw samples of."""
    use(database)
    said = {"benchmark": benchmark, "problem": problem, "question": question, "reference_answer": answer}
    respond("add_problem", said, as_json)


@app.command()
def settle(
    base: str,
    rlvr: str,
    problems: ProblemIds = None,
    most: Annotated[int, typer.Option(min=1, help="Leave problems alone that would need more samples.")] = 4096,
    confirm: Annotated[int | None, typer.Option(min=1, help="So many fresh samples instead, in runs apart.")] = None,
    draw: Annotated[
        bool, typer.Option("--draw", help="Draw them, from both models, and stay until all are there.")
    ] = False,
    engine: Engines = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Tell how many more samples would settle what two runs leave open."""
    use(database)
    said = {"base": base, "rlvr": rlvr, "problems": listed(problems), "most": most, "confirm": confirm}
    if draw:
        watched("settle_and_stay", "settle", {**said, "engines": engine or []}, as_json)
    respond("settle", {**said, "engines": engine or [], "dry_run": True}, as_json)


@app.command("continue")
def continue_from(
    run: str,
    problem: str,
    prefix: Annotated[str, typer.Option(help="The beginning of an answer that samples of the run share.")],
    samples: Annotated[int, typer.Option(min=1, help="How many samples go on from it.")],
    by: Annotated[str | None, typer.Option(help="The run whose model goes on; unless said, the same.")] = None,
    engine: Engines = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Draw samples that go on from the beginning of an answer; they never enter any run's counts."""
    use(database)
    said = {"run": run, "problem": problem, "prefix": prefix, "samples": samples, "by": by, "engines": engine or []}
    watched("continue_and_stay", "continue_from", said, as_json)


@app.command("prefix-samples")
def prefix_samples(
    run: str,
    problem: Annotated[str | None, typer.Argument(help="One problem; else all.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List samples that a run's model drew from given beginnings; none of them enters the run's counts."""
    use(database)
    respond("prefix_samples", {"run": run, "problem": problem}, as_json)
