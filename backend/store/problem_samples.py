"""The samples of one run at one problem, whole: texts, other verdicts and log-probabilities in a few questions."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from backend.records import Sample, Verdict
from backend.store.database import Store
from backend.store.queries import PLACE


def samples_of(store: Store, run: str, problem: str, indexes: Sequence[int] | None = None) -> list[Sample]:
    """Return these samples of a run (key) at a problem, or all of them, in the order of their numbers."""
    place = {"run": run, "problem": problem, "indexes": None if indexes is None else list(indexes)}
    rows = store.rows(
        f"""
        select sample_id, sample_index, verdict::varchar, answer, verifier, finish_reason, token_count, sum_logprob,
            min_logprob, seed, metadata,
            (select completion from completions c where c.run_id = samples.run_id and c.sample_id = samples.sample_id)
        from samples where {PLACE} and ($indexes is null or list_contains($indexes, sample_index))
        order by sample_index
        """,
        place,
    )
    ids = [row[0] for row in rows]
    verdicts = _beside(store, "other_verdicts", "verifier, verdict::varchar", run, ids)
    scores = _beside(store, "other_logprobs", "model, sum_logprob", run, ids)
    return [
        Sample(
            run=run, problem=problem, sample_index=index, verdict=Verdict(verdict) if verdict else None, answer=answer,
            verifier=verifier, finish_reason=finish, token_count=tokens, sum_logprob=total, min_logprob=least,
            seed=seed, completion=completion, metadata=json.loads(metadata) if metadata else {},
            other_verdicts={name: Verdict(said) for name, said in verdicts[sample_id].items()},
            other_logprobs=scores[sample_id],
        )
        for (sample_id, index, verdict, answer, verifier, finish, tokens, total, least, seed, metadata,
             completion) in rows
    ]  # fmt: skip


def _beside(store: Store, table: str, columns: str, run: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What a table says beside these samples: by sample, a value by name."""
    rows = store.rows(
        f"""select sample_id, {columns} from {table}
        where run_id = (select run_id from runs where key = ?) and sample_id in (select unnest(?::bigint[]))
        order by 2""",
        [run, list(ids)],
    )
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for sample_id, name, value in rows:
        found[sample_id][name] = value
    return found
