"""What trainings logged of themselves, step by step, and which models came out of them."""

import re
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from backend.errors import NotFound
from backend.store.database import Store
from backend.store.incoming import Rejection
from backend.store.lending import Lending
from backend.store.migrations import first_row, new_ids

VALUES = ("reward", "entropy", "length")
_STEP = re.compile(r"[-_/ .]*(?:global[-_ ]?step|checkpoint|step|ckpt)?[-_/ ]*(\d+)$", re.IGNORECASE)
_ALONE = r"(?<![\d.]){}(?!\.?\d|[A-Za-z])"
"""A step elsewhere in a name: a number of its own, not the 5 of `2.5` nor the 7 of `7B`."""


def family_of(model: str, step: int | None) -> str:
    """Return a checkpoint's name without its step: what all checkpoints of one training share."""
    if step is None:
        return model
    found = _STEP.search(model)
    if found and int(found[1]) == step:
        return model[: found.start()] or model
    return re.sub(_ALONE.format(step), "", model)


def training_logs(store: Store) -> pd.DataFrame:
    """Return one row a log: log, file_name, imported_at, steps, first_step, last_step, and whether it has each value.

    models: the models of the store that came out of it, by their names.
    """
    logs = store.read(
        """
        select name as log, file_name, imported_at, count(*) as steps, min(step) as first_step, max(step) as last_step,
            bool_or(reward is not null) as has_reward, bool_or(entropy is not null) as has_entropy,
            bool_or(length is not null) as has_length
        from training_logs join training_steps using (log_id) left join imports using (import_id)
        group by name, file_name, imported_at order by name
        """
    )
    models = store.rows("select name, checkpoint_step from models order by checkpoint_step, name")
    families = [(family_of(name, step), name) for name, step in models]
    listed: Any = [[name for family, name in families if family == log] for log in logs["log"]]
    return logs.assign(models=listed)


def training_steps(store: Store, log: str) -> pd.DataFrame:
    """Return one row a step of a log: step, reward, entropy, length, NaN where it does not say; empty for no log."""
    return store.read(
        """select step, reward, entropy, length from training_steps join training_logs using (log_id)
        where name = ? order by step""",
        [log],
    )


def delete_training_log(store: Store, log: str) -> int:
    """Delete a log; return how many steps it had. Raises NotFound where there is none of this name."""
    with store.write() as cursor:
        return _delete(cursor, log)


def _delete(cursor: duckdb.DuckDBPyConnection, log: str) -> int:
    found = first_row(cursor, "select log_id from training_logs where name = ?", [log])
    if not found:
        raise NotFound(f"The store holds no training log {log}.", "`python -m backend training-logs` lists them.")
    (steps,) = first_row(cursor, "select count(*) from training_steps where log_id = ?", [found[0]]) or (0,)
    cursor.execute("delete from training_steps where log_id = ?", [found[0]])
    cursor.execute("delete from training_logs where log_id = ?", [found[0]])
    return int(steps)


def delete_log_of(cursor: duckdb.DuckDBPyConnection, model: str, step: int | None) -> None:
    """Delete the log of a model that was just deleted, where none of its training's models is left."""
    family = family_of(model, step)
    left = cursor.execute("select name, checkpoint_step from models").fetchall()
    known = first_row(cursor, "select 1 from training_logs where name = ?", [family])
    if known and family not in {family_of(name, at) for name, at in left}:
        _delete(cursor, family)


def add_steps(
    cursor: duckdb.DuckDBPyConnection, lending: Lending, table: pa.Table, import_id: int
) -> tuple[int, int, list[Rejection]]:
    """Add the steps of a batch; return how many are new, how many the store holds alike, and those that differ."""
    ids = {name: _log_id(cursor, name, import_id) for name in dict.fromkeys(table.column("log").to_pylist())}
    stored = {
        (log, step): values
        for log, step, *values in cursor.execute(
            "select * from training_steps where log_id in (select unnest(?::bigint[]))", [list(ids.values())]
        ).fetchall()
    }
    fresh, alike, rejected = [], 0, []
    for row in table.to_pylist():
        place, values = (ids[row["log"]], row["step"]), [row[name] for name in VALUES]
        if place not in stored:
            stored[place] = values
            fresh.append((*place, *values))
        elif stored[place] == values:
            alike += 1
        else:
            reason = (
                f"step {row['step']} of the training log {row['log']} has other values in the store; delete that log"
            )
            rejected.append(Rejection(row["line"], reason))
    columns = list(zip(*fresh, strict=True)) or [()] * 5
    types = [pa.int64(), pa.int64(), pa.float64(), pa.float64(), pa.float64()]
    names = ("log_id", "step", *VALUES)
    added = {name: pa.array(column, of) for name, column, of in zip(names, columns, types, strict=True)}
    lending.ask(pa.table(added), "insert into training_steps select * from {given}")
    return len(fresh), alike, rejected


def _log_id(cursor: duckdb.DuckDBPyConnection, name: str, import_id: int) -> int:
    found = first_row(cursor, "select log_id from training_logs where name = ?", [name])
    if found:
        return int(found[0])
    log_id = new_ids(cursor, 1)
    cursor.execute("insert into training_logs values (?, ?, ?)", [log_id, name, import_id])
    return log_id
