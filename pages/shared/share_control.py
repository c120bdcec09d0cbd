"""The Share control in the sidebar of every page: its link, a frozen share of it, figures, data and report of it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from backend.commands.figures_out import CLAIMS
from backend.comparison.series import LOG_WORDS
from backend.exports.pictures import PICTURE_FORMS
from backend.exports.tables import FORMS
from backend.figures.printing import browser_path
from pages.shared import cache, link, sharing, visitors
from pages.shared.sharing import Also, Offer
from pages.shared.texts import inline

_OFFER = "share_offer"
MADE = "share_made"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FIGURE_WORDS = {
    "curves": "Curves", "boundary": "2×2 at one budget", "sets": "Solved sets", "bins": "Accuracy bins",
    "moves": "Who moved", "problem": "How often each run solves it", "tree": "Sample tree",
    "tree-difference": "Sample tree, difference", "paths": "paths@k", "patterns": "Who solves what",
    "checkpoints": "Problems over training", "training": "Curve ends over training",
    **{f"log-{column}": f"Training log: {words}" for column, words in LOG_WORDS.items()},
    **{f"claim-{number}": f"Claim {number}" for number in range(1, CLAIMS + 1)},
}  # fmt: skip
TABLE_WORDS = {
    **FIGURE_WORDS, "verdicts": "Verdicts by problem", "counts": "Counts by problem",
    "difference": "Difference at each k", "samples": "Samples with their texts", "tree": "Sample tree, a row a step",
    "paths": "Paths of one run alone", "paths-curves": "paths@k", "retention": "Path retention",
    "claims": "Claims, a row a run", "checkpoints": "Lost and gained over training", "turns": "Problems that turned",
    "luck": "Lucky hits by problem", "lenient": "2×2 by both verifiers", "beyond": "Curves beyond n",
    "training-log": "Training log, a row a step", "guessing": "Guessing", "published": "Published curves",
}  # fmt: skip
WIDTH_WORDS = {"column": "column, 85 mm", "page": "page, 178 mm"}


def begin() -> None:
    """Forget what the page that was drawn before offered."""
    st.session_state.pop(_OFFER, None)


def offer(found: Offer) -> None:
    """Say, from within a page, what it shows."""
    st.session_state[_OFFER] = found


def also(*, figures: tuple[str, ...] = (), tables: tuple[str, ...] = (), runs: tuple[str, ...], **asked: Any) -> None:
    """Say, from within a part of a page, what it shows besides, of which runs; asked: where not as on the page."""
    found: Offer | None = st.session_state.get(_OFFER)
    if found is not None:
        part = Also(figures=figures, tables=tables, runs=runs, asked=replace(found.asked, **asked))
        st.session_state[_OFFER] = replace(found, also=(*found.also, part))


def show_control(page: str) -> None:
    """Draw the control for the page that was just drawn; its inside is worked out only while it is open."""
    place = st.popover("Share", icon=":material/share:", width="stretch", key="share_control", on_change="rerun")
    if not place.open:
        return
    found: Offer | None = st.session_state.get(_OFFER)
    with place:
        _show_link(page, link.in_full(), has_report=found is not None and found.has_report)
        if found is not None:
            _show_freezing(found)
            _show_exports(found)


def _show_link(page: str, parameters: Mapping[str, list[str]], *, has_report: bool) -> None:
    """Draw the link, absolute and relative, and what it takes to open it."""
    query = urlencode(parameters, doseq=True)
    relative = f"/{page}{'?' if query else ''}{query}"
    at = urlsplit(st.context.url or "")
    st.markdown("**Link to this view**")
    st.code(f"{at.scheme}://{at.netloc}{relative}" if at.netloc else relative, language=None, wrap_lines=True)
    st.caption(f"{needed(at.hostname)}{' The report below needs nothing but a browser.' if has_report else ''}")
    if at.netloc:
        st.code(relative, language=None, wrap_lines=True)


def needed(host: str | None) -> str:
    """Say what a colleague needs to open a link to this host."""
    if host is None or host in LOOPBACK:
        return (
            "This server answers on this machine alone. Elsewhere the relative link opens in an app whose store holds "
            "these runs: `python -m backend export runs` bundles them, `import` takes the bundle."
        )
    return (
        f"It opens for whoever reaches {inline(host)}, and shows what the store holds then. A frozen share shows what "
        "it holds now. Elsewhere the relative link opens in an app whose store holds these runs."
    )


def _show_freezing(found: Offer) -> None:
    """Draw the form that keeps the view as it is now, and the address of what was kept."""
    st.markdown("**Freeze this view**")
    if visitors.show_refused("share"):
        return
    by = visitors.visitor()
    with st.form("share_form", border=False):
        title = st.text_input("Title", key="share_title", max_chars=300, placeholder="its finding")
        note = st.text_area("Note", key="share_note", max_chars=10_000, height=68)
        author = by.name if by.vouched_for else st.text_input("Author", key="share_author", max_chars=200)
        if st.form_submit_button("Freeze", key="share_submit", icon=":material/ac_unit:"):
            asked = {name: getattr(found.asked, name) for name in found.asked.__dataclass_fields__}
            st.session_state[MADE] = found, cache.change(
                "share", page=found.page, runs=list(found.runs), problem=found.problem, title=title or None,
                note=note or None, author=author or None, link=link.in_full(), more=dict(found.more), **asked,
            )  # fmt: skip
    of, made = st.session_state.get(MADE, (None, {}))
    if of == found:
        st.success("Kept as it is now." if made["new"] else "This very view was kept before, with its first title.")
        st.page_link(
            "shares.py", label="Open the frozen share", icon=":material/ac_unit:", query_params={"id": made["share"]}
        )


def _show_exports(found: Offer) -> None:
    """Draw what can be downloaded; each file is made when it is clicked."""
    st.markdown("**Export**")
    if browser_path() is None:
        st.caption("There is no Chromium here to draw pictures with; data and report work without.")
    elif found.figures:
        _show_pictures(found)
    name = st.selectbox("Data", found.tables, key="export_data", format_func=TABLE_WORDS.__getitem__)
    form = st.segmented_control("Data as", FORMS, key="export_data_form", default=FORMS[0], required=True) or FORMS[0]
    st.download_button(
        "Download data", partial(_data, found, name, form), f"{name}.{form}", key="download_data", on_click="ignore",
        icon=":material/table:",
    )  # fmt: skip
    if found.has_report:
        st.download_button(
            "Download report (HTML)", partial(_report, found), "report.html", mime="text/html", key="download_report",
            on_click="ignore", icon=":material/description:", help="One file that opens without a network.",
        )  # fmt: skip


def _show_pictures(found: Offer) -> None:
    name = st.selectbox("Figure", found.figures, key="export_figure", format_func=FIGURE_WORDS.__getitem__)
    form = st.segmented_control("Figure as", PICTURE_FORMS, key="export_form", default="png", required=True) or "png"
    width = st.segmented_control(
        "Width", list(WIDTH_WORDS), key="export_width", default="column", required=True,
        format_func=WIDTH_WORDS.__getitem__,
    ) or "column"  # fmt: skip
    st.download_button(
        "Download figure", partial(_picture, found, name, form, width), f"{name}-{width}.{form}", key="download_figure",
        on_click="ignore", icon=":material/image:",
    )  # fmt: skip


def _picture(found: Offer, name: str, form: str, width: str) -> bytes:
    return sharing.picture(cache.store(), found, name, form, width)


def _data(found: Offer, name: str, form: str) -> bytes:
    return sharing.data(cache.store(), found, name, form)


def _report(found: Offer) -> bytes:
    return sharing.report_of_offer(cache.store(), found)
