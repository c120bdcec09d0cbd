"""All formats that can be read, in the order in which they are asked."""

from collections.abc import Iterable

from backend.errors import BadInput
from backend.importers import (
    evalplus,
    evalscope,
    human_eval,
    inspect_files,
    lighteval,
    livecodebench,
    lm_eval,
    matharena,
    nemo_skills,
    opencompass,
    parquet,
    prime_verifiers,
    qwen_math,
    sample_rows,
    training_logs,
    trl,
    verl,
)
from backend.importers.format import Format
from backend.importers.gathering import batches
from backend.importers.look import look, rows_of
from backend.importers.source import Source
from backend.store.incoming import Form

OWN_FIELDS = ("problem_id", "correct", "completion", "sample_index", "model", "benchmark", "n", "c")
OWN = (
    Format(
        "samples-parquet",
        "Parquet, one row a sample, a count or a problem",
        lambda s: s.is_parquet and _own_form(s) is not None,
        sample_rows.read_parquet,
        OWN_FIELDS,
    ),
    Format(
        "samples-jsonl",
        "JSON Lines, one object a sample, a count or a problem",
        lambda s: look(s).form == "lines" and _own_form(s) is not None,
        sample_rows.read_json_lines,
        OWN_FIELDS,
    ),
    Format(
        "samples-csv",
        "CSV, one row a sample, a count or a problem",
        lambda s: look(s).form == "other" and _own_form(s) is not None,
        sample_rows.read_csv,
        OWN_FIELDS,
    ),
    Format(
        "samples-json",
        "JSON, one array of objects, one a sample",
        lambda s: look(s).form == "array" and _own_form(s) is Form.SAMPLES,
        lambda s, given: batches(s, given, rows_of(s), lambda gathered, line, row: gathered.add(line, row)),
        OWN_FIELDS,
    ),
)
HARNESSES = (
    qwen_math.FORMAT,
    inspect_files.ARCHIVE,
    inspect_files.DOCUMENT,
    lm_eval.FORMAT,
    lighteval.FORMAT,
    nemo_skills.FORMAT,
    prime_verifiers.FORMAT,
    evalplus.FORMAT,
    human_eval.FORMAT,
    livecodebench.FORMAT,
    verl.FORMAT,
    trl.FORMAT,
    evalscope.FORMAT,
    matharena.DOCUMENT,
    matharena.ROWS,
    opencompass.PREDICTIONS,
    opencompass.DETAILS,
)
FORMATS: tuple[Format, ...] = (*OWN, *HARNESSES, training_logs.FORMAT)
ACCEPTED = (
    f"{sample_rows.ACCEPTED}; {len(HARNESSES)} kinds of evaluation harnesses' files (`python -m backend formats`); "
    "training logs with step and reward, entropy or length"
)
MAPPABLE = (
    "any other file of rows with --mapping guess (`python -m backend inspect FILE` shows what that would store) "
    "or with --map, such as --map problem_id=task_id --map correct=reward"
)
ONE_A_ROW = ("problem_id", "correct", "verdict", "completion")
"""Columns of which a row of ours holds one value; where lists stand in them, the mapper reads them."""


def recognise(source: Source) -> Format:
    """Return the format that a file's content shows; raises BadInput, naming what was found, where none does."""
    if source.size == 0:
        raise BadInput(f"{source.name} is empty.", f"Accepted are {ACCEPTED}.")
    ours = next((known for known in OWN if known.recognises(source)), None)
    if ours and _own_form(source) is not Form.PROBLEMS:
        return ours
    # A harness's row may well name its problem as ours do, beside samples under other names: it is asked first.
    theirs = next((known for known in HARNESSES if known.recognises(source)), None)
    if known := theirs or ours:
        return known
    if training_logs.FORMAT.recognises(source):
        return training_logs.FORMAT
    raise BadInput(
        f"{source.name} is in no known format: {_found(source)}.", f"Accepted are {ACCEPTED}; and {MAPPABLE}."
    )


def _form(columns: Iterable[str] | None) -> Form | None:
    return sample_rows.form_of(set(columns or ()))


def _own_form(source: Source) -> Form | None:
    """Return what the rows of a file of ours are."""
    if source.is_parquet:
        listed = parquet.lists_in_parquet(source)
        return None if listed.intersection(ONE_A_ROW) else _form(parquet.columns_in_parquet(source))
    seen = look(source)
    if any(isinstance(seen.first.get(name), list) for name in ONE_A_ROW):
        return None
    return _form(seen.first if seen.form in ("lines", "array") else sample_rows.columns_in_csv(source))


def format_named(name: str) -> Format:
    """Return the format of this name; raises BadInput, naming all, where there is none."""
    for known in FORMATS:
        if known.name == name:
            return known
    raise BadInput(f"There is no format {name}.", f"There are {', '.join(f.name for f in FORMATS)}.")


def _found(source: Source) -> str:
    """Say what a file that nobody recognises holds."""
    names = (
        parquet.columns_in_parquet(source)
        if source.is_parquet
        else look(source).first or sample_rows.columns_in_csv(source)
    )
    if names:
        return f"its columns are {', '.join(sorted(names)[:20])}"
    head = source.head(4096)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "its text is UTF-16, to be saved as UTF-8"
    if b"\0" in head or not _is_text(head):
        return "it holds binary data"
    return f"it begins with {head[:40].decode(errors='replace')!r}"


def _is_text(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4
    return True
