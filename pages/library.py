"""What the store holds and how it came in: runs with their verdicts and samples, imports, what can be imported."""

import streamlit as st

from pages.shared import cache, deeds, editing, formats, importing, link, messages, pickers, reports, views, working

VIEWS = {"runs": "Runs", "import": "Import", "imports": "Import reports", "formats": "Formats", "deeds": "Who did what"}


def show_library() -> None:
    """Draw the page: the work under way, and the one view that is picked."""
    st.title("Library", anchor=False)
    messages.show_said()
    working.show_works()
    view = pickers.pick_view("view", VIEWS, default_view(), "What to see")
    if view == "runs":
        show_runs()
    elif view == "import":
        importing.show_import()
    elif view == "imports":
        reports.show_reports()
    elif view == "deeds":
        deeds.show_deeds()
    else:
        formats.show_formats()


def default_view() -> str:
    """The view of a link that names none: that of the import or run it names; an empty store begins with files."""
    if link.peek("report"):
        return "imports"
    if link.peek("import_path"):
        return "import"
    return "runs" if cache.totals()["runs"] or link.peek("edit") else "import"


def show_runs() -> None:
    """Draw the runs, and what is known of the one that is picked."""
    runs = cache.runs()
    if runs.empty:
        messages.show_empty_store(in_library=True)
        return
    views.show_holdings(cache.totals())
    editing.show_runs(runs)


show_library()
