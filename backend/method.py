"""The paragraphs of docs/method.md, which say how each number comes about."""

import re
from functools import cache

from backend.config import ROOT

METHOD = ROOT / "docs" / "method.md"


@cache
def paragraphs() -> dict[str, str]:
    """Return the sections of docs/method.md by the slugs of their headings, as GitHub makes them."""
    _, *sections = re.split(r"(?m)^## ", METHOD.read_text(encoding="utf-8"))
    return {slug(section.split("\n", 1)[0]): section for section in sections}


def slug(heading: str) -> str:
    """Return a heading's slug: lower case, spaces as hyphens, punctuation left out."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
