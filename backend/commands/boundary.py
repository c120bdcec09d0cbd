"""Commands about the boundary beyond two curves: accuracy bins, checkpoints, many runs, luck, lenient verdicts."""

from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from backend.commands.plain import Plain, plain, records
from backend.comparison import histogram as bins
from backend.comparison import luck, patterns
from backend.comparison import trajectories as over_steps
from backend.comparison.boundary import SolvedTable, rerun_budget
from backend.comparison.counts import compared_counts
from backend.comparison.difference import smallest_budget
from backend.errors import BadInput
from backend.store import queries, second_verdicts, wrong_answers
from backend.store.database import Store


def runs_of_one_benchmark(store: Store, runs: Sequence[str]) -> list[str]:
    """Return the keys of runs named in words. Raises BadInput where they are of several benchmarks, or named twice."""
    keys = [queries.find_run(store, words) for words in runs]
    known = queries.runs(store).set_index("run")["benchmark"]
    for words, key in zip(runs, keys, strict=True):
        if known[key] != known[keys[0]]:
            raise BadInput(
                f"{runs[0]} is a run on {known[keys[0]]}, {words} one on {known[key]}.", "Name runs on one benchmark."
            )
    if len(set(keys)) < len(keys):
        raise BadInput("A run is named twice.", "Name each run once.")
    return keys


def histogram(store: Store, base: str, rlvr: str) -> dict[str, Plain]:
    """Give how many problems two runs solve how often, in twelve bins of accuracy, and who moved between bins."""
    counts = compared_runs(store, base, rlvr)
    moves = bins.transitions(counts).assign(
        base=lambda frame: [bins.BINS[place] for place in frame["base_bin"]],
        rlvr=lambda frame: [bins.BINS[place] for place in frame["rlvr_bin"]],
    )
    return {
        "problems": len(counts),
        "bins": records(bins.histogram(counts)),
        "transitions": records(moves[["base", "rlvr", "problems"]]),
        "moved": plain(bins.moved(counts)),
    }


def compared_runs(store: Store, base: str, rlvr: str) -> pd.DataFrame:
    """Return the counts of the problems that two runs of one benchmark both have (`counts.compared_counts`)."""
    keys = runs_of_one_benchmark(store, [base, rlvr])
    frame = queries.correct_counts(store, keys)
    return compared_counts(*(frame[frame["run"] == key] for key in keys))


def trajectories(
    store: Store, base: str, rlvr: Sequence[str], m: int | None = None, level: float = 0.95
) -> dict[str, Plain]:
    """Give what is lost and gained from checkpoint to checkpoint within m samples, beside what chance alone would show.

    Base is step 0; checkpoints go by their step, where all have one, else in the order given. m: by default half the
    fewest samples of any problem at any step.
    """
    keys = runs_of_one_benchmark(store, [base, *rlvr])
    step = queries.runs(store).set_index("run")["checkpoint_step"]
    if not step.loc[keys[1:]].isna().any():
        keys[1:] = sorted(keys[1:], key=lambda key: int(step[key]))
    problems, n, c = over_steps.aligned(queries.correct_counts(store, keys), keys)
    budget = _budget(m, int(n.min()) if n.size else 0)
    if not budget:
        return {"m": None, "steps": [], "changes": [], "ever_solved": None, "turns": []}
    changes = over_steps.lost_and_gained(n, c, budget, level=level)
    seen, chance = over_steps.forgotten(n, c, budget)
    shares = over_steps.solved_shares(n, c, budget)
    return {
        "m": budget,
        "problems": len(problems),
        "steps": [{"run": key, "step": _step(step[key]) if at else 0} for at, key in enumerate(keys)],
        "changes": records(changes.assign(run=[keys[at] for at in changes["at"]]).drop(columns="at")),
        "ever_solved_but_not_at_the_end": plain({"seen": seen, "by_chance": chance}),
        "turns": _turns(over_steps.turns(problems, shares), shares, keys),
        "level": level,
    }


def _step(value: float) -> int | None:
    return None if pd.isna(value) else int(value)


def _turns(found: pd.DataFrame, shares: over_steps.Floats, keys: Sequence[str]) -> list[dict[str, Plain]]:
    rows = found.assign(run=[keys[at] for at in found["at"]], pass_at_m=shares[found["place"]].tolist())
    return records(rows[["problem", "kind", "run", "pass_at_m"]])


def _budget(m: int | None, smallest: int) -> int:
    """The budget to use: m, or half the smallest n and at least 1; 0 where nothing is compared."""
    if not smallest:
        return 0
    budget = max(1, smallest // 2) if m is None else m
    if not 1 <= budget <= smallest:
        raise BadInput(f"m is {budget}.", f"m must lie between 1 and the smallest n, {smallest}.")
    return budget


def solved(store: Store, runs: Sequence[str], m: int | None = None) -> dict[str, Plain]:
    """Give how many problems are solved by exactly which of several runs; with m, within m samples of each."""
    if not 1 <= len(runs) <= patterns.MOST_RUNS:
        raise BadInput(f"{len(runs)} runs are named.", f"Name 1 to {patterns.MOST_RUNS} runs.")
    if m is not None and len(runs) > patterns.MOST_RAREFIED:
        raise BadInput(
            f"{len(runs)} runs are named with a budget.", f"Name 1 to {patterns.MOST_RAREFIED}, or leave m out."
        )
    keys = runs_of_one_benchmark(store, runs)
    problems, n, c = over_steps.aligned(queries.correct_counts(store, keys), keys)
    budget = None if m is None or not problems else _budget(m, int(n.min()))
    found = patterns.patterns(n, c, budget)
    rows = [
        {"solved_by": [key for key, bit in zip(keys, str(pattern), strict=True) if bit == "1"], "problems": float(size)}
        for pattern, size in zip(found["pattern"], found["size"], strict=True)
    ]
    return {"m": budget, "problems": len(problems), "runs": keys, "patterns": rows}


def lucky(store: Store, run: str, answer_space: int | None = None) -> dict[str, Plain]:
    """Give how likely each problem would be solved by luck alone, from how far a run's wrong answers scatter."""
    if answer_space is not None and answer_space < 2:
        raise BadInput(f"The answer space is {answer_space}.", "A guesser needs at least two answers to choose from.")
    key = queries.find_run(store, run)
    hits = luck.lucky_hits(
        wrong_answers.counts_and_spaces(store, key), wrong_answers.answers_given(store, key), answer_space
    )
    expected, thin = luck.expected_lucky(hits)
    columns = ["problem", "n", "c", "distinct_wrong", "answer_space", "lucky"]
    summary = {"expected_lucky": expected, "solved_by_few": thin, "few": luck.FEW}
    return {**plain(summary), "problems": records(hits[columns])}


def lenient(store: Store, base: str, rlvr: str, verifier: str, m: int | None = None) -> dict[str, Plain]:
    """Give the solved table by the verdicts that count beside that by another verifier, at budget m."""
    keys = runs_of_one_benchmark(store, [base, rlvr])
    known = second_verdicts.second_verifiers(store, keys)
    if verifier not in known:
        raise BadInput(
            f"{verifier} has not judged both runs beside the verifier that counts.",
            f"There is {', '.join(known)}." if known else "`python -m backend regrade RUN --verifier V` adds verdicts.",
        )
    sides = [second_verdicts.counts_by_two(store, key, verifier) for key in keys]
    counts = compared_counts(*sides)
    budget = _budget(max(1, rerun_budget(counts)) if m is None else m, smallest_budget(counts))
    if not budget:
        names = ("m", "counting", "other", "lost_by_format", "gained_by_format", "shares")
        return {"verifier": verifier, **dict.fromkeys(names)}
    found = luck.lenience(sides[0], sides[1], budget)
    return {
        "m": budget,
        "verifier": verifier,
        "counting": _table(found.counting),
        "other": _table(found.other),
        "shares": {name: plain(each) for name, each in found.shares.items()},
        **plain({"lost_by_format": found.lost_by_format, "gained_by_format": found.gained_by_format}),
    }


def _table(table: SolvedTable) -> dict[str, Plain]:
    return plain({name: value for name, value in asdict(table).items() if name != "m"})
