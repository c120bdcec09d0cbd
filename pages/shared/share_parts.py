"""The pieces of the page of frozen shares: the list, a share's head with what can be done with it, what has changed."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from backend.exports.frozen import View
from backend.store.shares import StoredShare
from pages.shared import cache, messages, share_data, visitors
from pages.shared.texts import counted, inline, rendered
from pages.shared.views import localized, pick_row

LIVE_HELP = "Draws the same view of what the store holds now."
LIVE_PAGES = {
    "overview": "overview.py",
    "curves": "curves.py",
    "boundary": "boundary.py",
    "claims": "claims.py",
    "problem": "problem.py",
    "tree": "tree.py",
    "paths": "paths.py",
}


def show_list() -> None:
    """Draw the shares; a click opens one."""
    st.title("Shares", anchor=False)
    shares = cache.shares()
    if shares.empty:
        messages.show_nothing(
            "No view was frozen yet.",
            "Open “Share” in the sidebar of any page, or run `python -m backend share comparison BASE RLVR`. A frozen "
            "share keeps the data behind a view, so that it shows the same when its runs have changed or are gone.",
        )
        return
    st.caption(f"{counted(len(shares), 'share')}, the newest first · click a row to open one")
    names = {str(key): f"{title} · {key}" for key, title in zip(shares["share"], shares["title"], strict=True)}
    pick_row("id", "Share to open", names, _shown(shares), table="shares_table", rows=14)
    if st.session_state.get("id"):
        st.rerun()


def _shown(shares: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Title": shares["title"],
            "Page": shares["page"].str.capitalize(),
            "Author": shares["author"],
            "Shared at (UTC)": shares["created_at"].dt.strftime("%Y-%m-%d %H:%M"),
            "Id": shares["share"],
            "kB": (shares["bytes"] / 1000).round().astype(int),
        }
    )


def show_head(found: StoredShare, view: View) -> None:
    """Draw a share's title, who shared it when, its note, and what can be done with it."""
    st.title(inline(found.title), anchor=False)
    by = f" by {inline(found.author, 200)}" if found.author else ""
    material = view.material
    st.caption(
        f"Frozen {found.created_at:%Y-%m-%d %H:%M} UTC{by} · {inline(material.benchmark)} · store version "
        f"{material.store_version:,} · {inline(f'program {material.app_version}')} · share {found.share}"
    )
    if found.note:
        st.markdown(rendered(found.note), anchors=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            LIVE_PAGES[view.page], label="Open live", icon=":material/arrow_forward:", query_params=dict(view.link)
        )
        if len(view.material.keys) == 2 and view.claims is None and view.paths is None:
            st.download_button(
                "Report (HTML)", partial(_report, found.share), f"share-{found.share}.html", mime="text/html",
                key="share_report", on_click="ignore", type="tertiary", icon=":material/description:",
            )  # fmt: skip
        for name in (*(("claims",) if view.claims else ()), *(("paths",) if view.paths else ()), "counts"):
            st.download_button(
                f"{name.capitalize()} (CSV)", partial(_data, found.share, name), f"share-{found.share}-{name}.csv",
                mime="text/csv", key=f"share_{name}_csv", on_click="ignore", type="tertiary", icon=":material/table:",
            )  # fmt: skip
        with st.popover("Sources", type="tertiary", icon=":material/source:"):
            _show_sources(found, view)
        if visitors.may("unshare", found.author):
            _show_changing(found)
        st.button("All shares", key="share_all", type="tertiary", icon=":material/list:", on_click=_close)


def _report(share: str) -> bytes:
    return share_data.report_of_share(cache.store(), share)


def _data(share: str, name: str) -> bytes:
    return share_data.data_of_share(cache.store(), share, name, "csv")


def _close() -> None:
    st.session_state["id"] = None


def _show_sources(found: StoredShare, view: View) -> None:
    """Draw the share's address, and the files that its numbers came from."""
    at = urlsplit(st.context.url or "")
    relative = f"/share?id={found.share}"
    st.code(f"{at.scheme}://{at.netloc}{relative}" if at.netloc else relative, language=None)
    files = view.material.files[["run", "file_name", "sha256"]]
    shown = files.rename(columns={"run": "Run", "file_name": "File", "sha256": "SHA-256"})
    st.dataframe(shown, hide_index=True, key="share_files", column_config=localized(shown))
    st.caption(f"SHA-256 of what is kept: `{found.sha256}`")


def _show_changing(found: StoredShare) -> None:
    """Draw the ways to rename and to revoke a share."""
    with st.popover("Rename or revoke", type="tertiary", icon=":material/edit:"):
        with st.form("rename_share", border=False):
            title = st.text_input("Title", value=found.title, key=f"title_{found.share}", max_chars=300)
            if st.form_submit_button("Rename", key="rename_share_submit"):
                cache.change("rename_share", share=found.share, title=title)
                messages.say_next("The share has another title; its address stays.")
                st.rerun()
        st.caption("Revoking takes the content away for good. Whoever opens the address is told so.")
        if st.button("Revoke this share", key="revoke_share", icon=":material/delete:"):
            cache.change("unshare", share=found.share)
            messages.say_next(f"The share {found.share} was revoked.")
            _close()
            st.rerun()


def show_changes(since: list[str], *, is_unread: bool) -> None:
    """Say whether the live data are still those of the share; is_unread: its paths could not be looked at."""
    if since:
        listed = "\n".join(f"- {inline(sentence)}" for sentence in since)
        st.warning(listed, title="The live data have changed since; this shows them as they were.")
    elif is_unread:
        st.caption("The live counts are still the same. Whether the paths are was not read: “Open live” reads them.")
    else:
        st.caption(":material/check: The live data are still the same.")


def show_unknown(unknown: Mapping[str, Any]) -> None:
    """Say what another version of the program asked for that this one does not know, where it asked for anything."""
    if asked := [name for name, value in unknown.items() if value not in (None, False, "", [])]:
        named = ", ".join(inline(name, 60) for name in asked[:12])
        st.warning(
            f"Not known here: {named}. What is shown may differ by it; the counts are those that were kept.",
            title="This share was made by another version of the program.",
        )


def show_why_not_live(*, is_unread: bool) -> None:
    """Say why the live data do not stand beside the share."""
    if is_unread:
        messages.show_nothing("The live paths have not been read yet.", "“Open live” reads them, then come back.")
    else:
        messages.show_nothing("The live data cannot be drawn.", "A run of this share is gone from the store.")
