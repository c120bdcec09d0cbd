"""Commands about verdicts: verifiers, regrades, corrections, and what may be wrong with samples."""

from collections.abc import Callable
from dataclasses import asdict

from backend import hygiene as sample_hygiene
from backend import regrade as grading
from backend.commands.plain import Plain, plain, records
from backend.store import queries
from backend.store.database import Store
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
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Plain]:
    """Grade a run's samples with a verifier of ours; its verdicts then count, unless `counts` is off."""
    key = queries.find_run(store, run)
    return plain(asdict(grading.regrade(store, key, verifier, counts=counts, progress=progress)))


def verdicts(store: Store, run: str) -> list[dict[str, Plain]]:
    """List which verifiers have judged a run, which one counts, and how far they disagree."""
    return records(verdicts_of(store, queries.find_run(store, run)))


def count_by(store: Store, run: str, verifier: str) -> dict[str, Plain]:
    """Let the verdicts of a verifier that has judged a run be those that count."""
    changed = set_counting_verifier(store, queries.find_run(store, run), verifier)
    return {"run": run, "verifier": verifier, "changed": changed}


def correct(store: Store, benchmark: str, problem: str, answer: str) -> dict[str, Plain]:
    """Correct a problem's reference answer, which grades the problem's samples again."""
    return plain(asdict(grading.correct_reference_answer(store, benchmark, problem, answer)))


def hygiene(store: Store, run: str, *, texts: bool = False) -> list[dict[str, Plain]]:
    """Report what may be wrong with a run's samples; `texts` adds the findings that read every completion."""
    key = queries.find_run(store, run)
    found = sample_hygiene.findings(store, key) + (sample_hygiene.text_findings(store, key) if texts else [])
    return [
        plain({**vars(finding), "rows": None if finding.rows is None else records(finding.rows)}) for finding in found
    ]
