"""Opens on a ready-made comparison, with the finding in words, and says what the store holds."""

import streamlit as st

from pages.shared import cache, messages, opening, pickers, share_control, views
from pages.shared.pickers import Comparison
from pages.shared.sharing import Offer
from pages.shared.texts import inline


def show_overview() -> None:
    """Draw the page."""
    if opening.is_empty("Reasoning Boundary Explorer"):
        return
    head = st.container()
    chosen = pickers.pick_comparison()
    messages.show_dropped(chosen.names)
    if chosen.pair:
        head.title(inline(cache.finding(*chosen.pair)), anchor=False)
        show_comparison(chosen, *chosen.pair)
    else:
        head.title("Reasoning Boundary Explorer", anchor=False)
        show_single_run(chosen)
    show_holdings()


def show_comparison(chosen: Comparison, base: str, rlvr: str) -> None:
    """Draw the curves beside the four sets, with the ways onward."""
    share_control.offer(Offer(page="overview", runs=(base, rlvr)))
    left, right = st.columns([3, 2], gap="large")
    with left:
        views.show_curves(cache.curves((base, rlvr)), "", chosen.benchmark, height=330)
    with right:
        sets = cache.solved_sets(base, rlvr)
        views.show_solved_sets(sets)
        st.markdown(cache.rerun_in_words(base, rlvr))
        st.page_link(
            "boundary.py",
            label=f"See the {views.count_in_words(sets, 'base_only')} seen only in base",
            icon=":material/arrow_forward:",
            query_params=chosen.link(solved="base_only"),
        )
        st.page_link(
            "curves.py",
            label="Compare more runs",
            icon=":material/arrow_forward:",
            query_params={"benchmark": chosen.benchmark, "run": [base, rlvr]},
        )
        st.page_link(
            "claims.py",
            label="Hold the paper's claims against them",
            icon=":material/arrow_forward:",
            query_params={"benchmark": chosen.benchmark, "base": base, "others": [rlvr]},
        )


def show_single_run(chosen: Comparison) -> None:
    """Draw the one curve there is, and say how a comparison comes about."""
    if len(chosen.names) > 1:
        messages.show_nothing("Both pickers name the same run.", "Pick two different runs to compare them.")
    else:
        messages.show_nothing(
            f"{inline(chosen.benchmark)} has one run only.",
            "Import a second run on the same problems on the Library page to compare the two.",
        )
    if chosen.base:
        views.show_curves(cache.curves((chosen.base,)), chosen.names[chosen.base], chosen.benchmark, height=330)


def show_holdings() -> None:
    """Say what the store holds, and what came in last."""
    st.subheader("In the store", anchor=False)
    views.show_holdings(cache.totals())
    views.show_imports(cache.imports(5))


show_overview()
