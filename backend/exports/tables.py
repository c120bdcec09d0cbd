"""The data behind a view, as CSV, Parquet or JSON, each with a block of metadata that says what the numbers are."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from backend.comparison import histogram
from backend.comparison.boundary_words import boundary_cells, boundary_found
from backend.comparison.difference import delta
from backend.comparison.verdicts import problem_verdicts
from backend.errors import BadInput
from backend.exports.drawings import curve_points, pair_counts
from backend.exports.material import Asked, Material, budget

FORMS = ("csv", "parquet", "json")
METADATA_KEY = b"reasoning_boundary_explorer"
"""Under this key a Parquet file's schema holds the metadata, as JSON."""


def _curve(material: Material, asked: Asked) -> pd.DataFrame:
    names = dict(zip(material.runs["run"], material.runs["name"], strict=True))
    points = curve_points(material, asked).drop(columns=["label"])
    points.insert(1, "name", points["run"].map(names))
    axis = "k" if asked.found.over_k else "threshold"
    return points.rename(columns={"value": asked.metric, "k": axis})


def _counts(material: Material, _: Asked) -> pd.DataFrame:
    return material.counts[["run", "problem", "n", "c", "no_answer", "errors", "unscored"]]


def _difference(material: Material, asked: Asked) -> pd.DataFrame:
    counts = pair_counts(material, asked)
    if counts is None:
        raise BadInput("A difference is known of two runs and a pass@k.", "Name two runs and pass_at_k.")
    return delta(counts, level=asked.level, seed=asked.seed)


def _boundary(material: Material, asked: Asked) -> pd.DataFrame:
    m = budget(material.compared, asked.m)
    found = boundary_found(*material.sides, m, level=asked.level)
    cells = boundary_cells(found)[["solved", "size", "share"]]
    ends = [found["intervals"][name] for name in cells["solved"]]
    nulls = [found["null"].get({"base_only": "base", "rlvr_only": "rlvr"}.get(name, "")) for name in cells["solved"]]
    seen = [found["seen"][name] for name in cells["solved"]]
    low, high = ([end[place] for end in ends] for place in (0, 1))
    return cells.assign(m=m, low=low, high=high, rerun=np.array(nulls, dtype=float), seen_with_all_samples=seen)


def verdict_rows(material: Material, asked: Asked) -> pd.DataFrame:
    """What the samples say of each compared problem (`comparison.verdicts.problem_verdicts`)."""
    counts = material.compared
    return problem_verdicts(counts, m=budget(counts, asked.m), q=asked.q, level=asked.level)


def _bins(material: Material, _: Asked) -> pd.DataFrame:
    return histogram.histogram(material.compared)


def _moves(material: Material, _: Asked) -> pd.DataFrame:
    moves = histogram.transitions(material.compared)
    labels = {f"{side}_accuracy": [histogram.BINS[b] for b in moves[f"{side}_bin"]] for side in ("base", "rlvr")}
    return moves.assign(**labels)


TABLES: Mapping[str, Callable[[Material, Asked], pd.DataFrame]] = {
    "curves": _curve,
    "counts": _counts,
    "difference": _difference,
    "boundary": _boundary,
    "verdicts": verdict_rows,
    "bins": _bins,
    "moves": _moves,
}


def find_table(name: str) -> Callable[[Material, Asked], pd.DataFrame]:
    """Return what makes the table of this name. Raises BadInput where there is none."""
    if name not in TABLES:
        raise BadInput(f"There is no table {name}.", f"Name one of {', '.join(TABLES)}.")
    return TABLES[name]


def written(table: pd.DataFrame, about: Mapping[str, Any], form: str) -> bytes:
    """Return a table as a file of this form. Raises BadInput for a form that does not exist."""
    if form not in FORMS:
        raise BadInput(f"There is no data file of the form {form}.", f"Name one of {', '.join(FORMS)}.")
    return {"csv": _csv, "parquet": _parquet, "json": _json}[form](table, about)


def _csv(table: pd.DataFrame, about: Mapping[str, Any]) -> bytes:
    """Lines of metadata behind `#`, the first of which says how many to skip; then the table."""
    said = [f"# {name}: {_on_one_line(value)}" for name, value in about.items()]
    head = [f"# {len(said) + 1} lines say what the numbers are; to read the table, skip them", *said]
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow([defused(str(name)) for name in table])
    for row in table.itertuples(index=False):
        rows.writerow([_cell(value) for value in row])
    return ("\n".join(head) + "\n" + file.getvalue()).encode()


def _on_one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _cell(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    return defused(value) if isinstance(value, str) else value


_FORMULA = re.compile("\\s*[=+\\-@\\t\\r\\n\\u2212\\uff1d\\uff0b\\uff0d\\uff20]")
_NUMBER = re.compile(r"[+-]?(\d{1,300}(\.\d{0,300})?|\.\d{1,300})([eE][+-]?\d{1,3})?", re.A)


def defused(text: str) -> str:
    """A cell that a spreadsheet would run as a formula, with an apostrophe before it; numbers stay numbers."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _parquet(table: pd.DataFrame, about: Mapping[str, Any]) -> bytes:
    made = pa.Table.from_pandas(table, preserve_index=False)
    made = made.replace_schema_metadata(
        {**(made.schema.metadata or {}), METADATA_KEY: json.dumps(about, ensure_ascii=False, allow_nan=False)}
    )
    file = io.BytesIO()
    pq.write_table(made, file, compression="zstd")
    return file.getvalue()


def _json(table: pd.DataFrame, about: Mapping[str, Any]) -> bytes:
    rows = [
        {str(name): None if pd.isna(value) else _plain(value) for name, value in row.items()}
        for row in table.to_dict("records")
    ]
    return json.dumps({"about": about, "rows": rows}, ensure_ascii=False, allow_nan=False, indent=1).encode()


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
