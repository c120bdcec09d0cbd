"""Mappings kept by name: one small JSON file each, in a folder beside the store."""

import json
import re
from pathlib import Path
from typing import Any

from backend.errors import BadInput, NotFound
from backend.importers.mapping import FieldMapping, from_plain, in_plain
from backend.importers.places import read_object

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
GUESS = "guess"
"""The name under which nothing is saved: it stands for the guess."""


def folder_of(database: Path) -> Path:
    """Return where the mappings of a store lie."""
    return database.with_name(f"{database.name}.mappings")


def save_mapping(database: Path, name: str, mapping: FieldMapping) -> Path:
    """Keep a mapping under a name; one that has the name already is replaced."""
    if not NAME.match(name) or name == GUESS:
        raise BadInput(f"{name} cannot be a mapping's name.", "Use letters, digits, dots, dashes; but not guess.")
    path = folder_of(database) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".json.new")
    beside.write_text(json.dumps(in_plain(mapping), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)
    return path


def saved_mappings(database: Path) -> dict[str, dict[str, Any]]:
    """Return all mappings of a store by name."""
    return {path.stem: read_object(path) for path in sorted(folder_of(database).glob("*.json"))}


def saved_mapping(database: Path, name: str) -> FieldMapping:
    """Return the mapping of this name; raises NotFound, naming all, where there is none."""
    path = folder_of(database) / f"{name}.json"
    if not NAME.match(name) or not path.exists():
        known = ", ".join(saved_mappings(database)) or "none"
        raise NotFound(f"There is no mapping {name}; there are: {known}.", "Save one with --save-mapping NAME.")
    return from_plain(read_object(path), name)


def delete_mapping(database: Path, name: str) -> None:
    """Forget a mapping."""
    saved_mapping(database, name)
    (folder_of(database) / f"{name}.json").unlink()
