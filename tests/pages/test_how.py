"""Every "how" opens a paragraph that exists."""

import re

import pytest

from backend.comparison.metrics import METRICS
from backend.config import ROOT
from backend.method import paragraphs, slug
from pages.shared.charts import INTERVAL_HOW
from pages.shared.claims_parts import CLAIM_HOW


def test_every_paragraph_that_a_page_opens_exists() -> None:
    texts = [page.read_text(encoding="utf-8") for page in (ROOT / "pages").rglob("*.py")]
    named = r'show_how\(([^*)]+?),?\s*\)|_HOW = ("[^"]+")'
    calls = ["".join(found) for text in texts for found in re.findall(named, text)]
    used = [name for call in calls for name in re.findall(r'"([^"]+)"', call)]
    slugs = {"paired-difference", "crossover", "sampling-efficiency-gap", *used, *(m.how for m in METRICS.values())}
    slugs |= {*INTERVAL_HOW.values(), *CLAIM_HOW.values()}
    assert slugs <= set(paragraphs())
    assert used


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("pass@k", "passk"),
        ("Cover@τ", "coverτ"),
        ("Solved sets at one budget, and more", "solved-sets-at-one-budget-and-more"),
    ],
)
def test_slugs_are_those_of_github(heading: str, expected: str) -> None:
    assert slug(heading) == expected
