"""Rows of samples that the store holds already: they complete what was missing, add nothing, or contradict it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa

from backend.store.columns import combined
from backend.store.incoming import OTHER_LOGPROB, OTHER_VERDICT, Rejection
from backend.store.lending import Lending
from backend.store.migrations import first_row

FACTS = ("finish_reason", "token_count", "sum_logprob", "min_logprob", "metadata")
"""What is filled in where it was null. The seed is not among them: rows without numbers are known again by it."""

OTHERS = (("other_verdicts", "verifier", OTHER_VERDICT), ("other_logprobs", "model", OTHER_LOGPROB))
"""Tables of what others say of a sample, with the column that names them."""

# The verdict and the answer that came with the file stand in `samples` as long as they count, else beside them.
_KNOWN = f"""
    create or replace temp table known as
    select given.place, given.run_id, samples.sample_id, runs.name as run, came.verifier as came,
        came.verifier is null or came.verifier = coalesce(samples.verifier, 'imported') as counts,
        case when counts then samples.verdict else beside.verdict end as had_verdict,
        case when counts then samples.answer else came.answer end as had_answer,
        samples.verifier as had_verifier, {", ".join(f"samples.{fact} as had_{fact}" for fact in FACTS)},
        given.completion is not null and stored.sample_id is null as wordless,
        coalesce(given.verdict::varchar = had_verdict::varchar, true) as same_verdict,
        coalesce(given.completion = stored.completion, true) as same_text,
        samples.sample_id is not null and same_verdict and same_text as fits, false as news
    from {{given}} given join runs using (run_id)
    left join samples on samples.run_id = given.run_id and samples.problem_id = given.problem
        and samples.sample_index = given.sample_index
    left join completions stored on stored.sample_id = samples.sample_id and stored.run_id = samples.run_id
    left join readings came on came.sample_id = samples.sample_id and came.run_id = samples.run_id
        and came.came_with_file
    left join other_verdicts beside on beside.sample_id = samples.sample_id and beside.run_id = samples.run_id
        and beside.verifier = came.verifier
"""


@dataclass
class Tally:
    """What an import has done so far."""

    rows: int = 0
    added: int = 0
    completed: int = 0
    duplicates: int = 0
    unscored: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)


class Repeats:
    """Takes rows of known samples; what the store holds is never overwritten."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, lending: Lending, tally: Tally) -> None:
        self._cursor = cursor
        self._lending = lending
        self._tally = tally

    def add(self, table: pa.Table) -> None:
        """Judge rows against the store, in their order, and fill in what was missing."""
        for rows in _each_sample_once(table):
            rows = rows.append_column("place", pa.array(np.arange(rows.num_rows)))
            with self._lending.lent(rows) as name:
                self._cursor.execute(_KNOWN.format(given=name))
                given = f"{name} given"
                self._reject(given)
                said = [c for c in rows.column_names if rows.column(c).null_count < rows.num_rows]
                self._fill_samples(given, said)
                self._fill_beside(given, said)
            fitting, completed = first_row(
                self._cursor, "select count(*) filter (fits), count(*) filter (news) from known"
            ) or (0, 0)
            self._tally.completed += completed
            self._tally.duplicates += fitting - completed
        self._cursor.execute("drop table if exists known")

    def _reject(self, given: str) -> None:
        refused = self._cursor.execute(
            f"""select given.line, given.problem_id, given.sample_index, known.run, known.sample_id is null,
                same_verdict
            from known join {given} using (place) where not fits order by place"""
        ).fetchall()
        for line, problem, index, run, counts_only, same_verdict in refused:
            what = "completion" if same_verdict else "verdict"
            reason = (
                f"run {run} holds problem {problem} as counts only; delete the run to import its samples"
                if counts_only
                else f"sample {index} of problem {problem} in run {run} has another {what} in the store; "
                "give sample_index or seed, or name another run"
            )
            self._tally.rejected.append(Rejection(line, reason))

    def _fill_samples(self, given: str, said: list[str]) -> None:
        """Fill in completion, verdict, answer and facts where the store has none."""
        if "completion" in said and self._news(given, "wordless"):
            self._insert("completions", "given.completion", given, "wordless")
        scored = "had_verdict is null and given.verdict is not null"
        for column in ("verdict", "verifier", "answer", *FACTS):
            where = f"had_{column} is null and given.{column} is not null"
            if column in ("verdict", "verifier", "answer"):
                where += " and counts"
            if column == "verifier":  # It names who gave the verdict that comes now, not one that came without a name.
                where += f" and {scored}"
            if column in said and self._news(given, where):
                self._cursor.execute(
                    f"""update samples set {column} = given.{column} from known join {given} using (place)
                    where fits and {where} and samples.sample_id = known.sample_id and samples.run_id = known.run_id"""
                )

    def _fill_beside(self, given: str, said: list[str]) -> None:
        """Fill in what belongs beside: the file's verdict and answer where ours count, and what others say."""
        late = "not counts and had_verdict is null and given.verdict is not null"
        if "verdict" in said and self._news(given, late):
            self._insert("other_verdicts", "came, given.verdict", given, late)
        late = "not counts and had_answer is null and given.answer is not null"
        if "answer" in said and self._news(given, late):
            self._cursor.execute(
                f"""update readings set answer = given.answer from known join {given} using (place)
                where fits and {late} and readings.sample_id = known.sample_id and readings.run_id = known.run_id
                    and readings.came_with_file"""
            )
        for table, key, prefix in OTHERS:
            for column in (c for c in said if c.startswith(prefix)):
                name, value = column.removeprefix(prefix), 'given."' + column.replace('"', '""') + '"'
                there = f"""select 1 from {table} o where o.sample_id = known.sample_id and o.run_id = known.run_id
                    and o.{key} = {quoted(name)}"""
                late = f"came is null and {value} is not null and not exists ({there})"
                if self._news(given, late):
                    self._insert(table, f"{quoted(name)}, {value}", given, late)

    def _news(self, given: str, where: str) -> bool:
        """Mark the fitting rows that bring something new; tell whether there are any."""
        (count,) = first_row(
            self._cursor,
            f"update known set news = true from {given} where given.place = known.place and fits and {where}",
        ) or (0,)
        return bool(count)

    def _insert(self, table: str, values: str, given: str, where: str) -> None:
        self._cursor.execute(
            f"""insert into {table} select known.sample_id, known.run_id, {values} from known join {given} using (place)
            where fits and {where}"""
        )


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _each_sample_once(table: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows in turns, in each of which a sample comes once, so that a row is judged after those before it."""
    while table.num_rows:
        codes, _ = combined(table, ["run_id", "problem", "sample_index"])
        first = np.zeros(table.num_rows, dtype=bool)
        first[np.unique(codes, return_index=True)[1]] = True
        yield table if first.all() else table.filter(pa.array(first))
        table = table.filter(pa.array(~first))
