"""Our verdicts against those of real harnesses, sample by sample; each disagreement was looked at."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from backend.importers import Wanted, import_file
from backend.regrade import regrade
from backend.store import queries
from backend.store.database import Store
from backend.store.verdicts import disagreements, verdicts_of

pytestmark = pytest.mark.real_data

TEXT_VERIFIERS = ("normalised", "math_verify")


def disagreeing(store: Store, run: str, verifiers: Sequence[str]) -> dict[str, list[tuple[str, int, str]]]:
    """Grade a run beside its verdicts; return problem, index and our verdict where they disagree."""
    key = queries.find_run(store, run)
    found = {}
    for verifier in verifiers:
        result = regrade(store, key, verifier, counts=False)
        assert result.graded == result.correct + result.no_answer + result.errors + _incorrect(store, key, verifier)
        rows, _ = disagreements(store, key, verifier)
        found[verifier] = list(zip(rows["problem"], rows["sample_index"], rows["other_verdict"], strict=True))
    return found


def _incorrect(store: Store, key: str, verifier: str) -> int:
    row = verdicts_of(store, key).set_index("verifier").loc[[verifier]].iloc[0]
    return int(row["n"] - row["correct"] - row["no_answer"])


def test_qwens_800_math_verdicts_are_ours_but_for_a_separator_that_they_missed(store: Store, real_data: Path) -> None:
    report = import_file(store, real_data / "real" / "qwen-math-eval-cot100" / "math_cot_100.jsonl")
    missed = [("72", 7, "correct")]
    """The reference is `10{,}000`, the answer 10000."""
    assert disagreeing(store, report.runs[0], TEXT_VERIFIERS) == dict.fromkeys(TEXT_VERIFIERS, missed)


def test_nemo_skills_symbolic_verdicts_are_ours(store: Store, real_data: Path) -> None:
    for seed in range(3):
        path = real_data / "real" / "nemo-skills-seeds" / f"output-rs{seed}.jsonl"
        report = import_file(store, path, run=f"rs{seed}")
        assert disagreeing(store, report.runs[0], TEXT_VERIFIERS) == {v: [] for v in TEXT_VERIFIERS}


def test_openais_5276_gsm8k_verdicts_are_ours(store: Store, real_data: Path) -> None:
    path = real_data / "real" / "gsm8k-openai-solutions" / "example_model_solutions.jsonl"
    report = import_file(store, path, wanted=Wanted(mapping="guess"))
    assert len(report.runs) == 4
    for run in report.runs:
        assert disagreeing(store, run, ("normalised", "number")) == {"normalised": [], "number": []}


def test_evalscopes_verdicts_are_ours(store: Store, real_data: Path) -> None:
    for model in ("qwen-plus", "qwen3-max"):
        reviews = real_data / "real" / "evalscope-reviews" / model / "reviews" / model
        gsm8k = import_file(store, reviews / "gsm8k_main.jsonl")
        assert disagreeing(store, gsm8k.runs[0], TEXT_VERIFIERS) == {v: [] for v in TEXT_VERIFIERS}
        gpqa = import_file(store, reviews / "gpqa_diamond_default.jsonl")
        assert disagreeing(store, gpqa.runs[0], ("choice",)) == {"choice": []}
