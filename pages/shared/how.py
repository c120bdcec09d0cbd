"""The small "how" beside a number: it opens the paragraph of docs/method.md that tells how the number is made."""

import re
from functools import cache
from pathlib import Path

import streamlit as st

METHOD = Path(__file__).resolve().parents[2] / "docs" / "method.md"


def show_how(*slugs: str) -> None:
    """Draw a small button that opens these sections of docs/method.md, named by their headings' slugs."""
    with st.popover("how", type="tertiary"):
        for slug in slugs:
            st.markdown(sections()[slug])


@cache
def sections() -> dict[str, str]:
    """Return each section of docs/method.md with its heading, by the slug that GitHub gives the heading."""
    parts = re.split(r"^## ", METHOD.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {
        _slug(part.partition("\n")[0]): f"**{part.partition(chr(10))[0]}**\n{part.partition(chr(10))[2]}"
        for part in parts
    }


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
