"""The small how beside numbers."""

import re
from pathlib import Path

from pages.shared.how import sections

PAGES = Path(__file__).resolve().parents[2] / "pages"


def test_every_how_of_the_pages_has_its_paragraph() -> None:
    texts = [path.read_text(encoding="utf-8") for path in PAGES.rglob("*.py")]
    slugs = {slug for text in texts for slug in re.findall(r'(?:show_how\(|_HOW = )"([\w-]+)"', text)}
    assert len(slugs) >= 5
    assert slugs <= set(sections())
    assert all(text.strip() for text in sections().values())
