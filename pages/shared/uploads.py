"""Uploaded files on the disk: side by side in a folder that lives as long as somebody needs it."""

import shutil
import tempfile
import weakref
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from backend.config import UPLOADED, settings

PIECE_BYTES = 1 << 20
_KEPT = "upload_kept"


class Upload:
    """A folder with uploaded files; it goes when neither a page nor an import holds this object any more."""

    def __init__(self, files: list[UploadedFile]) -> None:
        parent = settings().database.parent
        parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=UPLOADED, dir=parent))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.files = [f.file_id for f in files]
        self.paths = [self._written(number, file) for number, file in enumerate(files)]

    def _written(self, number: int, file: UploadedFile) -> Path:
        path = self.folder / (Path(file.name).name or f"upload-{number}")
        if path.exists():
            path = self.folder / str(number) / path.name
            path.parent.mkdir()
        file.seek(0)
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy, PIECE_BYTES)
        return path


def kept(files: list[UploadedFile]) -> Upload | None:
    """Return the uploaded files on the disk, written once; None where nothing is uploaded."""
    known: Upload | None = st.session_state.get(_KEPT)
    if not files:
        st.session_state.pop(_KEPT, None)
        return None
    if known is None or known.files != [f.file_id for f in files]:
        known = st.session_state[_KEPT] = Upload(files)
    return known
