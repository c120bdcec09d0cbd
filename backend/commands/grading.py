"""Commands about verdicts: verifiers, regrades, corrections, and what may be wrong with samples."""

from dataclasses import asdict

import pandas as pd

from backend import hygiene as sample_hygiene
from backend import regrade as grading
from backend.background import Tell
from backend.commands.plain import Plain, plain, records
from backend.store import queries
from backend.store.corrections import corrections as corrected
from backend.store.corrections import regrades as graded_anew
from backend.store.database import Store
from backend.store.verdicts import disagreements as disagreeing
from backend.store.verdicts import set_counting_verifier, verdicts_of
from backend.verifiers import VERIFIERS


def verifiers(_: Store) -> list[dict[str, Plain]]:
    """List the verifiers that can grade."""
    return [{"name": v.name, "version": v.version, "meaning": v.meaning} for v in VERIFIERS.values()]


def regrade(
    store: Store,
    run: str,
    verifier: str,
    *,
    counts: bool = True,
    progress: Tell | None = None,
) -> dict[str, Plain]:
    """Grade a run's samples with a verifier of ours; its verdicts then count, unless `counts` is off."""
    key = queries.find_run(store, run)
    told = None if progress is None else lambda done, of: progress(run, done, of, 0)
    return plain(asdict(grading.regrade(store, key, verifier, counts=counts, progress=told)))


def title_of_regrade(run: str, verifier: str, **_: Plain) -> str:
    """Say in a few words what a regrade does."""
    return f"Grading of {run} by {verifier}"


def verdicts(store: Store, run: str) -> list[dict[str, Plain]]:
    """List which verifiers have judged a run, which one counts, and how far they disagree."""
    return records(verdicts_of(store, queries.find_run(store, run)))


def disagreements(store: Store, run: str, verifier: str, *, limit: int = 50, offset: int = 0) -> dict[str, Plain]:
    """List samples on which a verifier disagrees with the one that counts, in pages."""
    rows, total = disagreeing(store, queries.find_run(store, run), verifier, limit=limit, offset=offset)
    return {"total": total, "samples": records(rows)}


def count_by(store: Store, run: str, verifier: str) -> dict[str, Plain]:
    """Let the verdicts of a verifier that has judged a run be those that count."""
    changed = set_counting_verifier(store, queries.find_run(store, run), verifier)
    return {"run": run, "verifier": verifier, "changed": changed}


def correct(store: Store, benchmark: str, problem: str, answer: str | None = None) -> dict[str, Plain]:
    """Correct a problem's reference answer, or say that it is not known; its samples are graded again."""
    return plain(asdict(grading.correct_reference_answer(store, benchmark, problem, answer)))


def corrections(store: Store, benchmark: str | None = None) -> list[dict[str, Plain]]:
    """List the reference answers that were corrected, newest first."""
    return records(corrected(store, benchmark))


def regrades(store: Store, run: str | None = None) -> list[dict[str, Plain]]:
    """List what was graded anew, newest first."""
    return records(graded_anew(store, None if run is None else queries.find_run(store, run)))


def hygiene(
    store: Store,
    run: str,
    *,
    texts: bool = False,
    import_id: int | None = None,
    finding: str | None = None,
    limit: int = 50,
    offset: int = 0,
    progress: Tell | None = None,
) -> list[dict[str, Plain]]:
    """Report what may be wrong with a run's samples, or with those that one import brought.

    `texts` adds the findings that read every completion; `finding` lists the samples of one finding instead, or its
    problems, in pages.
    """
    key = queries.find_run(store, run)
    if finding and finding not in (*sample_hygiene.WITH_ROWS, *sample_hygiene.WITH_PROBLEMS):
        return records(sample_hygiene.samples_of(store, key, finding, import_id, limit=limit, offset=offset)[0])
    told = None if progress is None else lambda done, of: progress(run, done, of, 0)
    wanted = texts or finding in sample_hygiene.IN_TEXTS
    found = sample_hygiene.findings(store, key, import_id)
    found += sample_hygiene.text_findings(store, key, import_id, progress=told) if wanted else []
    if finding:
        one = next(f for f in found if f.name == finding)
        rows = pd.DataFrame({"problem": one.problems}) if one.rows is None else one.rows
        return records(rows.iloc[offset : offset + limit])
    return [
        plain({**vars(finding), "rows": None if finding.rows is None else records(finding.rows)}) for finding in found
    ]
