"""Inspect's logs: archives old and new, finished or not, whole or in chunks."""

import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from backend.errors import BadInput
from backend.importers import Wanted, import_file
from backend.importers.inspect_log import verdict_of
from backend.importers.previews import inspect
from backend.store import queries
from backend.store.database import Store
from tests.backend.importers.reports import each

ZSTD = 93


def header(**changes: Any) -> dict[str, Any]:
    said = {"task": "lab/sums", "task_id": "T", "model": "m", "created": "2026-01-01", "model_generate_config": {}}
    return {"version": 2, "status": "success", "eval": {**said, **changes}, "plan": {"config": {"temperature": 0.5}}}


def summary(problem: Any, epoch: int, value: Any, **more: Any) -> dict[str, Any]:
    scores = {} if value is None else {"match": {"value": value, "answer": "4"}}
    return {"id": problem, "epoch": epoch, "input": "2+2?", "target": "4", "scores": scores, **more}


def sample(problem: Any, epoch: int, text: str = "four", **more: Any) -> dict[str, Any]:
    choice = {"message": {"role": "assistant", "content": text}, "stop_reason": "max_tokens"}
    output = {"choices": [choice], "usage": {"output_tokens": 7}}
    return {"id": problem, "epoch": epoch, "input": "2+2?", "target": "4", "output": output, "events": [1] * 50, **more}


def archive(path: Path, members: Mapping[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, value in members.items():
            opened.writestr(name, json.dumps(value))
    return path


def zstd_archive(path: Path, members: Mapping[str, Any]) -> Path:
    """Write a ZIP archive by hand: Python's zipfile cannot write method 93."""
    body, directory = b"", b""
    for name, value in members.items():
        plain = json.dumps(value).encode()
        packed = pa.compress(plain, codec="zstd", asbytes=True)
        sizes = (zlib.crc32(plain), len(packed), len(plain), len(name))
        start = len(body)
        body += struct.pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, ZSTD, 0, 0, *sizes, 0) + name.encode() + packed
        entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 45, 45, 0, ZSTD, 0, 0, *sizes, 0, 0, 0, 0, 0, start)
        directory += entry + name.encode()
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(members), len(members), len(directory), len(body), 0)
    path.write_bytes(body + directory + end)
    return path


def first(path: Path) -> dict[str, Any]:
    row: dict[str, Any] = inspect(path)["first"][0]
    return row


def test_members_packed_by_zstd_are_read(tmp_path: Path) -> None:
    members = {"header.json": header(), "summaries.json": [summary(1, 1, "C")], "samples/1_epoch_1.json": sample(1, 1)}
    row = first(zstd_archive(tmp_path / "log.eval", members))
    assert (row["verdict"], row["completion"], row["finish_reason"], row["token_count"]) == (
        "correct", "four", "length", 7,
    )  # fmt: skip
    assert (row["benchmark"], row["model"], row["temperature"]) == ("sums", "m", 0.5)


def test_without_texts_no_sample_is_opened(tmp_path: Path, store: Store) -> None:
    members = {"header.json": header(), "summaries.json": [summary(1, 1, "C")], "samples/1_epoch_1.json": "damaged"}
    path = archive(tmp_path / "log.eval", members)
    assert import_file(store, path, wanted=Wanted(texts=False)).added == 1
    assert [r["line"] for r in inspect(path)["rejected"]] == [1]


def test_an_unfinished_run_is_read_through_its_journal(tmp_path: Path) -> None:
    members = {
        "_journal/start.json": header(),
        "_journal/summaries/2.json": [summary(2, 1, "I")],
        "_journal/summaries/1.json": [summary(1, 1, "C")],
        "samples/1_epoch_1.json": sample(1, 1),
        "samples/2_epoch_1.json": sample(2, 1),
        "samples/3_epoch_1.json": sample(3, 1, scores={"match": {"value": "C"}}),
    }
    (run,) = inspect(archive(tmp_path / "log.eval", members))["runs"]
    assert (run["problems"], run["correct"], run["incorrect"]) == (3, 2, 1)


def test_a_sample_in_chunks_is_read_with_its_attachments(tmp_path: Path) -> None:
    shell = sample(1, 1, text="attachment://1")
    members = {
        "header.json": header(),
        "summaries.json": [summary(1, 1, "C")],
        "samples/1_epoch_1/sample.json": shell,
        "samples/1_epoch_1/attachments/0.json": ["zero"],
        "samples/1_epoch_1/attachments/1.json": ["a long text"],
        "samples/1_epoch_1/messages/0.json": [],
    }
    assert first(archive(tmp_path / "log.eval", members))["completion"] == "a long text"


def test_an_attachment_of_a_whole_sample_is_followed(tmp_path: Path) -> None:
    whole = sample(1, 1, text="attachment://ab", attachments={"ab": "a long text"})
    members = {"header.json": header(), "summaries.json": [summary(1, 1, "C")], "samples/1_epoch_1.json": whole}
    assert first(archive(tmp_path / "log.eval", members))["completion"] == "a long text"


def test_reasoning_stands_before_the_answer(tmp_path: Path) -> None:
    content = [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "four"}]
    whole = sample(1, 1)
    whole["output"]["choices"][0]["message"]["content"] = content
    members = {"header.json": header(), "summaries.json": [summary(1, 1, "C")], "samples/1_epoch_1.json": whole}
    assert first(archive(tmp_path / "log.eval", members))["completion"] == "<think>\nhm\n</think>\nfour"


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ("C", "correct"), ("I", "incorrect"), ("P", "incorrect"), ("N", "no_answer"), (True, "correct"),
        (0, "incorrect"), (1.0, "correct"), (0.7, "incorrect"), ("yes", "correct"), ("No", "incorrect"),
        ("0.25", "incorrect"),        (float("nan"), None), ("strange", None), (None, None), ([1], None),
    ],
)  # fmt: skip
def test_what_a_score_stands_for(value: Any, verdict: str | None) -> None:
    assert verdict_of(value) == verdict


def test_a_failed_sample_is_an_error_and_a_missing_score_is_none(tmp_path: Path) -> None:
    failed = summary(1, 1, None, error="the engine went away")
    members = {
        "header.json": header(),
        "summaries.json": [failed, summary(1, 2, None), summary(1, 3, float("nan"))],
        "samples/1_epoch_2.json": sample(1, 2),
        "samples/1_epoch_3.json": sample(1, 3),
    }
    (run,) = inspect(archive(tmp_path / "log.eval", members))["runs"]
    assert (run["samples"], run["errors"], run["unscored"]) == (3, 1, 2)


def test_of_several_scorers_the_first_counts_and_the_others_stand_beside_it(tmp_path: Path) -> None:
    scores = {"judge": {"value": {"style": 1, "truth": 0}}, "match": {"value": "C"}}
    said = header()
    said["results"] = {"scores": [{"name": "match"}, {"name": "judge"}]}
    members = {"header.json": said, "summaries.json": [{**summary(1, 1, None), "scores": scores}]}
    row = first(archive(tmp_path / "log.eval", members))
    assert (row["verifier"], row["verdict"]) == ("match", "correct")
    assert (row["verdict:judge/style"], row["verdict:judge/truth"]) == ("correct", "incorrect")


def test_an_earlier_try_is_passed_over_and_another_task_adds_its_epochs(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    good, bad = [summary(1, 1, "C"), summary(1, 2, "I")], [summary(1, 1, "C"), summary(1, 2, None, error="gone")]
    texts = {f"samples/1_epoch_{e}.json": sample(1, e, text=f"text {e}") for e in (1, 2)}
    archive(folder / "a.eval", {"header.json": header(created="1"), "summaries.json": bad, **texts})
    archive(folder / "b.eval", {"header.json": header(created="2"), "summaries.json": good, **texts})
    others = {f"samples/1_epoch_{e}.json": sample(1, e, text=f"other {e}") for e in (1, 2)}
    archive(folder / "c.eval", {"header.json": header(task_id="T2"), "summaries.json": good, **others})
    reports = each(store, [folder])
    assert [(r.file, r.added, len(r.rejected)) for r in reports] == [
        ("a.eval", 0, 0),
        ("b.eval", 2, 0),
        ("c.eval", 2, 0),
    ]
    assert "b.eval is a later try" in reports[0].warnings[0]
    frame = queries.runs(store)
    assert (len(frame), frame["samples"][0], frame["correct"][0], frame["errors"][0]) == (1, 4, 2, 0)


def test_a_long_document_is_read_sample_by_sample(tmp_path: Path) -> None:
    samples = [{**sample(i, 1, text="x" * 9000), "scores": {"match": {"value": "C"}}} for i in range(300)]
    path = tmp_path / "log.json"
    path.write_text(json.dumps({**header(), "samples": samples}, indent=2))
    told = inspect(path)
    assert (told["format"], told["runs"][0]["correct"], told["rejected"]) == ("inspect-json", 300, [])


def test_another_archive_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="it holds binary data"):
        inspect(archive(tmp_path / "other.zip", {"a.json": 1}))


def test_an_unfinished_log_and_then_the_finished_one_add_up_to_the_finished_one(tmp_path: Path, store: Store) -> None:
    texts = {f"samples/1_epoch_{e}.json": sample(1, e, text=f"text {e}") for e in (1, 2, 3)}
    done = [summary(1, 1, "I"), summary(1, 2, "I"), summary(1, 3, "C")]
    early = {name: text for name, text in texts.items() if "epoch_2" not in name}
    begun = {"_journal/start.json": header(), "_journal/summaries/1.json": [done[0], done[2]], **early}
    whole = {"header.json": header(), "summaries.json": done, **texts}
    assert import_file(store, archive(tmp_path / "begun.eval", begun)).added == 2
    report = import_file(store, archive(tmp_path / "whole.eval", whole))
    assert (report.added, report.duplicates, report.rejected) == (1, 2, [])
    counts = queries.correct_counts(store, [queries.find_run(store, "m · sums · T 0.5")])
    assert list(zip(counts["n"], counts["c"], strict=True)) == [(3, 1)]


def test_a_later_try_wins_in_json_logs_too_and_another_form_of_one_try_is_no_retry(
    tmp_path: Path, store: Store
) -> None:
    good = [{**sample(1, e, text=f"text {e}"), "scores": {"match": {"value": "C"}}} for e in (1, 2)]
    failed = [good[0], {**sample(1, 2, text=""), "error": {"message": "gone"}}]
    for name, created, samples in (("a.json", "1", failed), ("b.json", "2", good), ("c.json", "2", good[::-1])):
        said = {**header(created=created), "samples": samples}
        (tmp_path / name).write_text(json.dumps(said, indent=2))
    reports = each(store, [tmp_path])
    assert [(r.file, r.added, r.duplicates, r.rejected) for r in reports] == [
        ("a.json", 0, 0, []), ("b.json", 2, 0, []), ("c.json", 0, 2, []),
    ]  # fmt: skip


def test_a_sample_that_the_counting_scorer_left_out_is_unscored_whatever_the_others_say(
    tmp_path: Path, store: Store
) -> None:
    said = header()
    said["results"] = {"scores": [{"name": "match"}, {"name": "judge"}]}
    judged = {"judge": {"value": "C"}}
    scores = [{"match": {"value": float("nan")}, **judged}, {"match": {"value": "I"}, **judged}]
    summaries = [{**summary(1, e, None), "scores": s} for e, s in enumerate(scores, start=1)]
    path = archive(tmp_path / "log.eval", {"header.json": said, "summaries.json": summaries})
    (run,) = inspect(path)["runs"]
    assert (run["samples"], run["correct"], run["incorrect"], run["unscored"]) == (2, 0, 1, 1)
    assert [row.get("verdict:judge") for row in inspect(path)["first"]] == ["correct", "correct"]
    assert import_file(store, path, wanted=Wanted(texts=False)).unscored == 1


def test_a_sample_without_a_summary_says_its_verdict_even_without_texts(tmp_path: Path, store: Store) -> None:
    members = {
        "_journal/start.json": header(),
        "samples/1_epoch_1.json": sample(1, 1, scores={"match": {"value": "C"}}),
    }
    report = import_file(store, archive(tmp_path / "log.eval", members), wanted=Wanted(texts=False))
    assert (report.added, report.unscored, report.rejected) == (1, 0, [])


def test_each_part_of_a_message_may_refer_to_an_attachment(tmp_path: Path) -> None:
    whole = sample(1, 1, attachments={"r": "a long thought", "t": "a long text", "q": "a long question"})
    whole["output"]["choices"][0]["message"]["content"] = [
        {"type": "reasoning", "reasoning": "attachment://r"},
        {"type": "text", "text": "attachment://t"},
    ]
    whole["input"] = [{"role": "user", "content": [{"type": "text", "text": "attachment://q"}]}]
    members = {"header.json": header(), "summaries.json": [summary(1, 1, "C")], "samples/1_epoch_1.json": whole}
    row = first(archive(tmp_path / "log.eval", members))
    assert row["completion"] == "<think>\na long thought\n</think>\na long text"
    assert row["question"] == "a long question"
