"""How a number comes about: its paragraph of docs/method.md, opened beside it."""

import re
from functools import cache

import streamlit as st

from backend.config import ROOT

METHOD = ROOT / "docs" / "method.md"


@cache
def paragraphs() -> dict[str, str]:
    """Return the sections of docs/method.md by the slugs of their headings, as GitHub makes them."""
    _, *sections = re.split(r"(?m)^## ", METHOD.read_text(encoding="utf-8"))
    return {slug(section.split("\n", 1)[0]): f"##### {section}" for section in sections}


def slug(heading: str) -> str:
    """Return a heading's slug: lower case, spaces as hyphens, punctuation left out."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def show_how(*slugs: str) -> None:
    """Draw a small button that opens the sections with these slugs."""
    with st.popover("how", type="tertiary", icon=":material/help:"):
        for name in slugs:
            st.markdown(paragraphs()[name], anchors=False)
