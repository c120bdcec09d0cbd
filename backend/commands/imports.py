"""Commands that bring samples in."""

from collections.abc import Sequence
from pathlib import Path

from backend.background import Tell
from backend.commands.plain import Plain, records, report_in_plain
from backend.config import ROOT, settings
from backend.errors import AppError, NotFound
from backend.handover import error_in_plain
from backend.importers import Wanted, import_file, import_paths, mapping_for, previews, saved_mappings
from backend.importers.source import Source
from backend.store import queries
from backend.store.database import Store

DEMO = ROOT / "data" / "demo"


def import_(
    store: Store,
    paths: Sequence[str],
    *,
    benchmark: str | None = None,
    model: str | None = None,
    training: str | None = None,
    run: str | None = None,
    strict: bool = False,
    format_name: str | None = None,
    mapping: str | None = None,
    map_fields: Sequence[str] = (),
    texts: bool = True,
    progress: Tell | None = None,
) -> dict[str, Plain]:
    """Import files and folders; what was refused stands under `error`, after the reports of what came before it."""
    wanted = Wanted(format_name=format_name, mapping=mapping, map_fields=tuple(map_fields), texts=texts)
    given = {"benchmark": benchmark, "model": model, "training": training, "run": run}
    imports: list[dict[str, Plain]] = []
    files = [Path(path) for path in paths]
    try:
        for report in import_paths(store, files, wanted=wanted, **given, strict=strict, progress=progress):
            imports.append(report_in_plain(report))
    except AppError as error:
        told = error_in_plain(error)
        if error.rejected:
            imports.append({"file": files[0].name, "added": 0, "rejected": told["rejected"]})
        return {"imports": imports, "error": told}
    return {"imports": imports}


def title_of_import(paths: Sequence[str], **_: Plain) -> str:
    """Say in a few words what an import brings in."""
    more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
    return f"Import of {Path(paths[0]).name}{more}"


def formats(_: Store) -> list[dict[str, Plain]]:
    """List the formats that are read, with their fields."""
    return previews.formats()


def inspect(
    store: Store,
    path: str,
    *,
    format_name: str | None = None,
    mapping: str | None = None,
    map_fields: Sequence[str] = (),
) -> dict[str, Plain]:
    """Say what a file is and what would be stored of it, storing nothing."""
    wanted = Wanted(format_name=format_name, mapping=mapping, map_fields=tuple(map_fields))
    return previews.inspect(Path(path), wanted=wanted, database=store.path)


def imports(store: Store) -> list[dict[str, Plain]]:
    """List the imports, newest first."""
    return records(queries.imports(store, queries.totals(store)["imports"]))


def report(store: Store, import_id: int) -> dict[str, Plain]:
    """Tell what became of the rows of one import, with every row that was rejected."""
    found = queries.imports(store, queries.totals(store)["imports"])
    found = found[found["import_id"] == import_id]
    if found.empty:
        raise NotFound(f"There is no import {import_id}.", "`python -m backend imports` lists them.")
    return {**records(found)[0], "rejections": records(queries.import_rejections(store, import_id))}


def mappings(store: Store) -> list[dict[str, Plain]]:
    """List the saved mappings."""
    kept = saved_mappings.saved_mappings(store.path or settings().database)
    return [{"name": name, "mapping": mapping} for name, mapping in kept.items()]


def delete_mapping(store: Store, name: str) -> dict[str, Plain]:
    """Forget a saved mapping."""
    saved_mappings.delete_mapping(store.path or settings().database, name)
    return {"deleted": name}


def save_mapping(
    store: Store, name: str, path: str, *, mapping: str | None = None, map_fields: Sequence[str] = ()
) -> dict[str, Plain]:
    """Keep a mapping under a name, for files like this one."""
    wanted = Wanted(mapping=mapping, map_fields=tuple(map_fields))
    database = store.path or settings().database
    kept = saved_mappings.save_mapping(database, name, mapping_for(Source(Path(path), path), wanted, database))
    return {"mapping": name, "kept_in": str(kept)}


def demo(store: Store, folder: str | None = None) -> dict[str, Plain]:
    """Fill an empty store with the samples that come with the project; a store that holds runs stays as it is."""
    if queries.totals(store)["runs"]:
        return {"imports": []}
    files = sorted(Path(folder or DEMO).glob("*.parquet"), key=lambda p: (p.stem != "problems", p.name))
    return {"imports": [report_in_plain(import_file(store, path)) for path in files]}
