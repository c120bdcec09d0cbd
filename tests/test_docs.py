"""The documents say what the program does."""

import re
from pathlib import Path

import pytest

from backend.access.rules import read_rules
from backend.importers import import_file
from backend.store.database import Store
from backend.store.incoming import FIELDS

ROOT = Path(__file__).resolve().parents[1]
FORMAT = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```jsonl\n(.*?)```", FORMAT, flags=re.DOTALL)


def test_the_format_is_documented_column_by_column() -> None:
    documented = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", FORMAT, flags=re.MULTILINE))
    assert {name: kind.strip() for name, kind in documented.items() if name in FIELDS} == {
        field.name: field.kind.value for field in FIELDS.values()
    }
    for field in FIELDS.values():
        assert f"| {field.meaning} |" in FORMAT


@pytest.mark.parametrize(("example", "added"), list(zip(EXAMPLES, [3, 1, 1], strict=True)))
def test_every_example_of_the_format_can_be_imported(store: Store, tmp_path: Path, example: str, added: int) -> None:
    path = tmp_path / "example.jsonl"
    path.write_text(example, encoding="utf-8")
    report = import_file(store, path, strict=True)
    assert report.added == added


def test_every_access_file_of_the_document_can_be_used(tmp_path: Path) -> None:
    security = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    shown = [said for said in re.findall(r"```toml\n(.*?)```", security, flags=re.DOTALL) if "sign_in" in said]
    for number, said in enumerate(shown):
        path = tmp_path / f"{number}.toml"
        path.write_text(said, encoding="utf-8")
        assert read_rules(path).sign_in == ("oidc", "proxy")[number]
    assert len(shown) == 2
