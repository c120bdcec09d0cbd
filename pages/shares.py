"""Frozen shares: the list of them, and one of them as it was kept, beside the live data where that is wanted."""

import streamlit as st

from backend.errors import NotFound
from pages.shared import cache, link, messages, share_parts, share_views
from pages.shared.pickers import pick_switch


def show_shares_page() -> None:
    """Draw the share that the link names, or the list."""
    asked = link.peek("id")
    link.seed("id")
    messages.show_said()
    if asked:
        try:
            show_share(asked)
        except NotFound as error:
            messages.show_error(error)
            share_parts.show_list()
    else:
        share_parts.show_list()


def show_share(share: str) -> None:
    """Draw one share: what it is, whether the data have changed since, what it shows."""
    found, view = cache.share(share)
    share_parts.show_head(found, view)
    share_parts.show_unknown(view.unknown)
    unread = cache.share_is_unread(view)
    share_parts.show_changes(cache.share_changes(share, unread), is_unread=unread)
    beside = pick_switch("live", "Beside the live data", share_parts.LIVE_HELP)
    if not beside:
        share_views.show_view(share, view, title=found.title)
        return
    now = None if unread else cache.share_view(share, True)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### As it was shared", anchors=False)
        share_views.show_view(share, view, narrow=True)
    with right:
        st.markdown("##### As it is now", anchors=False)
        if now is None:
            share_parts.show_why_not_live(is_unread=unread)
        else:
            share_views.show_view(share, now, is_live=True, narrow=True)


show_shares_page()
