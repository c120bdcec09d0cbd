"""How a number comes about: its paragraph of docs/method.md, opened beside it."""

import streamlit as st

from backend.method import paragraphs


def show_how(*slugs: str) -> None:
    """Draw a small button that opens the sections with these slugs."""
    with st.popover("how", type="tertiary", icon=":material/help:"):
        for name in slugs:
            st.markdown(f"##### {paragraphs()[name]}", anchors=False)
