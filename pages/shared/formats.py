"""What can be imported: each format with its fields, and where it is described."""

import pandas as pd
import streamlit as st

from backend.importers.previews import formats


def show_formats() -> None:
    """Draw one row a format."""
    st.caption(
        "A file is recognised by its content, plain, .gz or .zst. Anything else in JSON, JSON Lines, CSV or Parquet is "
        "read by a mapping of its columns: docs/formats/mapping.md. Folders, and several files at once: "
        "docs/formats/folders.md."
    )
    known = formats()
    table = pd.DataFrame(
        {
            "Format": [one["title"] for one in known],
            "Name": [one["name"] for one in known],
            "Fields that are read": [", ".join(one["fields"]) for one in known],
            "Described in": [one["described_in"] for one in known],
        }
    )
    st.dataframe(
        table, hide_index=True, key="formats_table", height=36 + 35 * len(table),
        column_config={"Fields that are read": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    st.caption("By command: `python -m backend formats`, `python -m backend inspect FILE`.")
