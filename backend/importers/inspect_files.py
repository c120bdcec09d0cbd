"""Inspect's logs as files: `.eval` (a ZIP archive) and `.json` (the same as one document)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from backend.errors import BadInput
from backend.importers.archive import Archive
from backend.importers.documents import Row, object_of, parse, parts
from backend.importers.format import Format
from backend.importers.gathering import SAMPLES_LOOKED_AT, Gathering, batches, counting
from backend.importers.inspect_log import (
    any_points,
    is_log,
    output_of,
    row_of,
    scales_of,
    scorers_of,
    seed_of,
    settings_of,
    verdicts_of,
)
from backend.importers.look import look
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.importers.values import Unfit
from backend.store.incoming import Batch

START, HEADER, SUMMARIES = "_journal/start.json", "header.json", "summaries.json"
JOURNAL = "_journal/summaries/"


def recognises_archive(source: Source) -> bool:
    """Tell by the members of the ZIP archive."""
    if look(source).form != "zip":
        return False
    with Archive(source) as archive:
        return HEADER in archive or START in archive


def read_archive(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the samples of an `.eval` log: verdicts from its summaries, texts member by member."""
    with Archive(source) as archive:
        header = _header(source, archive)
        summaries, scorers = _summaries(archive), scorers_of(header)
        scales = scales_of(summaries)
        counts = counting(verdicts_of(s, scorers, scales) for s in summaries)
        done = 0.0

        def rows() -> Iterator[tuple[int, Row]]:
            nonlocal done
            for line, summary in enumerate(summaries, start=1):
                name = _member(archive, summary)
                # A sample that no summary tells of is its own summary: only it says the verdict.
                wanted = name if source.texts or "scores" not in summary else None
                yield line, {**summary, **_sample(archive, wanted, summary)} if wanted else summary
                done += archive.share_of(name) if name else 0
                source.bytes_done = int(source.size * min(1.0, done))

        yield from batches(source, given, rows(), _adding(header, scorers, counts, scales))


def _adding(
    header: dict[str, Any], scorers: list[str], counts: str | None, scales: Mapping[str, float]
) -> Callable[[Gathering, int, dict[str, Any]], None]:
    """Return what adds a sample of a log."""
    settings = settings_of(header)

    def add(gathered: Gathering, line: int, sample: dict[str, Any]) -> None:
        if "unreadable" in sample:
            raise Unfit(sample["unreadable"])
        seed = seed_of(header, sample.get("epoch"))
        row = row_of(sample, scorers, counts, scales)
        gathered.add(line, {**settings, "seed": seed, **row, **output_of(sample)})
        for name, highest in scales.items():
            gathered.note(
                f"{name} grades on a scale of its own (up to {highest:g}), so no verdict was taken from it; its scores "
                "are kept, and a verifier can grade the run"
            )

    return add


def _header(source: Source, archive: Archive) -> dict[str, Any]:
    for name in (HEADER, START):
        if name in archive:
            header = object_of(_text(archive, name))
            if isinstance(header, dict) and is_log(header):
                return header
    raise BadInput(
        f"{source.name} is an Inspect log whose header cannot be read.", "Copy it again; nothing was stored."
    )


def _text(archive: Archive, name: str) -> bytes:
    try:
        return archive.read(name)
    except ValueError as error:
        return str(error).encode()


def _summaries(archive: Archive) -> list[dict[str, Any]]:
    """Return the summaries, ordered so that the epochs of a problem follow each other.

    A run that has not ended has them in its journal; a sample that has none yet is its own summary.
    """
    names = [SUMMARIES] if SUMMARIES in archive else sorted(archive.names(JOURNAL), key=_number)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name in names:
        try:
            listed = parse(archive.read(name))
        except ValueError:
            continue
        for summary in listed if isinstance(listed, list) else []:
            if isinstance(summary, dict):
                found[str(summary.get("id")), str(summary.get("epoch"))] = summary
    for name in archive.names("samples/"):
        stem = name.removeprefix("samples/").removesuffix("/sample.json").removesuffix(".json")
        problem, mark, epoch = stem.rpartition("_epoch_")
        if mark and epoch.isdigit() and (problem, epoch) not in found:
            found[problem, epoch] = {"id": problem, "epoch": int(epoch)}
    return sorted(found.values(), key=lambda s: (str(s.get("id")), _number(str(s.get("epoch")))))


def header_of(source: Source) -> dict[str, Any]:
    """Return the head of a log in either form; empty where the file is none, or is damaged."""
    if recognises_document(source):
        return look(source).first
    try:
        if recognises_archive(source):
            with Archive(source) as archive:
                return _header(source, archive)
    except BadInput:
        pass
    return {}


def samples_in(source: Source) -> set[tuple[str, str]]:
    """Return problem and epoch of each sample of a log that went well."""
    if look(source).form == "zip":
        with Archive(source) as archive:
            return _well(_summaries(archive))
    return _well(row for _, row in _rows_of_document(source) if isinstance(row, dict))


def _well(samples: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(str(s.get("id")), str(s.get("epoch"))) for s in samples if not s.get("error")}


def _number(name: str) -> int:
    digits = name.rsplit("/", 1)[-1].removesuffix(".json")
    return int(digits) if digits.isdigit() else 0


def _member(archive: Archive, summary: dict[str, Any]) -> str | None:
    stem = f"samples/{summary.get('id')}_epoch_{summary.get('epoch')}"
    return next((name for name in (f"{stem}.json", f"{stem}/sample.json") if name in archive), None)


def _sample(archive: Archive, name: str, summary: dict[str, Any]) -> dict[str, Any]:
    """Return what the whole sample has over its summary; the reason where it cannot be read."""
    try:
        sample = object_of(archive.read(name))
        if isinstance(sample, str):
            return {"unreadable": f"{name}: {sample}"}
        wanted = ("id", "scores", "error", "limit", "input", "target", "output", "attachments")
        found = {k: sample[k] for k in wanted if sample.get(k) is not None}
        if name.endswith("/sample.json"):
            found["attachments"] = _attachments(archive, name.removesuffix("sample.json") + "attachments/")
        return found if summary.get("scores") is None else {k: v for k, v in found.items() if k != "scores"}
    except ValueError as error:
        return {"unreadable": str(error)}


def _attachments(archive: Archive, prefix: str) -> list[str]:
    """Return the long texts of a sample that is stored in chunks; they are referred to by number."""
    names = sorted(archive.names(prefix), key=_number)
    return [text for name in names for text in parse(archive.read(name))]


def recognises_document(source: Source) -> bool:
    """Tell by the members of the document."""
    seen = look(source)
    return seen.document and seen.has("version", "eval") and is_log(seen.first)


def read_document(source: Source, given: Given) -> Iterator[Batch]:
    """Yield the samples of a `.json` log, one sample of the document in memory at a time."""
    header = look(source).first
    scorers = scorers_of(header)
    looked = list(islice(_scores_in(source), SAMPLES_LOOKED_AT))
    # A scale of its own may show late in a log, when the verdicts before it have been given.
    scales = scales_of(_scores_in(source) if any_points(looked) else ())
    counts = counting(verdicts_of(row, scorers, scales) for row in looked)
    yield from batches(source, given, _rows_of_document(source), _adding(header, scorers, counts, scales))


def _scores_in(source: Source) -> Iterator[dict[str, Any]]:
    return ({"scores": row.get("scores")} for _, row in _rows_of_document(source) if isinstance(row, dict))


def _rows_of_document(source: Source) -> Iterator[tuple[int, Row]]:
    for line, path, text in parts(source, frozenset({"samples"})):
        if not path:
            yield line, text.decode()
        elif path[0] == "samples" and len(path) > 1:
            yield line, object_of(text)


FIELDS = ("id", "epoch", "input", "target", "scores", "output.choices", "output.usage", "error", "limit")
ARCHIVE = Format("inspect-eval", "Inspect log (.eval)", recognises_archive, read_archive, FIELDS)
DOCUMENT = Format("inspect-json", "Inspect log (.json)", recognises_document, read_document, FIELDS)
