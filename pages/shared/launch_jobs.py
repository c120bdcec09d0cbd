"""Sampling jobs on the screen: those under way as they go, all of them in a table, one of them in full."""

from typing import Any

import pandas as pd
import streamlit as st

from backend.errors import AppError, NotFound
from backend.jobs.planning import CONFIRMATION
from pages.shared import cache, job_words, link, messages, views, visitors
from pages.shared.job_words import OPEN
from pages.shared.texts import counted, inline

EVERY_SECONDS, IDLE_SECONDS = 1.0, 5.0
DETAIL_SECONDS = 2.0
SHOWN = 3
"""Beyond so many, those that wait are only counted; the table has them all."""
PROBLEM_ROWS = 8
REFUSALS = 3
ROWS = 6
TABLE = "jobs_table"
_SEEN, _CLICKED = "jobs_seen", "job_clicked"


def show_under_way(jobs: list[dict[str, Any]]) -> None:
    """Draw the jobs that run or wait; it renews itself, and the page when one begins or ends.

    jobs: as they stood when the page began, since what was drawn of them may be out of date by now.
    """
    st.session_state[_SEEN] = _seen(jobs)
    going = any(job["state"] in OPEN for job in jobs)
    st.fragment(_show_under_way, run_every=EVERY_SECONDS if going else IDLE_SECONDS)()


def _seen(jobs: list[dict[str, Any]]) -> list[tuple[int, str, bool]]:
    return [(job["job"], job["state"], job["cancelling"]) for job in jobs]


def _show_under_way() -> None:
    jobs = cache.jobs()
    if st.session_state.get(_SEEN) != _seen(jobs):
        messages.run_again()
    going = [job for job in reversed(jobs) if job["state"] in OPEN]
    if not going:
        st.caption("No job is under way.")
    for job in sorted(going, key=lambda one: one["state"] != "running")[:SHOWN]:
        _show_going(job)
    if len(going) > SHOWN:
        st.caption(f"{counted(len(going) - SHOWN, 'further job')} under way or waiting, in the table below.")


def _show_going(job: dict[str, Any]) -> None:
    with st.container(border=True):
        named, ended = st.columns([4, 1])
        named.markdown(f"**Job {job['job']}** · {inline(job_words.title(job), 160)}")
        with ended:
            _show_cancel(job)
        st.progress(job_words.share(job), inline(job_words.far(job), 400))
        if job["notes"]:
            st.caption(inline(f"Tried again: {job['notes'][-1]}", 300))


def _show_cancel(job: dict[str, Any], place: str = "") -> None:
    refused = visitors.refused("cancel")
    st.button(
        "Cancel", key=f"job_cancel{place}_{job['job']}", on_click=_do, type="tertiary",
        args=("cancel", job["job"], None), disabled=job["cancelling"] or refused is not None,
        help=refused or "End it; what has arrived is kept, and it can be resumed.",
    )  # fmt: skip


def _do(command: str, job: int, said: str | None) -> None:
    try:
        cache.ask(command, job=job)
    except AppError as error:
        messages.say_next(str(error), bad=True)
    else:
        if said:
            messages.say_next(said)


def show_jobs() -> None:
    """Draw all jobs in a table, and the one that is picked in full."""
    jobs = cache.jobs()
    names = {str(job["job"]): f"{job['job']}: {job_words.title(job)}" for job in jobs}
    asked = link.peek("job")
    link.seed("job", allowed=names.__contains__)
    st.subheader("Jobs", anchor=False)
    if not jobs:
        messages.show_nothing("No job was launched yet.", "Launch one above; what it draws joins the curves at once.")
        return
    if asked and asked not in names:
        st.warning(f"The link names job {inline(asked)}, which this store does not hold.", icon=":material/link_off:")
    going = any(job["state"] in OPEN for job in jobs)
    st.fragment(_show_table, run_every=DETAIL_SECONDS if going else None)()
    chosen = st.selectbox(
        "Job to look at", list(names), index=None, key="job", format_func=names.__getitem__,
        placeholder="Click a row above",
    )  # fmt: skip
    link.note("job", chosen)
    if chosen:
        state = next(job["state"] for job in jobs if str(job["job"]) == chosen)
        st.fragment(_show_job, run_every=DETAIL_SECONDS if state in OPEN else None)(int(chosen))


def _show_table() -> None:
    """Draw all jobs as they stand; a click on one opens it."""
    jobs = cache.jobs()

    def pick() -> None:
        cells = st.session_state[TABLE]["selection"]["cells"]
        if cells:
            st.session_state["job"] = str(jobs[cells[0][0]]["job"])
            st.session_state[_CLICKED] = True

    shown = _table(jobs)
    st.dataframe(
        shown, hide_index=True, key=TABLE, on_select=pick, selection_mode="single-cell", placeholder="–",
        column_config={**views.localized(shown), "Job": st.column_config.NumberColumn(format="%d")},
        height=36 + 33 * min(len(shown), ROWS),
    )  # fmt: skip
    if st.session_state.pop(_CLICKED, False):
        messages.run_again()


def _table(jobs: list[dict[str, Any]]) -> pd.DataFrame:
    speeds = [job["tokens_per_second"] and round(job["tokens_per_second"]) for job in jobs]
    rows = pd.DataFrame(
        {
            "Job": [job["job"] for job in jobs],
            "State": [job["state"] for job in jobs],
            "Run": [job_words.title(job) for job in jobs],
            "Kind": [job_words.kind(job) for job in jobs],
            "Samples": [job["done"] for job in jobs],
            "Wanted": [job["wanted"] for job in jobs],
            "Correct": pd.array([None if job["kind"] == "scores" else job["correct"] for job in jobs], dtype="Int64"),
            "Given up": [job["failed"] for job in jobs],
            "Tokens/s": pd.array(speeds, dtype="Int64"),
            "Drawn on": [job_words.where(job) for job in jobs],
            "Asked by": [job["asked_by"] for job in jobs],
            "Asked at (UTC)": [str(job["asked_at"])[:16].replace("T", " ") for job in jobs],
            "Why it failed": [job["error"] for job in jobs],
        }
    )
    return rows.dropna(axis="columns", how="all")


def _show_job(number: int) -> None:
    """Draw one job as it stands now."""
    try:
        job = cache.job(number)
    except NotFound as error:
        messages.show_error(error)
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Job {number}** · {inline(job_words.title(job), 200)}", width="stretch")
            _show_deeds(job)
        _show_state(job)
        _show_links(job)
        left, right = st.columns([3, 2], gap="large")
        with left:
            _show_problems(job)
        with right:
            _show_curve(job)


def _show_deeds(job: dict[str, Any]) -> None:
    if job["state"] in OPEN:
        _show_cancel(job, "_this")
        return
    left = job["wanted"] - job["done"]
    if left:
        refused = visitors.refused("resume_start")
        st.button(
            f"Resume, {left:,} left", icon=":material/play_arrow:", key=f"resume_{job['job']}", on_click=_do,
            args=("resume_start", job["job"], f"Job {job['job']} goes on where it was."),
            disabled=refused is not None, help=refused,
        )  # fmt: skip


def _show_state(job: dict[str, Any]) -> None:
    """Say how the job stands, or what ended it, in the server's words where those are the reason."""
    if job["state"] in OPEN:
        st.progress(job_words.share(job), inline(job_words.far(job), 400))
    elif job["state"] == "failed":
        st.error(inline(job["error"] or "It failed.", 900), title=job_words.ended(job), icon=":material/error:")
    elif job["failed"] or job["state"] == "cancelled":
        st.warning(job_words.ended(job))
    else:
        st.success(job_words.ended(job))
    said = (
        [f"{len(job['notes'])} attempts were repeated lately, the last for: {job['notes'][-1]}"] if job["notes"] else []
    )
    if job["repeated_replies"]:
        said.append(f"Not taken, since they repeated earlier replies word for word: {job['repeated_replies']:,}")
    if said:
        st.caption(inline(". ".join(said), 600))


def _show_links(job: dict[str, Any]) -> None:
    """The ways to what the job has drawn."""
    page, label = "curves.py", "The run's curve"
    more: dict[str, Any] = {"run": [job["key"]]}
    if job["kind"] == "scores":
        page, label, more = "boundary.py", "Perplexity", {"view": "perplexity"}
    elif job["kind"] == "prefix":
        page, label = "tree.py", "The tree of its problem"
        wrote = job["prefix_run"] or job["key"]
        more = {"base": wrote, "problem": job["problems"][0]["problem"]}
        more |= {"rlvr": job["key"]} if wrote != job["key"] else {}
    elif confirmed := _confirmed(job):
        label, more = "Its curve beside that of the run it confirms", {"run": [confirmed, job["key"]]}
    st.page_link(
        page, label=label, icon=":material/arrow_forward:", query_params={"benchmark": job["benchmark"], **more}
    )


def _confirmed(job: dict[str, Any]) -> str | None:
    """The key of the run that a job's fresh samples confirm; None for other jobs."""
    if job["purpose"] != CONFIRMATION:
        return None
    runs = cache.runs(job["benchmark"])
    found = runs["run"][runs["name"] == job["run"].removesuffix(f" · {CONFIRMATION}")]
    return str(found.iloc[0]) if len(found) else None


def _show_problems(job: dict[str, Any]) -> None:
    """Draw one row a problem; those that failed say so in the server's words."""
    rows = pd.DataFrame(job["problems"])
    if rows.empty:
        return
    for sentence in job_words.refusals(job["problems"])[:REFUSALS]:
        st.markdown(inline(sentence, 900))
    rows = rows.sort_values("failed", ascending=False, kind="stable")
    shown = rows.rename(
        columns={"problem": "Problem", "done": "Samples", "wanted": "Wanted", "correct": "Correct",
                 "failed": "Given up", "error": "In the server's words"}
    ).dropna(axis="columns", how="all")  # fmt: skip
    lacking = ["Correct"] * (job["kind"] == "scores") + ["Given up"] * (not job["failed"])
    shown = shown.drop(columns=lacking)
    st.dataframe(
        shown, hide_index=True, key="job_problems", placeholder="–", column_config=views.localized(shown),
        height=36 + 33 * min(len(shown), PROBLEM_ROWS),
    )  # fmt: skip


def _show_curve(job: dict[str, Any]) -> None:
    """Draw the run's curve as it stands."""
    if job["kind"] != "samples" or not job["done"]:
        return
    curves = cache.curves((job["key"],))
    if not curves.empty:
        views.show_curves(curves, "", job["benchmark"], height=260)
