"""What may be wrong with a run's samples: each finding a number, a sentence in plain words, and the way to the samples.

`findings` reads no text and answers at once; `text_findings` reads every text of the run, in bounded memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.stats import chi2

from backend.errors import NotFound
from backend.mentions import mention
from backend.normal_forms import number
from backend.store import hygiene as asked
from backend.store.database import Store

MOST_IDENTITIES = 10_000
PAGE_IDS = 2_048
DRIFT_P = 0.01
IN_TEXTS = ("repeated_texts", "not_extracted")
"""Findings whose samples come with the finding, since only the texts tell them."""
WITH_ROWS = (*IN_TEXTS, "seed_drift")
WITH_PROBLEMS = ("fewer_samples", "undrawn")
IDENTITY = ["problem", "sample_index", "verdict", "answer", "where"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    count: int
    """Samples, or problems where `unit` says so."""
    of: int
    """Out of how many."""
    sentence: str
    unit: str = "samples"
    suspicious: bool = False
    """Whether it deserves a look before any conclusion."""
    p_value: float | None = None
    expected: float | None = None
    problems: list[str] = field(default_factory=list)
    """The problems concerned, where the unit is problems: the first 10,000."""
    rows: pd.DataFrame | None = None
    """Of a finding in texts, the first 10,000 of its samples; those of other findings are asked for in pages.

    One row a sample: problem, sample_index, and text_hash, samples (how many share the text) or verdict, answer, where.
    Of drift between seeds, one row a problem and seed, the one furthest from what is expected first: problem, seed, n,
    c, expected (c if the seed were like the others), chi2 (its part of the statistic).
    """


def findings(store: Store, run: str, import_id: int | None = None) -> list[Finding]:
    """Return what is found without reading texts, in a run or in what one import brought to it."""
    shares = asked.shares(store, run, import_id)
    sizes = asked.problem_sizes(store, run, import_id)
    found = [_fewer_samples(sizes), _undrawn(sizes), _only_solved(sizes), _mixed(shares)]
    if shares["samples"]:
        found += [
            _truncated(shares),
            _share("no_answer", shares, "hold no answer that could be compared; they count as not solved", 0.1),
            _share("errors", shares, "were not graded because the verifier or the engine failed; they are not in n", 0),
            _share("unscored", shares, "have no verdict; they are not in n", 0),
            _drift(asked.seed_counts(store, run, import_id)),
            _lenient(store, run, shares, import_id),
        ]
    return [finding for finding in found if finding is not None]


def samples_of(
    store: Store, run: str, finding: str, import_id: int | None = None, *, limit: int = 50, offset: int = 0
) -> tuple[pd.DataFrame, int]:
    """Return a page of a finding's samples, and how many there are.

    One row a sample: problem, sample_index, verdict, answer, finish_reason, stop_reason. Raises NotFound for a finding
    without such a list: those in texts bring theirs with them.
    """
    if finding == "lenient":
        pairs = _lenient_answers(store, run, import_id)
        answers = [(problem, answer) for problem, answer, _, _ in pairs]
        return asked.samples_with_answers(store, run, answers, import_id, limit=limit, offset=offset)
    if finding not in asked.CONDITIONS:
        raise NotFound(f"{finding} has no list of samples.", f"Ask for one of {', '.join(asked.CONDITIONS)}, lenient.")
    return asked.found_samples(store, run, finding, import_id, limit=limit, offset=offset)


def text_findings(
    store: Store, run: str, import_id: int | None = None, *, progress: Callable[[int, int], None] | None = None
) -> list[Finding]:
    """Return what only texts and metadata tell: repeated texts, answers not extracted, stops at natural words.

    `progress` is told sample ids passed and in all; what it raises ends the search.
    """
    return [
        _repeated(store, run, import_id),
        _not_extracted(store, run, import_id, progress),
        _stop_words(store, run, import_id),
    ]


# -- problems ------------------------------------------------------------------------------------------------------


def _fewer_samples(sizes: pd.DataFrame) -> Finding | None:
    drawn = sizes[sizes["drawn"] > 0]
    if drawn.empty:
        return None
    usual = int(drawn["drawn"].mode().iloc[-1])
    fewer = drawn[drawn["drawn"] < usual]
    words = f"All {len(drawn):,} problems have {usual:,} samples or more."
    if len(fewer):
        words = (
            f"{len(fewer):,} of {len(drawn):,} problems have fewer than the usual {usual:,} samples, the least "
            f"{int(fewer['drawn'].min()):,}; curves over all problems end there."
        )
    return Finding(
        name="fewer_samples", count=len(fewer), of=len(drawn), unit="problems", sentence=words,
        suspicious=len(fewer) > 0, problems=fewer["problem"].tolist()[:MOST_IDENTITIES],
    )  # fmt: skip


def _undrawn(sizes: pd.DataFrame) -> Finding:
    missing = sizes[sizes["drawn"] == 0]
    words = f"Each of the benchmark's {len(sizes):,} problems has samples."
    if len(missing):
        words = f"{len(missing):,} of the benchmark's {len(sizes):,} problems have no sample in this run: not compared."
    return Finding(
        name="undrawn", count=len(missing), of=len(sizes), unit="problems", sentence=words,
        suspicious=len(missing) > 0, problems=missing["problem"].tolist()[:MOST_IDENTITIES],
    )  # fmt: skip


def _only_solved(sizes: pd.DataFrame) -> Finding | None:
    """Tell of a run that solved every problem it drew though it often fails: unsolved ones may have been left out."""
    scored = sizes[sizes["n"] > 0]
    if len(scored) < 10 or (scored["c"] == 0).any():
        return None
    hard = scored[scored["c"] * 2 < scored["n"]]
    expected = float(((1 - hard["c"] / hard["n"]) ** hard["n"]).sum())
    if expected < 1:
        return None
    return Finding(
        name="only_solved", count=0, of=len(scored), unit="problems", suspicious=True, expected=expected,
        sentence=f"None of {len(scored):,} problems is unsolved; by chance about {expected:.1f} would be. If the "
        "file leaves problems out, import the benchmark's problem list: those without samples are then not compared.",
    )  # fmt: skip


# -- samples -------------------------------------------------------------------------------------------------------


def _mixed(shares: dict[str, int]) -> Finding | None:
    if shares["verifiers"] < 2:
        return None
    return Finding(
        name="mixed_verifiers", count=shares["verifiers"], of=shares["samples"], unit="verifiers", suspicious=True,
        sentence=f"Verdicts of {shares['verifiers']} verifiers count side by side; grade the run with one of them.",
    )  # fmt: skip


def _share(name: str, shares: dict[str, int], words: str, usual: float) -> Finding:
    count, of = shares[name], shares["samples"]
    return Finding(
        name=name, count=count, of=of, suspicious=count > usual * of,
        sentence=f"{count:,} of {of:,} samples ({_percent(count, of)}) {words}.",
    )  # fmt: skip


def _percent(count: int, of: int) -> str:
    """Return a share in percent; one that is small is not told as none."""
    share = count / of
    return f"{share:.1%}" if not 0 < share < 0.001 else f"{100 * share:.2g}%"


def _truncated(shares: dict[str, int]) -> Finding:
    count, of = shares["truncated"], shares["samples"]
    words = f"{count:,} of {of:,} samples ({_percent(count, of)}) were cut at the token limit"
    words += f"; {shares['truncated_correct']:,} of these are correct." if count else "."
    if unknown := of - shares["finish_known"]:
        words += f" How {unknown:,} ended is not known"
        words += (
            f"; {shares['at_limit']:,} of them have as many tokens as the run allows." if shares["at_limit"] else "."
        )
    return Finding(name="truncated", count=count, of=of, sentence=words, suspicious=count > 0.02 * of)


def _drift(counts: pd.DataFrame) -> Finding | None:
    """Test whether seeds solve the same problems equally often: χ² of each problem over its seeds, summed."""
    total = counts.groupby("problem_id")[["n", "c"]].transform("sum")
    seeds = counts.groupby("problem_id")["seed"].transform("size")
    # Where each seed drew once, the statistic is its degrees of freedom whatever was drawn: nothing can be told.
    mixed = (total["c"] > 0) & (total["c"] < total["n"]) & (seeds > 1) & (total["n"] > seeds)
    part, whole, several = counts[mixed], total[mixed], seeds[mixed]
    if part.empty:
        return None
    p = whole["c"] / whole["n"]
    corrected = (whole["n"] - 1) / whole["n"]
    apart = (part["c"] - part["n"] * p) ** 2 / (part["n"] * p * (1 - p)) * corrected
    statistic = float(apart.sum())
    freedom = float((1 - 1 / several).sum())
    p_value = float(chi2.sf(statistic, freedom))
    problems = part["problem_id"].nunique()
    rows = part.assign(expected=part["n"] * p, chi2=apart).sort_values("chi2", ascending=False, kind="stable")
    verdict = "seeds differ by more than chance: intervals are too narrow" if p_value < DRIFT_P else "no drift is seen"
    return Finding(
        name="seed_drift", count=problems, of=counts["problem_id"].nunique(), unit="problems", p_value=p_value,
        suspicious=p_value < DRIFT_P,
        rows=rows[["problem", "seed", "n", "c", "expected", "chi2"]].head(MOST_IDENTITIES).reset_index(drop=True),
        sentence=f"Over {counts['seed'].nunique():,} seeds and {problems:,} problems, χ² = {statistic:,.1f} with "
        f"{freedom:,.0f} degrees of freedom (p = {p_value:.2g}): {verdict}.",
    )  # fmt: skip


def _lenient(store: Store, run: str, shares: dict[str, int], import_id: int | None) -> Finding:
    pairs = _lenient_answers(store, run, import_id)
    count = sum(samples for _, _, _, samples in pairs)
    words = f"No correct answer is 100 times the reference answer, or a hundredth: looked at {shares['correct']:,}."
    if pairs:
        _, answer, reference, _ = pairs[0]
        words = (
            f"{count:,} of {shares['correct']:,} correct samples differ from their reference answer by a factor of "
            f"100, like {answer[:40]} for {reference[:40]}: the verifier takes percent for shares."
        )
    return Finding(name="lenient", count=count, of=shares["correct"], sentence=words, suspicious=count > 0)


def _lenient_answers(store: Store, run: str, import_id: int | None) -> list[tuple[int, str, str, int]]:
    return [row for row in asked.correct_answers(store, run, import_id) if _by_hundred(row[1], row[2])]


def _by_hundred(answer: str, reference: str) -> bool:
    given, wanted = number(answer), number(reference)
    return bool(given and wanted and given / wanted in (Fraction(100), Fraction(1, 100)))


# -- texts ---------------------------------------------------------------------------------------------------------


def _repeated(store: Store, run: str, import_id: int | None) -> Finding:
    frame = asked.repeated_texts(store, run, import_id)
    expected, known = asked.expected_pairs(store, run, import_id)
    sizes = frame["samples"].to_numpy(dtype=np.int64)
    pairs = sizes * (sizes - 1) // 2
    of_known = int(pairs[frame["problem_id"].isin(list(known)).to_numpy(dtype=bool)].sum())
    words = f"{int(pairs.sum()):,} pairs of samples of one problem have the same text"
    if known:
        words += f"; of the {len(known):,} problems with log-probabilities {of_known:,}, where {expected:,.1f} are "
        words += "expected of independent draws, if these are the sampler's own."
    else:
        words += "; without log-probabilities, how many chance would give is not known."
    _, _, texts = asked.text_range(store, run)
    rows = frame.explode("indexes").rename(columns={"indexes": "sample_index"})
    return Finding(
        name="repeated_texts", count=int(sizes.sum()), of=texts, sentence=words, expected=expected if known else None,
        suspicious=bool(known) and of_known > 2 * expected + 3 * np.sqrt(expected) + 3,
        rows=rows[["problem", "sample_index", "text_hash", "samples"]].head(MOST_IDENTITIES).reset_index(drop=True),
    )  # fmt: skip


def _not_extracted(
    store: Store, run: str, import_id: int | None, progress: Callable[[int, int], None] | None
) -> Finding:
    low, high, _ = asked.text_range(store, run)
    rows: list[tuple[str, int, str, str | None, str]] = []
    seen, by_place = 0, {"boxed": 0, "end": 0, "text": 0}
    for start in range(low, high + 1, PAGE_IDS):
        for _, problem, index, verdict, answer, reference, text in asked.unsolved_texts(
            store, run, start, PAGE_IDS, import_id
        ):
            seen += 1
            if where := mention(text, reference):
                by_place[where] += 1
                rows.append((problem, index, verdict, answer, where))
        rows = sorted(rows, key=lambda row: list(by_place).index(row[4]))[:MOST_IDENTITIES]
        if progress:
            progress(min(start + PAGE_IDS, high + 1) - low, high + 1 - low)
    count = sum(by_place.values())
    words = (
        f"{count:,} of {seen:,} samples that did not solve hold the reference answer all the same: "
        f"{by_place['boxed']:,} in a box, {by_place['end']:,} near the end, {by_place['text']:,} elsewhere."
    )
    return Finding(
        name="not_extracted", count=count, of=seen, sentence=words,
        suspicious=by_place["boxed"] > 0.005 * seen or by_place["boxed"] + by_place["end"] > 0.1 * seen,
        rows=pd.DataFrame(rows, columns=IDENTITY),
    )  # fmt: skip


def _stop_words(store: Store, run: str, import_id: int | None) -> Finding:
    found = asked.stop_words(store, run, import_id)
    _, _, texts = asked.text_range(store, run)
    words = "No stop at a natural word is recorded."
    if found:
        listed = ", ".join(f"“{word}” ({count:,})" for word, count in list(found.items())[:5])
        words = f"{sum(found.values()):,} samples were stopped at a word that a text may hold: {listed}."
    count = sum(found.values())
    return Finding(name="stop_words", count=count, of=texts, sentence=words, suspicious=bool(found))
