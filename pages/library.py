"""What the store holds: runs with their provenance, imports with their reports; import, rename, mark, delete."""

import streamlit as st

from pages.shared import cache, editing, importing, messages, views


def show_library() -> None:
    """Draw the page."""
    st.title("Library", anchor=False)
    messages.show_said()
    runs = cache.runs()
    left, right = st.columns([5, 3], gap="large")
    with left:
        if runs.empty:
            messages.show_empty_store(in_library=True)
        else:
            views.show_holdings(cache.totals())
            editing.show_runs(runs)
    with right:
        importing.show_import_form()
    if len(runs):
        show_imports()


def show_imports() -> None:
    """Draw the imports, newest first, and the report of the one that is picked."""
    st.subheader("Imports", anchor=False)
    importing.show_reports(cache.totals()["imports"])


show_library()
