"""The command line: everything the pages can do. `--json` prints JSON and nothing else on stdout."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import pandas as pd
import typer

from backend.commands import COMMANDS
from backend.config import settings
from backend.errors import AppError, BadInput, NotFound, StoreBusy
from backend.handover import ask, error_in_plain, read_note
from backend.records import Training
from backend.store.database import Store, open_store

DONE, NOTHING, REFUSED = 0, 1, 2
WAIT_SECONDS = 20.0

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

Result = TypeVar("Result")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]
FormatName = Annotated[str | None, typer.Option("--format", help="The format, where its content should not decide.")]
MappingName = Annotated[str | None, typer.Option(help="A saved mapping by name, or `guess`.")]
MapFields = Annotated[list[str] | None, typer.Option("--map", help="field=column, as often as needed.")]
Database = Annotated[Path | None, typer.Option("--database", help="The store's file; else BOUNDARY_DATABASE.")]


@app.callback()
def common(database: Database = None) -> None:
    """See sampled reasoning of language models: pass@k, solved sets, samples."""
    _use(database)


def _use(database: Path | None) -> None:
    if database is not None:
        os.environ["BOUNDARY_DATABASE"] = str(database)
        settings.cache_clear()


@app.command("import")
def import_command(
    paths: Annotated[list[Path], typer.Argument(help="Files of samples, counts or problems, or folders of them.")],
    benchmark: Annotated[str | None, typer.Option(help="The benchmark of all rows.")] = None,
    model: Annotated[str | None, typer.Option(help="The model of all rows.")] = None,
    training: Annotated[Training | None, typer.Option(help="How the model came to be.")] = None,
    run: Annotated[str | None, typer.Option(help="The run that all rows belong to.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Store nothing of a file that has a bad row.")] = False,
    format_name: FormatName = None,
    mapping: MappingName = None,
    map_fields: MapFields = None,
    save_mapping: Annotated[str | None, typer.Option(help="Keep the mapping under this name.")] = None,
    texts: Annotated[bool, typer.Option("--texts/--no-texts", help="Whether to read texts kept apart.")] = True,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Import files and folders; each file is one transaction."""
    _use(database)
    places = [str(path.resolve()) for path in paths]
    reading = {"format_name": format_name, "mapping": mapping, "map_fields": map_fields or []}
    arguments = {
        "paths": places,
        "benchmark": benchmark,
        "model": model,
        "training": training,
        "run": run,
        "strict": strict,
        "texts": texts,
        **reading,
    }
    if save_mapping:
        kept = {"name": save_mapping, "path": places[0], "mapping": mapping, "map_fields": map_fields or []}
        _done("save_mapping", kept, as_json)
    answer = _done("import", arguments, as_json, progress=_progress())
    if as_json:
        _print_json(answer)
    else:
        for report in answer["imports"]:
            _print_report(report)
    if "error" in answer:
        print(answer["error"]["message"], answer["error"]["hint"], file=sys.stderr)
        raise typer.Exit(REFUSED)
    raise typer.Exit(NOTHING if any(report["rejected"] for report in answer["imports"]) else DONE)


def _progress() -> Callable[[str, int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def show(name: str, done: int, size: int) -> None:
        sys.stderr.write(f"\r{name}: {done / max(size, 1):4.0%} of {size / 1e6:,.1f} MB")
        sys.stderr.write("\n" if done >= size else "")
        sys.stderr.flush()

    return show


@app.command()
def formats(as_json: AsJson = False, database: Database = None) -> None:
    """List the file formats that are read."""
    _use(database)
    _answer("formats", {}, as_json)


@app.command()
def inspect(
    path: Path,
    format_name: FormatName = None,
    mapping: MappingName = None,
    map_fields: MapFields = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Say what a file is and what would be stored of it, storing nothing."""
    _use(database)
    reading = {"format_name": format_name, "mapping": mapping, "map_fields": map_fields or []}
    _answer("inspect", {"path": str(path.resolve()), **reading}, as_json)


@app.command()
def runs(as_json: AsJson = False, database: Database = None) -> None:
    """List the runs."""
    _use(database)
    _answer("runs", {}, as_json)


@app.command()
def counts(run: str, as_json: AsJson = False, database: Database = None) -> None:
    """List samples and correct samples of each problem of a run."""
    _use(database)
    _answer("counts", {"run": run}, as_json)


@app.command()
def curve(
    runs: Annotated[list[str], typer.Argument(help="Runs, by name or key.")],
    k: Annotated[str | None, typer.Option("--k", help="Budgets, like 1,2,4.")] = None,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Give pass@k of runs, with intervals over the population of problems."""
    _use(database)
    try:
        ks = None if k is None else [int(part) for part in k.split(",")]
    except ValueError:
        _refuse(BadInput(f"--k is {k}.", "Write whole numbers with commas between them, like 1,2,4."), as_json)
    _answer("curve", {"runs": runs, "ks": ks}, as_json)


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
    _use(database)
    _answer("compare", {"base": base, "rlvr": rlvr, "m": m, "q": q}, as_json)


@app.command()
def samples(run: str, problem: str, as_json: AsJson = False, database: Database = None) -> None:
    """List a run's samples of one problem, with their texts."""
    _use(database)
    _answer("samples", {"run": run, "problem": problem}, as_json)


@app.command()
def verifiers(as_json: AsJson = False, database: Database = None) -> None:
    """List the verifiers that can grade samples."""
    _use(database)
    _answer("verifiers", {}, as_json)


@app.command()
def regrade(
    run: str,
    verifier: Annotated[str, typer.Option(help="The verifier, by name.")],
    counts: Annotated[bool, typer.Option("--count/--no-count", help="Whether its verdicts are to count.")] = True,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Grade a run's samples with a verifier of ours."""
    _use(database)
    _answer("regrade", {"run": run, "verifier": verifier, "counts": counts}, as_json)


@app.command()
def verdicts(run: str, as_json: AsJson = False, database: Database = None) -> None:
    """List which verifiers have judged a run, and which one counts."""
    _use(database)
    _answer("verdicts", {"run": run}, as_json)


@app.command("count-by")
def count_by(run: str, verifier: str, as_json: AsJson = False, database: Database = None) -> None:
    """Let another verifier's verdicts count; `imported` names those that came with the file."""
    _use(database)
    _answer("count_by", {"run": run, "verifier": verifier}, as_json)


@app.command()
def correct(benchmark: str, problem: str, answer: str, as_json: AsJson = False, database: Database = None) -> None:
    """Correct a problem's reference answer, which grades its samples again."""
    _use(database)
    _answer("correct", {"benchmark": benchmark, "problem": problem, "answer": answer}, as_json)


@app.command()
def hygiene(
    run: str,
    texts: Annotated[bool, typer.Option("--texts", help="Read every completion for further findings.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Report what may be wrong with a run's samples."""
    _use(database)
    _answer("hygiene", {"run": run, "texts": texts}, as_json)


@app.command()
def delete(
    run: str,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Delete a run with all its samples."""
    _use(database)
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Delete run {run} and all its samples?", err=True)):
        _refuse(BadInput(f"Run {run} was not deleted.", "Say --yes to delete it."), as_json)
    _answer("delete", {"run": run}, as_json)


@app.command()
def demo(as_json: AsJson = False, database: Database = None) -> None:
    """Fill an empty store with the samples that come with the project."""
    _use(database)
    _answer("demo", {}, as_json, empty_is_fine=True)


def _answer(name: str, arguments: dict[str, Any], as_json: bool, *, empty_is_fine: bool = False) -> None:
    """Run a command and print its answer."""
    answer = _done(name, arguments, as_json)
    if as_json:
        _print_json(answer)
    else:
        _print_plain(answer)
    raise typer.Exit(DONE if answer or empty_is_fine else NOTHING)


def _done(name: str, arguments: dict[str, Any], as_json: bool, **here_only: Any) -> Any:
    """Run a command here, or in the app that holds the store, and return its answer."""
    command = COMMANDS[name]

    def there() -> Any:
        note = read_note(settings().database)
        if note is None:
            raise StoreBusy(
                f"Another process holds the store {settings().database}.", "Wait for it, or name another --database."
            )
        return ask(note, f"/api/commands/{name}", json.dumps(arguments).encode(), {})["answer"]

    def here(store: Store) -> Any:
        return command.answer(store, **arguments, **here_only)

    try:
        return _with_store(here, there, read_only=not command.writes)
    except AppError as error:
        return _refuse(error, as_json)


def _with_store(here: Callable[[Store], Result], there: Callable[[], Result], *, read_only: bool) -> Result:
    """Do the work here; while an app holds the store, there; while a command holds it, wait for that to end."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            store = open_store(settings().database, read_only=read_only)
        except StoreBusy:
            if read_note(settings().database) is not None or time.monotonic() > deadline:
                return there()
            time.sleep(0.2)
            continue
        try:
            return here(store)
        finally:
            store.close()


def _refuse(error: AppError, as_json: bool) -> Any:
    if as_json:
        _print_json({"error": error_in_plain(error)})
    _complain(error)
    raise typer.Exit(NOTHING if isinstance(error, NotFound) else REFUSED)


def _complain(error: AppError) -> None:
    print(error, file=sys.stderr)


def _print_json(answer: Any) -> None:
    print(json.dumps(answer, ensure_ascii=False, allow_nan=False))


def _print_report(report: dict[str, Any]) -> None:
    if "rows" in report:
        print(
            f"{report['file']}: {report['rows']:,} rows read, {report['added']:,} added, "
            f"{report['duplicates']:,} there already, {report['rejected_total']:,} rejected, "
            f"{report['unscored']:,} without verdict; "
            f"runs: {', '.join(report['runs']) or 'none'}"
        )
    for rejection in report["rejected"][:20]:
        print(f"  line {rejection['line']}: {rejection['reason']}", file=sys.stderr)
    for warning in report.get("warnings", []):
        print(f"  note: {warning}", file=sys.stderr)


def _print_plain(answer: Any) -> None:
    """Print rows as a table, and sets with their sizes."""
    if isinstance(answer, list):
        print(_table(answer)) if answer else print("nothing found", file=sys.stderr)
        return
    for name, value in answer.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            print(f"{name}:\n{_table(value)}")
        elif isinstance(value, list):
            print(f"{name} ({len(value)}): {', '.join(map(str, value))}")
        elif isinstance(value, dict):
            print(f"{name}: {', '.join(f'{k} {_short(v)}' for k, v in value.items())}")
        else:
            print(f"{name}: {_short(value)}")


def _short(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(rows: list[dict[str, Any]]) -> str:
    return pd.DataFrame([{k: _short(v) for k, v in row.items()} for row in rows]).to_string(index=False)
