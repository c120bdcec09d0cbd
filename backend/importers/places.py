"""What a file's name, its folder and the files beside it say of its samples."""

import re
import zlib
from pathlib import Path
from typing import Any

from backend.config import UPLOADED
from backend.importers.documents import parse
from backend.importers.look import look
from backend.importers.source import Source

GENERIC = frozenset(("samples", "sample", "results", "eval_results", "output", "outputs", "solutions", "completions"))
"""Names that say nothing of the model."""
LARGEST_SIDE_FILE = 64 * 1024 * 1024
HEAD_BYTES = 1024 * 1024
KINDS_OF_FILES = frozenset(
    ["completions", "dumps", "eval", "generations", "logs", "output", "outputs", "results", "rollout", "rollout_data",
     "rollouts", "samples", "test", "train", "val", "validation", "validation_data"]
)  # fmt: skip
"""Folders that are called alike in every training run."""
_KNOWN = (
    "aime24 aime25 aime26 aime2024 aime2025 amc23 math500 math_500 minerva_math olympiadbench gsm8k "
    "gsm_hard college_math gaokao2023en tabmwp svamp asdiv mawps carp_en mmlu_stem sat_math cmath "
    "cn_middle_school theoremqa hungarian_exam gpqa_diamond livecodebench humaneval mbpp countdown"
)
PART = re.compile(
    r"[._-]?(?:seed[_-]?(?P<seed>\d+)|\d+-of-\d+|(?:shard|part|rank|chunk|split)[_-]?\d+)(?=$|[._-])", re.IGNORECASE
)
"""What a file's name adds to tell the parts of one run from each other."""
BENCHMARKS = frozenset(_KNOWN.split())
"""Benchmarks whose name in the name of a file can mean nothing else."""


def place(source: Source) -> Path | None:
    """Return where the file really lies; None for an upload, whose folder says nothing."""
    return source.path.resolve() if source.path.name == Path(source.name).name else None


def folders(source: Source) -> list[str]:
    """Return the names of the folders that the file lies in, the nearest first."""
    found = place(source)
    names = [p.name for p in found.parents if p.name] if found else []
    # The name of a folder of uploads is ours, and says nothing.
    return next((names[:at] for at, name in enumerate(names) if name.startswith(UPLOADED)), names)


def folder_under(source: Source, name: str) -> str | None:
    """Return the folder on the file's way that lies in a folder of this name."""
    above = folders(source)
    return above[above.index(name) - 1] if name in above[1:] else None


def folder_above(source: Source, name: str) -> str | None:
    """Return the folder that holds the folder of this name on the file's way."""
    above = folders(source)
    at = above.index(name) + 1 if name in above else len(above)
    return above[at] if at < len(above) else None


def default_model(source: Source) -> str | None:
    """Name a model that nothing names by the folder that holds its file; harnesses call their files all the same."""
    return next(iter(folders(source)), None)


def run_folder(source: Source) -> str | None:
    """Name a training run by its folders: up to the first one that says more than what kind of files it holds."""
    above = folders(source)
    kinds = next((at for at, name in enumerate(above) if name.lower() not in KINDS_OF_FILES), len(above))
    return "/".join(reversed(above[: kinds + 1])) or None


def model_named(source: Source, name: str) -> str | None:
    """Return the model that a file's name says; a name that harnesses give to every file is its folder's.

    None for an upload under such a name.
    """
    return name if name.lower() not in GENERIC else default_model(source)


def benchmark_in(source: Source) -> str | None:
    """Return the well-known benchmark that the file's name, or its folder's, holds as a word of its own."""
    for name in (source.stem, *folders(source)[:1]):
        words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        found = [b for b in BENCHMARKS if f"_{b}_" in f"_{words}_"]
        if found:
            return max(found, key=len)
    return None


def json_beside(source: Source, pattern: str, wanted: str) -> dict[str, Any]:
    """Return the newest JSON object beside the file, by name, that has the key `wanted`; empty where none has."""
    found = place(source)
    if found is None:
        return {}
    for path in sorted(found.parent.glob(pattern), reverse=True):
        said = read_object(path)
        if wanted in said and path != found:
            return said
    return {}


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a small file; empty where it holds none."""
    try:
        if path.stat().st_size > LARGEST_SIDE_FILE:
            return {}
        said = parse(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def seed_of_content(source: Source) -> int:
    """Return a number for a file that names no seed: the same for the same file grown longer, another for others.

    Two files of one run then bring different samples, and the same file twice brings nothing new.
    """
    if source.is_parquet:
        # The columns that say the question come first, and are the same in every run: the verdicts' bounds come last.
        with source.path.open("rb") as file:
            file.seek(max(0, source.size - HEAD_BYTES // 16))
            return zlib.crc32(file.read())
    head = source.head(HEAD_BYTES)
    return zlib.crc32(head.split(b"\n", 1)[0] if look(source).form == "lines" else head[: HEAD_BYTES // 16])


def whole_name(stem: str) -> str:
    """Return a file's name without what tells the parts of one run from each other."""
    return PART.sub("", stem) or stem


def seed_in(stem: str) -> int | None:
    """Return the seed in a file's name."""
    match = next((m for m in PART.finditer(stem) if m["seed"]), None)
    return int(match["seed"]) if match else None
