"""Bringing files in by page, and the reports of what each import did."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from backend.config import settings
from backend.errors import BadInput
from backend.importers import import_file
from backend.records import Training
from backend.store.writes import ImportReport
from pages.shared import cache, link, messages, pickers, views
from pages.shared.texts import inline

REPORTS = 20
REJECTIONS = 200


def show_import_form() -> None:
    """Draw the form; an import runs while the page waits, and shows how far it is."""
    st.subheader("Import", anchor=False)
    with st.form("import_form", border=True):
        uploaded = st.file_uploader(
            "Files",
            accept_multiple_files=True,
            help="JSONL, CSV or Parquet, plain, .gz or .zst; the content decides, not the name.",
        )
        path = st.text_input(
            "Or a file on the machine that runs this app", placeholder="/data/samples.parquet", key="import_path"
        )
        st.caption("What is filled in here wins over what the rows say.")
        given = _given_fields()
        submitted = st.form_submit_button("Import", type="primary", key="import_submit")
    if submitted:
        _import_all(uploaded, path.strip(), given)


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What was filled in beside the files; it wins over what their rows say."""

    benchmark: str | None
    model: str | None
    training: str | None
    run: str | None
    strict: bool


def _given_fields() -> _Given:
    left, right = st.columns(2)
    benchmark = left.text_input("Benchmark", key="given_benchmark")
    model = right.text_input("Model", key="given_model")
    training = left.selectbox("Training", list(Training), index=None, key="given_training", placeholder="Not given")
    run = right.text_input("Run", key="given_run")
    strict = st.checkbox("Store nothing if any row is bad", key="given_strict")
    return _Given(benchmark=benchmark or None, model=model or None, training=training, run=run or None, strict=strict)


def _import_all(uploaded: list[UploadedFile], path: str, given: _Given) -> None:
    """Import the uploads, then the named file; each is a transaction of its own."""
    if not uploaded and not path:
        raise BadInput("No file was chosen.", "Upload one, or name one on the machine that runs this app.")
    reports = []
    for file in uploaded:
        with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix, dir=settings().database.parent) as copy:
            while piece := file.read(1 << 20):
                copy.write(piece)
            copy.flush()
            reports.append(_import_one(Path(copy.name), file.name, given))
    if path:
        reports.append(_import_one(_readable(path), Path(path).name, given))
    for report in reports:
        messages.say_next(report_in_words(report), bad=bool(report.rejected_total))
    st.rerun()


def _readable(path: str) -> Path:
    """A file that the app may read for whoever uses the page: one below the folders named in the settings."""
    found = Path(path).expanduser().resolve()
    folders = settings().import_folders
    if not any(found.is_relative_to(folder) for folder in folders):
        raise BadInput(
            f"{path} lies outside the folders that may be read.",
            f"Put it below {' or '.join(map(str, folders))}, or name its folder in BOUNDARY_IMPORT_FOLDERS.",
        )
    if not found.is_file():
        raise BadInput(
            f"There is no file {path} on the machine that runs this app.", "Check the path, or upload the file."
        )
    return found


def _import_one(path: Path, name: str, given: _Given) -> ImportReport:
    bar = st.progress(0.0, f"Reading {inline(name, 60)}. Stay on this page until it is done.")

    def progress(done: int, total: int) -> None:
        bar.progress(min(done / max(total, 1), 1.0), f"{inline(name, 60)}: {done / 1e6:,.1f} of {total / 1e6:,.1f} MB")

    report = import_file(
        cache.store(),
        path,
        file_name=name,
        benchmark=given.benchmark,
        model=given.model,
        training=given.training,
        run=given.run,
        strict=given.strict,
        progress=progress,
    )
    bar.empty()
    return report


def report_in_words(report: ImportReport) -> str:
    """What one import did, in one sentence, and where the first bad row is."""
    words = [f"{report.file}: {report.rows:,} rows read, {report.added:,} added"]
    words += [f"{report.duplicates:,} there already"] if report.duplicates else []
    words += [f"{report.unscored:,} without a verdict"] if report.unscored else []
    words += [f"{report.rejected_total:,} rejected"] if report.rejected_total else []
    first = f" First: line {report.rejected[0].line:,}, {report.rejected[0].reason}." if report.rejected else ""
    return ", ".join(words) + "." + first


def show_reports(total: int) -> None:
    """Draw the imports, newest first; a click on one shows its rows' fate."""
    offset = pickers.pick_page("imports_page", total, REPORTS) if total > REPORTS else 0
    imports = cache.imports(REPORTS, offset)
    known = {str(value): value for value in imports["import_id"]}

    def pick() -> None:
        cells = st.session_state["imports_table"]["selection"]["cells"]
        if cells:
            st.session_state["report"] = str(imports["import_id"].iloc[cells[0][0]])

    shown = _shown(imports)
    st.dataframe(
        shown,
        hide_index=True,
        key="imports_table",
        column_config=views.localized(shown),
        on_select=pick,
        selection_mode="single-cell",
        placeholder="–",
    )
    picked = link.seed("report", allowed=known.__contains__)
    if picked:
        _show_report(imports[imports["import_id"] == known[picked]].iloc[0])
    else:
        st.caption("Click a row to see what became of its rows.")


def _shown(imports: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "File": imports["file_name"],
            "Imported at (UTC)": imports["imported_at"].dt.strftime("%Y-%m-%d %H:%M"),
            "Format": imports["format"],
            **{word: imports[word.lower()] for word in ("Rows", "Added", "Duplicates", "Rejected", "Unscored")},
            "Runs": [", ".join(_listed(names)) for names in imports["runs"]],
            "SHA-256": imports["sha256"].str[:12],
        }
    )


def _listed(cell: object) -> list[str]:
    """A cell that holds a list of texts; a frame has NaN where there is none."""
    return [str(text) for text in cell] if isinstance(cell, Iterable) and not isinstance(cell, str) else []


def _show_report(report: pd.Series) -> None:
    """Draw one import's report: its file's hash, its warnings, its rejected rows."""
    with st.container(border=True):
        st.markdown(f"**{inline(str(report['file_name']))}** · SHA-256 `{report['sha256']}`")
        for warning in _listed(report["warnings"]):
            st.warning(inline(warning, 600))
        if not report["rejected"]:
            st.caption("No row was rejected.")
            return
        rejections = cache.import_rejections(int(report["import_id"]))
        shown = min(len(rejections), REJECTIONS)
        st.caption(f"{int(report['rejected']):,} rows were rejected; the first {shown:,}:")
        st.dataframe(rejections.head(REJECTIONS).rename(columns=str.capitalize), hide_index=True)
