"""The commands about verdicts."""

from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, Limit, Offset, app, respond, use


@app.command()
def verifiers(as_json: AsJson = False, database: Database = None) -> None:
    """List the verifiers that can grade samples."""
    use(database)
    respond("verifiers", {}, as_json)


@app.command()
def regrade(
    run: str,
    verifier: Annotated[str, typer.Option(help="The verifier, by name.")],
    counts: Annotated[bool, typer.Option("--count/--no-count", help="Whether its verdicts are to count.")] = True,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Grade a run's samples with a verifier of ours."""
    use(database)
    respond("regrade", {"run": run, "verifier": verifier, "counts": counts}, as_json)


@app.command()
def verdicts(run: str, as_json: AsJson = False, database: Database = None) -> None:
    """List which verifiers have judged a run, and which one counts."""
    use(database)
    respond("verdicts", {"run": run}, as_json)


@app.command()
def disagreements(
    run: str,
    verifier: str,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List samples on which a verifier disagrees with the one that counts."""
    use(database)
    respond("disagreements", {"run": run, "verifier": verifier, "limit": limit, "offset": offset}, as_json)


@app.command("count-by")
def count_by(run: str, verifier: str, as_json: AsJson = False, database: Database = None) -> None:
    """Let another verifier's verdicts count; `imported` names those that came with the file."""
    use(database)
    respond("count_by", {"run": run, "verifier": verifier}, as_json)


@app.command()
def correct(
    benchmark: str,
    problem: str,
    answer: Annotated[str | None, typer.Argument(help="The right answer.")] = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Take the answer back: the right one is not known.")
    ] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Correct a problem's reference answer, which grades its samples again."""
    if unknown == (answer is not None):
        raise typer.BadParameter("Give the right answer, or --unknown where none is known.")
    use(database)
    respond("correct", {"benchmark": benchmark, "problem": problem, "answer": answer}, as_json)


@app.command()
def corrections(
    benchmark: Annotated[str | None, typer.Argument(help="One benchmark; else all.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List the reference answers that were corrected, newest first."""
    use(database)
    respond("corrections", {"benchmark": benchmark}, as_json)


@app.command()
def regrades(
    run: Annotated[str | None, typer.Argument(help="One run; else all.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """List what was graded anew, newest first."""
    use(database)
    respond("regrades", {"run": run}, as_json)


@app.command()
def hygiene(
    run: str,
    texts: Annotated[bool, typer.Option("--texts", help="Read every completion for further findings.")] = False,
    import_id: Annotated[int | None, typer.Option("--import", help="Only what this import brought.")] = None,
    finding: Annotated[str | None, typer.Option(help="List the samples of this finding instead.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Report what may be wrong with a run's samples."""
    use(database)
    about = {"run": run, "texts": texts, "import_id": import_id}
    respond("hygiene", {**about, "finding": finding, "limit": limit, "offset": offset}, as_json)
