"""Long work on the screen: how far it is, a way to cancel it, and, once it has ended, what it did."""

from typing import Any

import streamlit as st

from backend.background import State, Work
from backend.errors import AppError, Cancelled
from pages.shared import cache, messages, visitors
from pages.shared.texts import counted, inline

EVERY_SECONDS = 1.0
IDLE_SECONDS = 5.0
"""How often an open page looks whether another visitor, or a command, has begun something."""
ENDED_SHOWN = 3
REPORTS_SHOWN = 8
_SEEN, _PUT_AWAY = "works_seen", "works_put_away"


def show_works() -> None:
    """Draw the work under way and what the last works did; it renews itself, and the page when something ends."""
    st.session_state[_SEEN] = _seen()
    every = EVERY_SECONDS if cache.works().under_way() else IDLE_SECONDS
    st.fragment(_show_works, run_every=every)()


def _seen() -> list[tuple[int, str, bool]]:
    return [(work.number, work.state, work.cancelling) for work in cache.works().all()]


def _show_works() -> None:
    if st.session_state.get(_SEEN) != _seen():
        messages.run_again()
    put_away = st.session_state.get(_PUT_AWAY, set())
    for work in cache.works().under_way():
        _show_under_way(work)
    ended = [work for work in cache.works().all() if work.ended and work.number not in put_away]
    for work in ended[:ENDED_SHOWN]:
        _show_ended(work)


def _show_under_way(work: Work) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.progress(_share(work), far_in_words(work))
        st.button(
            "Cancel", icon=":material/close:", key=f"cancel_{work.number}", on_click=cache.cancel, args=(work,),
            disabled=work.cancelling or (work.changes and not visitors.may("import")),
            help=f"End it; nothing of it is stored. ({inline(work.title)})",
        )  # fmt: skip


def _share(work: Work) -> float:
    return min(work.progress.done / work.progress.of, 1.0) if work.progress.of else 0.0


def far_in_words(work: Work) -> str:
    """How far a work is, in one line."""
    if work.cancelling:
        return f"{inline(work.title)} is being cancelled …"
    if work.state is State.WAITING:
        return f"{inline(work.title)} waits until what is before it is done."
    at, seconds = work.progress, max(work.seconds, 1e-3)
    words = [inline(work.title)]
    words += [inline(at.item, 80)] if at.item and at.item not in work.title else []
    if not at.of:
        words += ["beginning …" if work.unit else "working …"]
    elif work.unit == "bytes":
        words += [
            f"{at.done / 1e6:,.1f} of {at.of / 1e6:,.1f} MB",
            f"{at.rows:,} rows",
            f"{at.rows / seconds:,.0f} rows/s",
        ]
    else:
        words += [f"{at.done:,} of {at.of:,} {work.unit}", f"{at.done / seconds:,.0f} {work.unit}/s"]
    return " · ".join([*words, f"{seconds:,.0f} s"])


def _show_ended(work: Work) -> None:
    sentences, bad = outcome(work)
    with st.container(horizontal=True, vertical_alignment="center"):
        (st.warning if bad else st.success)("  \n".join(inline(sentence, 600) for sentence in sentences))
        st.button(
            "", icon=":material/check:", key=f"put_away_{work.number}", on_click=_put_away, args=(work.number,),
            help="Put this message away.",
        )  # fmt: skip


def _put_away(number: int) -> None:
    st.session_state[_PUT_AWAY] = st.session_state.get(_PUT_AWAY, set()) | {number}


def outcome(work: Work) -> tuple[list[str], bool]:
    """What an ended work did, in sentences, and whether somebody should look at it."""
    failure = work.failure()
    if isinstance(failure, AppError):
        return [f"{work.title} ended: {failure}"], True
    if failure is not None:
        return [f"{work.title} failed by a defect of the program ({type(failure).__name__}: {failure})."], True
    if work.state is State.CANCELLED and work.kind != "import":
        return [f"{work.title} was cancelled after {work.seconds:,.0f} s; nothing was changed."], False
    return _OUTCOMES[work.kind](work)


def _imported(work: Work) -> tuple[list[str], bool]:
    answer = _answer(work)
    reports = [report for report in answer["imports"] if "rows" in report]
    sentences = [report_in_words(report) for report in reports[:REPORTS_SHOWN]]
    if len(reports) > 1:
        sums = {name: sum(report[name] for report in reports) for name in ("rows", "added", "completed", "duplicates")}
        words = f"{len(reports):,} files: {sums['rows']:,} rows read, {sums['added']:,} added"
        words += f", {counted(sums['completed'], 'sample')} completed" if sums["completed"] else ""
        words += f", {sums['duplicates']:,} there already."
        sentences = [words, *sentences]
    if len(reports) > REPORTS_SHOWN:
        sentences += [f"And {len(reports) - REPORTS_SHOWN:,} more files; the list of imports has them all."]
    error = answer.get("error")
    sentences += [f"{error['message']} {error['hint']}"] if error else []
    bad = bool(error) and work.state is not State.CANCELLED
    return sentences, bad or any(report["rejected_total"] for report in reports)


def _answer(work: Work) -> dict[str, Any]:
    try:
        return dict(work.answer())
    except Cancelled as error:
        return {"imports": [], "error": {"message": error.message, "hint": error.hint}}


def report_in_words(report: dict[str, Any]) -> str:
    """What one import did, in one sentence, and where the first bad row is."""
    if not report["format"]:
        return f"{report['file']}: {'; '.join(report['warnings']).rstrip('.')}."
    words = [f"{report['file']}: {report['rows']:,} rows read, {report['added']:,} added"]
    words += [f"{counted(report['completed'], 'sample')} completed"] if report["completed"] else []
    words += [f"{report['duplicates']:,} there already"] if report["duplicates"] else []
    words += [f"{report['unscored']:,} without a verdict"] if report["unscored"] else []
    words += [f"{report['rejected_total']:,} rejected"] if report["rejected_total"] else []
    first = report["rejected"][0] if report["rejected"] else None
    where = f" First: line {first['line']:,}, {first['reason'].rstrip('.')}." if first else ""
    more = f" {'; '.join(report['warnings'])}." if report["warnings"] else ""
    return ", ".join(words) + "." + where + more


def _regraded(work: Work) -> tuple[list[str], bool]:
    done = work.answer()
    words = (
        f"{done['run']} was graded by {done['verifier']}: {done['graded']:,} samples graded, "
        f"{done['correct']:,} correct, {done['no_answer']:,} without an answer, {done['errors']:,} errors, "
        f"{done['unscored']:,} not graded"
    )
    why = [f"{done['without_text']:,} have no text"] if done["without_text"] else []
    why += [f"{done['without_reference']:,} have no reference answer"] if done["without_reference"] else []
    counted = f"These verdicts count: {done['changed']:,} samples have another one than before."
    kept = "The verdicts that counted still do."
    return [f"{words}{f' ({chr(44).join(why)})' if why else ''}. {counted if done['counts'] else kept}"], False


def _counted(work: Work) -> tuple[list[str], bool]:
    done = work.answer()
    return [
        f"In {done['run']} the verdicts of {done['verifier']} count now: "
        f"{done['changed']:,} samples have another verdict than before."
    ], False


def _read(work: Work) -> tuple[list[str], bool]:
    return [f"{work.title} is done; what was found stands below, under the run's samples."], False


def _followed(work: Work) -> tuple[list[str], bool]:
    return [f"{work.title} is done."], False


_OUTCOMES = {"import": _imported, "regrade": _regraded, "count_by": _counted, "texts": _read, "paths": _followed}
