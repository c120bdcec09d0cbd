"""Data that leaves the program: what the numbers are stands with them, and a spreadsheet runs nothing."""

import csv
import io
import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from backend.comparison.curves import curves
from backend.errors import BadInput
from backend.exports.material import Asked, about, gather
from backend.exports.tables import METADATA_KEY, TABLES, defused, find_table, written
from backend.store.database import Store
from backend.store.queries import correct_counts, runs


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "−x", "--1", "=1e5", "+"],
)
def test_a_cell_that_begins_a_formula_is_defused(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+5", "-0.25", "-1e-9", "-.5", "a=1", "p-1", "", "'=1", "1-2"])
def test_numbers_and_plain_texts_stay_as_they_are(cell: str) -> None:
    assert defused(cell) == cell


def lines_and_rows(content: bytes) -> tuple[list[str], list[dict[str, str]]]:
    text = content.decode()
    head = [line for line in text.split("\n") if line.startswith("# ")]
    skipped = int(head[0].split()[1])
    return head, list(csv.DictReader(io.StringIO("\n".join(text.split("\n")[skipped:]))))


def test_csv_says_what_it_is_in_as_many_lines_as_it_says(hostile_store: Store) -> None:
    keys = [str(run) for run in runs(hostile_store)["run"]]
    material = gather(hostile_store, keys)
    table = find_table("counts")(material, Asked())
    head, rows = lines_and_rows(written(table, about(material, Asked()), "csv"))
    said = dict(line[2:].split(": ", 1) for line in head[1:])
    assert json.loads(said["seed"]) == Asked().seed
    assert [file["sha256"] for file in json.loads(said["files"])] == material.files["sha256"].tolist()
    assert [(row["problem"], int(row["n"]), int(row["c"])) for row in rows] == [
        (defused(name), n, c) for name, n, c in zip(table["problem"], table["n"], table["c"], strict=True)
    ]


@pytest.mark.parametrize("name", list(TABLES))
def test_every_table_is_the_same_in_each_form(two_runs: Store, name: str) -> None:
    material = gather(two_runs, ["base", "rlvr"])
    table = find_table(name)(material, Asked())
    told = about(material, Asked(), table=name)
    stored = pq.read_table(io.BytesIO(written(table, told, "parquet")))
    assert json.loads(stored.schema.metadata[METADATA_KEY])["table"] == name
    pd.testing.assert_frame_equal(stored.to_pandas(), table.reset_index(drop=True), check_dtype=False)
    plain = json.loads(written(table, told, "json"))
    assert plain["about"]["runs"][0]["name"] == "base"
    assert len(plain["rows"]) == len(table)
    _, rows = lines_and_rows(written(table, told, "csv"))
    assert [list(row) for row in rows] == [list(table)] * len(table)
    for column in map(str, table.select_dtypes("number")):
        assert [float(row[column]) if row[column] else None for row in rows] == pytest.approx(
            [None if pd.isna(value) else float(value) for value in table[column]]
        )


def test_the_curves_are_those_of_the_page(two_runs: Store) -> None:
    material = gather(two_runs, ["base", "rlvr"])
    table = find_table("curves")(material, Asked())
    expected = curves(correct_counts(two_runs, ["base", "rlvr"]))
    assert table["pass_at_k"].tolist() == pytest.approx(expected["value"].tolist())
    assert table["low"].tolist() == pytest.approx(expected["low"].tolist())


def test_unknown_tables_and_forms_are_refused_with_what_there_is(two_runs: Store) -> None:
    with pytest.raises(BadInput, match="no table nothing"):
        find_table("nothing")
    with pytest.raises(BadInput, match="form xls"):
        written(pd.DataFrame(), {}, "xls")
    with pytest.raises(BadInput, match="1 run named"):
        find_table("verdicts")(gather(two_runs, ["base"]), Asked())
