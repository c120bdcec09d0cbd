"""The imports, newest first, and what became of the rows of one: its warnings, its rejected rows, its samples."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from pages.shared import cache, findings, link, pickers, views
from pages.shared.texts import counted, inline

REPORTS = 20
REJECTIONS = 200
SUMS = ("Rows", "Added", "Completed", "Duplicates", "Rejected", "Unscored")


def show_reports() -> None:
    """Draw the imports; a click on one shows its rows' fate."""
    total = cache.totals()["imports"]
    if not total:
        st.info("Each import leaves its report here.", title="Nothing was imported yet.", icon=":material/inbox:")
        return
    offset = pickers.pick_page("imports_page", total, REPORTS) if total > REPORTS else 0
    imports = cache.imports(REPORTS, offset)
    known = {str(value): value for value in imports["import_id"]}

    names = {
        key: f"{row.file_name} · {row.imported_at:%Y-%m-%d %H:%M}"
        for key, row in zip(known, imports.itertuples(), strict=True)
    }
    picked = views.pick_row("report", "Import to see", names, _shown(imports), table="imports_table")
    if picked:
        _show_report(imports[imports["import_id"] == known[picked]].iloc[0])


def _shown(imports: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "File": imports["file_name"],
            "Imported at (UTC)": imports["imported_at"].dt.strftime("%Y-%m-%d %H:%M"),
            "Format": imports["format"],
            **{word: imports[word.lower()] for word in SUMS},
            "Runs": [", ".join(_listed(names)) for names in imports["runs"]],
            "SHA-256": imports["sha256"].str[:12],
        }
    )


def _listed(cell: object) -> list[str]:
    """A cell that holds a list of texts; a frame has NaN where there is none."""
    return [str(text) for text in cell] if isinstance(cell, Iterable) and not isinstance(cell, str) else []


def _show_report(report: pd.Series) -> None:
    """Draw one import's report: its file, its warnings, its rejected rows, what may be wrong with its samples."""
    st.markdown(f"**{inline(str(report['file_name']))}** · SHA-256 `{report['sha256']}`")
    sums = [f"{int(report['rows']):,} rows read", f"{int(report['added']):,} added"]
    sums += [f"{counted(int(report['completed']), 'sample')} completed"] if report["completed"] else []
    sums += [f"{int(report['duplicates']):,} there already", f"{int(report['rejected']):,} rejected"]
    st.markdown(f"{', '.join(sums)}, {int(report['unscored']):,} without a verdict.")
    for warning in _listed(report["warnings"]):
        st.warning(inline(warning, 600))
    if report["rejected"]:
        _show_rejections(report)
    _show_samples(report)


def _show_rejections(report: pd.Series) -> None:
    rejections = cache.import_rejections(int(report["import_id"]))
    reasons = rejections["reason"].value_counts()
    if len(reasons) < len(rejections):
        why = "; ".join(f"{inline(str(reason), 160)} ({count:,})" for reason, count in reasons.head(5).items())
        st.markdown(f"Why rows were rejected, most often: {why}")
    shown = min(len(rejections), REJECTIONS)
    st.caption(f"{counted(int(report['rejected']), 'row')} rejected; the first {shown:,}:")
    st.dataframe(rejections.head(REJECTIONS).rename(columns=str.capitalize), hide_index=True, key="rejections_table")


def _show_samples(report: pd.Series) -> None:
    """Draw what may be wrong with the samples that the import brought to a run."""
    runs = cache.runs().set_index("run", drop=False)
    keys = [key for key in _listed(report["run_keys"]) if key in runs.index]
    if not keys or not report["added"]:
        return
    key = keys[0]
    if len(keys) > 1:
        link.seed("report_run", [keys[0]], allowed=keys.__contains__)
        key = st.selectbox(
            f"Run ({len(keys):,} had rows of this file)", keys, key="report_run",
            format_func=lambda one: str(runs.loc[one, "name"]),
        )  # fmt: skip
        link.note("report_run", key)
    st.markdown(f"##### Samples of this import in {inline(str(runs.loc[key, 'name']))}", anchors=False)
    findings.show_findings(runs[runs["run"] == key].iloc[0], int(report["import_id"]))
