"""Bringing files in by page: which files, how to read them, what holds for all rows; the import runs elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from backend.access.places import readable
from backend.commands.imports import title_of_import
from backend.errors import AppError, BadInput
from backend.importers import FORMATS, Wanted
from backend.importers.folders import Found
from backend.importers.rows import Given
from backend.importers.saved_mappings import GUESS
from backend.records import Training
from pages.shared import cache, link, mapper, messages, pickers, previewing, uploads, visitors
from pages.shared.texts import counted
from pages.shared.uploads import Upload

BY_CONTENT, BY_COLUMNS, SAVED = "content", "columns", "mapping:"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What was chosen to import, and all that was said of it."""

    paths: list[Path]
    files: list[Found]
    upload: Upload | None
    """Keeps the uploaded files on the disk while this or an import needs them."""
    reading: str
    given: Given
    strict: bool
    texts: bool
    wanted: Wanted = field(default_factory=Wanted)


def show_import() -> None:
    """Draw what is chosen on top, with the button; below it what would be stored."""
    if visitors.show_refused("import"):
        return
    if st.session_state.pop("import_begun", False):
        st.session_state["upload_number"] += 1
        link.forget("import_path", "map", "file", "read")
    left, right = st.columns(2, gap="large")
    with left:
        uploaded = _pick_uploads()
        path = _pick_path()
    with right:
        reading = _pick_reading()
        given, strict, texts = _pick_given()
        button = st.empty()
    upload = uploads.kept(uploaded)
    try:
        paths = [*(upload.paths if upload else []), *([readable(path)] if path else [])]
        files = [found for one in paths for found in cache.files_below(one)]
    except BadInput as refusal:
        messages.show_error(refusal)
        paths, files = [], []
    wanted = _preview(files, reading, given)
    chosen = Chosen(
        paths=paths, files=files, upload=upload, reading=reading, given=given, strict=strict, texts=texts,
        wanted=wanted or Wanted(),
    )  # fmt: skip
    label = f"Import {counted(len(files), 'file')}" if len(files) > 1 else "Import"
    ready = bool(files) and wanted is not None
    if button.button(label, type="primary", key="import_submit", disabled=not ready):
        _begin(chosen)


def _pick_uploads() -> list[Any]:
    """Pick files of one's own; each import begins with an empty list."""
    number = st.session_state.setdefault("upload_number", 0)
    return st.file_uploader(
        "Files", accept_multiple_files=True, key=f"upload_{number}",
        help="Samples, counts or a problem list; several files of one run, such as its seeds, become one run. The "
        "content decides what a file is, not its name.",
    )  # fmt: skip


def _pick_path() -> str:
    if link.seed("import_path") is None:
        st.session_state["import_path"] = ""
    path = st.text_input(
        "Or a file or folder on the machine that runs this app", key="import_path", placeholder="/data/results"
    )
    link.note("import_path", path)
    return path.strip()


def _pick_reading() -> str:
    """Pick how to read: by content, by columns picked here, by a saved mapping, as one format."""
    saved = {f"{SAVED}{name}": f"Mapping “{name}”" for name in cache.mappings()}
    formats = {known.name: known.title for known in FORMATS}
    words = {BY_CONTENT: "Recognised by content", BY_COLUMNS: "By columns that I pick", **saved, **formats}
    link.seed("read", [BY_CONTENT], allowed=words.__contains__)
    chosen = st.selectbox("Read as", list(words), key="read", format_func=words.__getitem__)
    link.note("read", chosen)
    return chosen or BY_CONTENT


def _pick_given() -> tuple[Given, bool, bool]:
    """Pick what holds for all rows, and two switches: all or nothing, with texts."""
    left, right = st.columns(2)
    benchmark = left.text_input("Benchmark", key="given_benchmark", placeholder="As the file says")
    model = right.text_input("Model", key="given_model", placeholder="As the file says")
    training = left.selectbox(
        "Training", list(Training), index=None, key="given_training", placeholder="As the file says"
    )
    run = right.text_input("Run", key="given_run", placeholder="Named by model, benchmark, settings")
    with st.container(horizontal=True):
        strict = st.checkbox("Store nothing if any row is bad", key="given_strict")
        texts = st.checkbox(
            "With completions", value=True, key="given_texts",
            help="Inspect archives keep them apart from the verdicts; without them an import is faster.",
        )  # fmt: skip
    return (
        Given(benchmark=benchmark or None, model=model or None, training=training, run=run or None),
        strict,
        texts,
    )


def _preview(files: Sequence[Found], reading: str, given: Given) -> Wanted | None:
    """Draw what would be stored of a file; return how the files are to be read, None where they cannot be yet."""
    st.subheader("What would be stored", anchor=False)
    if not files:
        st.caption(
            "Choose files above: before anything is stored, this tells what they are and shows their first ten rows. "
            "A problem list (benchmark, problem_id, question, reference_answer) can be imported too: it adds problems "
            "that a file of samples left out, such as those never solved."
        )
        return None
    file = pickers.pick_file(files)
    try:
        return _previewed(file, reading, given, alone=len(files) == 1)
    except AppError as refusal:
        messages.show_error(refusal)
        return _wanted(reading) if len(files) > 1 and reading != BY_COLUMNS else None


def _previewed(file: Found, reading: str, given: Given, *, alone: bool) -> Wanted | None:
    """Draw one file. The columns picked for it are read from all files: among several they must be asked for."""
    wanted = _wanted(reading)
    if reading == BY_COLUMNS:
        return mapper.show_mapped(file, given, Wanted(mapping=GUESS))
    try:
        shown = cache.preview(file.path, wanted, given)
    except BadInput:
        if wanted != Wanted() or not alone or not cache.columns(file.path, None):
            raise
        return mapper.show_mapped(file, given, Wanted(mapping=GUESS))
    if shown["format"] != "mapping":
        previewing.show_preview(shown)
        return wanted
    if not wanted.mapped:
        st.info(
            "Pick below which column holds what; what looks right is picked already."
            if alone
            else "Among several files it is passed over. To read all of them by the same columns, pick “By columns "
            "that I pick” under “Read as”.",
            title="This file is in no known format.",
            icon=":material/table_chart:",
        )
    return mapper.show_mapped(file, given, wanted) if alone or wanted.mapped else wanted


def _wanted(reading: str) -> Wanted:
    """How files are to be read, apart from columns that are picked on the page."""
    if reading.startswith(SAVED):
        return Wanted(mapping=reading.removeprefix(SAVED))
    return Wanted(format_name=None if reading in (BY_CONTENT, BY_COLUMNS) else reading)


def _begin(chosen: Chosen) -> None:
    """Queue the import and show the page anew, with its progress."""
    paths, wanted = [str(path) for path in chosen.paths], chosen.wanted
    cache.begin(
        "import",
        title_of_import(paths),
        keep=chosen.upload,
        paths=paths,
        benchmark=chosen.given.benchmark,
        model=chosen.given.model,
        training=chosen.given.training,
        run=chosen.given.run,
        strict=chosen.strict,
        format_name=wanted.format_name,
        mapping=wanted.mapping,
        map_fields=wanted.map_fields,
        texts=chosen.texts,
    )
    st.session_state["import_begun"] = True
    st.rerun()
