"""The paper's seven claims held against one's own runs, and what it would take to tell more."""

import streamlit as st

from pages.shared import cache, claims_parts, claims_pickers, messages, opening, planning_parts, share_control, views
from pages.shared.texts import inline


def show_claims_page() -> None:
    """Draw the page."""
    if opening.is_empty("Claims"):
        return
    head = st.container()
    *columns, last = st.columns([2, 3, 6, 2], vertical_alignment="bottom")
    held = claims_pickers.pick_held(columns)
    messages.show_dropped(held.names)
    if held.base is None or not held.others:
        head.title("Claims", anchor=False)
        only = len(held.names) < 2
        messages.show_nothing(
            f"{inline(held.benchmark)} has one run only." if only else "No run is picked to hold against base.",
            "Import a second run on the same problems on the Library page." if only else "Pick one run or more above.",
        )
        return
    listed, planned = st.container(), st.container()
    with planned:
        planning_parts.show_plan_heading()
        run, plan = claims_pickers.pick_plan(held)
    with last:
        asked = claims_pickers.pick_asked()
    with listed:
        wanted = {"difference": plan["difference"], "power": plan["power"]}
        found = cache.claims(held.base, held.others, **asked, **wanted)
        share_control.offer(claims_parts.offer(found, held.base, tuple(held.others), {**asked, **wanted}))
        head.title(inline(found["headline"]), anchor=False)
        claims_parts.show_verdicts(found)
        for number, claim in enumerate(found["claims"], start=1):
            claims_parts.show_claim(number, claim)
        views.show_notes(found["notes"], "claims")
    with planned:
        planning_parts.show_plan(held.base, run, asked["level"], asked["q"], plan)


show_claims_page()
