"""Who did what: the list of changes, and of what was refused."""

import pandas as pd
import streamlit as st

from pages.shared import cache, pickers, visitors

ROWS = 50


def show_deeds() -> None:
    """Draw the deeds, the newest first, in pages."""
    if visitors.show_refused("audit_list"):
        return
    total = cache.deeds(1, 0)["total"]
    if not total:
        st.info(
            "Imports, deletions, regrades, shares and refusals are listed here from now on.",
            title="Nothing was changed yet.",
            icon=":material/history:",
        )
        return
    offset = pickers.pick_page("deeds_page", total, ROWS) if total > ROWS else 0
    found = cache.deeds(ROWS, offset)["deeds"]
    st.dataframe(
        _shown(pd.DataFrame(found)), hide_index=True, key="deeds_table", placeholder="–",
        column_config={"On": st.column_config.TextColumn(width="medium")},
    )  # fmt: skip
    st.caption(
        f"{offset + 1:,} to {offset + len(found):,} of {total:,} · `python -m backend audit-list --json` has all"
    )


def _shown(found: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "At (UTC)": pd.to_datetime(found["done_at"], format="ISO8601").dt.strftime("%Y-%m-%d %H:%M:%S"),
            "Who": found["who"],
            "What": found["command"].str.replace("_", " ").str.capitalize(),
            "Outcome": found["outcome"],
            "On": found["about"],
            "Reason": found["reason"],
            "By": found["way"],
            "Role": found["role"],
            "Seconds": found["seconds"],
        }
    )
