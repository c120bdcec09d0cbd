"""Which verdicts count: several verifiers' verdicts stand beside each other, and one of them makes the numbers.

The verdict that counts stands in `samples`, the others in `other_verdicts`; `readings` keeps, for verifiers of ours and
for whatever came with the file, the answer that was read and the verifier's version.
"""

from typing import Any

import duckdb
import pandas as pd

from backend.errors import NotFound
from backend.store.database import Store
from backend.store.migrations import first_row

IMPORTED = "imported"
"""The name of the verdicts that came with the file, where the file named no verifier; and of whichever did."""


Ids = tuple[int, int]
"""A range of sample ids, both ends included."""
SLICE_IDS = 500_000


def run_id_of(store: Store, run: str) -> int:
    """Return the id of the run with this key. Raises NotFound where there is none."""
    found = store.rows("select run_id from runs where key = ?", [run])
    if not found:
        raise NotFound(f"The store holds no run {run}.", "`python -m backend runs` lists the runs there are.")
    return int(found[0][0])


def set_counting_verifier(store: Store, run: str, verifier: str) -> int:
    """Let the verdicts of this verifier count in a run; return how many samples have another verdict than before.

    `imported` names the verdicts that came with the file. Samples that the verifier has no verdict on are unscored.
    Raises NotFound where the run holds no verdict of it.
    """
    run_id = run_id_of(store, run)
    known = sorted(name for name in verdicts_of(store, run)["verifier"])
    if verifier not in known and (verifier != IMPORTED or not came_with_file(store, run_id)):
        raise NotFound(
            f"Run {run} has no verdicts of {verifier}.", f"It has those of {', '.join(known) or 'no verifier'}."
        )
    changed = 0
    with store.write() as cursor:
        for ids in slices(cursor, run_id):
            remember_file(cursor, run_id, ids)
            cursor.execute(
                f"create or replace temp table chosen as {_CHOSEN}",
                {"run_id": run_id, "verifier": verifier, "low": ids[0], "high": ids[1]},
            )
            changed += count_chosen(cursor, run_id, ids)
        finish(cursor, run_id)
    return changed


def came_with_file(store: Store, run_id: int) -> bool:
    """Tell whether verdicts of another verifier than the file's were ever put beside those of the file."""
    return bool(store.rows("select 1 from readings where run_id = ? and came_with_file limit 1", [run_id]))


_CHOSEN = """
    select s.sample_id, target.verifier,
        case when coalesce(s.verifier, 'imported') = target.verifier then s.verdict else o.verdict end as verdict,
        case when coalesce(s.verifier, 'imported') = target.verifier then s.answer else r.answer end as answer
    from samples s
    join (
        select sample_id, case when $verifier = 'imported' then verifier else $verifier end as verifier
        from readings where run_id = $run_id and came_with_file and sample_id between $low and $high
    ) target using (sample_id)
    left join other_verdicts o on o.sample_id = s.sample_id and o.verifier = target.verifier
        and o.run_id = $run_id and o.sample_id between $low and $high
    left join readings r on r.sample_id = s.sample_id and r.verifier = target.verifier
        and r.run_id = $run_id and r.sample_id between $low and $high
    where s.run_id = $run_id and s.sample_id between $low and $high
"""


def slices(cursor: duckdb.DuckDBPyConnection, run_id: int) -> list[Ids]:
    """Return the ranges of ids in which a run is changed, so that no join holds all of a large run in memory."""
    low, high = first_row(
        cursor,
        "select coalesce(min(sample_id), 0), coalesce(max(sample_id), -1) from samples where run_id = ?",
        [run_id],
    ) or (0, -1)
    return [(start, start + SLICE_IDS - 1) for start in range(low, high + 1, SLICE_IDS)]


def remember_file(cursor: duckdb.DuckDBPyConnection, run_id: int, ids: Ids, ours: str = "") -> None:
    """Keep what came with the file, for samples of which it is not kept yet.

    ours: the verifier that is about to grade. What the file says under that very name is kept as `imported`
    (and as `imported:NAME` where it did not count), so that it is not taken for ours.
    """
    here = "run_id = $run_id and sample_id between $low and $high"
    of_ours = f"(select sample_id from readings where {here} and verifier = $ours and not came_with_file)"
    of_file = f"(select sample_id from readings where {here} and verifier = $ours and came_with_file)"
    place = {"run_id": run_id, "low": ids[0], "high": ids[1]}
    for statement in (
        f"update samples set verifier = null where {here} and verifier = $ours and sample_id not in {of_ours}",
        f"""update other_verdicts
        set verifier = case when sample_id in {of_file} then 'imported' else 'imported:' || verifier end
        where {here} and verifier = $ours and sample_id not in {of_ours}""",
        f"update readings set verifier = 'imported' where {here} and verifier = $ours and came_with_file",
    ):
        if ours:
            cursor.execute(statement, {**place, "ours": ours})
    cursor.execute(
        f"""
        insert into readings
        select sample_id, run_id, coalesce(verifier, 'imported'), null, answer, true from samples
        where {here} and sample_id not in (select sample_id from readings where {here} and came_with_file)
        """,
        place,
    )


def count_chosen(cursor: duckdb.DuckDBPyConnection, run_id: int, ids: Ids) -> int:
    """Let the verdicts of the temporary table `chosen` count; return how many differ from those that did.

    chosen: sample_id, verifier, verdict, answer, for ids of the range. Samples that are not in it stay as they are.
    `finish` must follow the last range.
    """
    place = [run_id, *ids]
    (changed,) = first_row(
        cursor,
        """select count(*) from samples s join chosen using (sample_id)
        where s.run_id = ? and s.sample_id between ? and ? and s.verdict is distinct from chosen.verdict""",
        place,
    ) or (0,)
    cursor.execute(
        """
        insert into other_verdicts
        select s.sample_id, s.run_id, coalesce(s.verifier, 'imported'), s.verdict
        from samples s join chosen using (sample_id)
        where s.run_id = ? and s.sample_id between ? and ?
            and s.verdict is not null and coalesce(s.verifier, 'imported') <> chosen.verifier
        """,
        place,
    )
    drop_others(cursor, run_id, ids)
    cursor.execute(
        """
        update samples s set verdict = chosen.verdict, answer = chosen.answer,
            verifier = nullif(chosen.verifier, 'imported')
        from chosen where s.run_id = ? and s.sample_id between ? and ? and chosen.sample_id = s.sample_id
        """,
        place,
    )
    return int(changed)


def drop_others(cursor: duckdb.DuckDBPyConnection, run_id: int, ids: Ids) -> None:
    """Delete the verdicts beside those that count that are of the verifiers of `chosen`."""
    cursor.execute(
        """delete from other_verdicts o using chosen
        where o.run_id = ? and o.sample_id between ? and ? and o.sample_id = chosen.sample_id
            and o.verifier = chosen.verifier""",
        [run_id, *ids],
    )


def finish(cursor: duckdb.DuckDBPyConnection, run_id: int) -> None:
    """Say which verifier counts in a run, and bring its counts in line."""
    cursor.execute("drop table if exists chosen")
    cursor.execute(
        "update runs set verifier = (select mode(verifier) from samples where run_id = $1) where run_id = $1", [run_id]
    )
    recount(cursor, run_id)


def recount(cursor: duckdb.DuckDBPyConnection, run_id: int) -> None:
    """Bring the per-problem counts of a run in line with the verdicts that count."""
    cursor.execute("delete from counts where has_samples and run_id = ?", [run_id])
    cursor.execute(
        """
        insert into counts
        select run_id, problem_id,
            count(*) filter (verdict in ('correct', 'incorrect', 'no_answer')),
            count(*) filter (verdict = 'correct'), count(*) filter (verdict = 'no_answer'),
            count(*) filter (verdict = 'error'), count(*) filter (verdict is null), true, null
        from samples where run_id = ? group by run_id, problem_id
        """,
        [run_id],
    )


def verdicts_of(store: Store, run: str) -> pd.DataFrame:
    """Return one row a verifier that has verdicts in a run, the one that counts first.

    Columns: verifier, version (None: it came with the file), counts, n (correct, incorrect, no_answer), correct,
    no_answer, errors, unscored (samples without a verdict of it), disagreements (samples in n here and under the
    verdict that counts, correct by one of the two only), graded_at.
    """
    return store.read(
        """
        with own as (select sample_id, coalesce(verifier, 'imported') as verifier, verdict
            from samples where run_id = $run_id),
        said as (
            select verifier, true as counts, verdict, verdict as counting from own
            union all
            select o.verifier, false, o.verdict, own.verdict
            from other_verdicts o join own using (sample_id) where o.run_id = $run_id
        ),
        summed as (
            select verifier, bool_or(counts) as counts,
                count(*) filter (verdict in ('correct', 'incorrect', 'no_answer')) as n,
                count(*) filter (verdict = 'correct') as correct, count(*) filter (verdict = 'no_answer') as no_answer,
                count(*) filter (verdict = 'error') as errors,
                (select count(*) from own) - count(verdict) as unscored,
                count(*) filter (verdict <> 'error' and counting <> 'error'
                    and (verdict = 'correct') <> (counting = 'correct')) as disagreements
            from said group by verifier
        ),
        versions as (
            select verifier, string_agg(distinct version, ', ' order by version) as version
            from readings where run_id = $run_id and not came_with_file group by verifier
        ),
        log as (select verifier, max(graded_at) as graded_at from regrades where run_id = $run_id group by verifier)
        select verifier, version, counts, n, correct, no_answer, errors, unscored, disagreements, graded_at
        from summed left join versions using (verifier) left join log using (verifier)
        order by counts desc, verifier
        """,
        {"run_id": run_id_of(store, run)},
    )


def disagreements(
    store: Store, run: str, verifier: str, *, limit: int = 50, offset: int = 0
) -> tuple[pd.DataFrame, int]:
    """Return a page of the samples on which a verifier disagrees with the one that counts, and how many there are.

    One row a sample: problem, sample_index, verdict and answer that count, other_verdict, other_answer.
    """
    parameters: dict[str, Any] = {"run_id": run_id_of(store, run), "verifier": verifier}
    found = """
        from samples s join other_verdicts o on o.sample_id = s.sample_id and o.run_id = $run_id
        where s.run_id = $run_id and o.verifier = $verifier and s.verdict <> 'error' and o.verdict <> 'error'
            and (s.verdict = 'correct') <> (o.verdict = 'correct')"""
    total = int(store.rows(f"select count(*) {found}", parameters)[0][0])
    page = f"""
        with page as (
            select s.sample_id, s.problem_id, s.sample_index, s.verdict, s.answer, o.verdict as other_verdict {found}
            order by s.problem_id, s.sample_index limit $limit offset $offset
        )
        select problems.name as problem, sample_index, verdict::varchar as verdict, page.answer,
            other_verdict::varchar as other_verdict, r.answer as other_answer
        from page join problems using (problem_id)
        left join readings r on r.run_id = $run_id and r.sample_id = page.sample_id and r.verifier = $verifier
        order by problem_id, sample_index"""
    return store.read(page, {**parameters, "limit": limit, "offset": offset}), total
