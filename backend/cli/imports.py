"""The commands that bring samples in."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.asking import (
    DONE,
    NOTHING,
    REFUSED,
    AsJson,
    Database,
    FormatName,
    MapFields,
    MappingName,
    app,
    done,
    print_json,
    respond,
    use,
)
from backend.cli.watching import INTERRUPTED
from backend.records import Training


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
    use(database)
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
        done("save_mapping", kept, as_json)
    answer = done("import", arguments, as_json)
    if as_json:
        print_json(answer)
    else:
        for report in answer["imports"]:
            _print_report(report)
    if "error" in answer:
        print(answer["error"]["message"], answer["error"]["hint"], file=sys.stderr)
        raise typer.Exit(INTERRUPTED if answer["error"]["kind"] == "Cancelled" else REFUSED)
    raise typer.Exit(NOTHING if any(report["rejected"] for report in answer["imports"]) else DONE)


def _completed(count: int) -> str:
    return f"{count:,} sample{'s' * (count != 1)} completed, " if count else ""


def _print_report(report: dict[str, Any]) -> None:
    if "rows" in report:
        print(
            f"{report['file']}: {report['rows']:,} rows read, {report['added']:,} added, "
            f"{_completed(report['completed'])}"
            f"{report['duplicates']:,} there already, {report['rejected_total']:,} rejected, "
            f"{report['unscored']:,} without verdict; "
            f"runs: {', '.join(report['runs']) or 'none'}"
        )
    for rejection in report["rejected"][:20]:
        print(f"  line {rejection['line']}: {rejection['reason']}", file=sys.stderr)
    for warning in report.get("warnings", []):
        print(f"  note: {warning}", file=sys.stderr)


@app.command()
def formats(as_json: AsJson = False, database: Database = None) -> None:
    """List the file formats that are read."""
    use(database)
    respond("formats", {}, as_json)


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
    use(database)
    reading = {"format_name": format_name, "mapping": mapping, "map_fields": map_fields or []}
    respond("inspect", {"path": str(path.resolve()), **reading}, as_json)


@app.command("imports")
def list_imports(as_json: AsJson = False, database: Database = None) -> None:
    """List the imports, newest first."""
    use(database)
    respond("imports", {}, as_json)


@app.command("import-report")
def import_report(import_id: int, as_json: AsJson = False, database: Database = None) -> None:
    """Tell what became of the rows of one import."""
    use(database)
    respond("import_report", {"import_id": import_id}, as_json)


@app.command()
def mappings(as_json: AsJson = False, database: Database = None) -> None:
    """List the saved mappings."""
    use(database)
    respond("mappings", {}, as_json)


@app.command("delete-mapping")
def delete_mapping(name: str, as_json: AsJson = False, database: Database = None) -> None:
    """Forget a saved mapping."""
    use(database)
    respond("delete_mapping", {"name": name}, as_json)


@app.command()
def demo(as_json: AsJson = False, database: Database = None) -> None:
    """Fill an empty store with the samples that come with the project."""
    use(database)
    respond("demo", {}, as_json, empty_is_fine=True)
