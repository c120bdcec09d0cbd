"""Jobs under way, seen from every page: how far they are, and pages drawn anew as their samples arrive."""

import time
from typing import Any

import streamlit as st

from pages.shared import cache, messages
from pages.shared.job_words import OPEN
from pages.shared.texts import counted

EVERY_SECONDS, IDLE_SECONDS = 2.0, 5.0
LEAST_SECONDS = 3.0
TIMES_AS_LONG = 8.0
"""A page that takes long to draw is drawn anew the less often, so that it stays usable meanwhile."""
RENEWED = ("", "curves", "boundary", "claims", "problem", "tree", "paths")
_DRAWN = "drawn_of_jobs"


def begin() -> None:
    """Take note, before a page is drawn, of what it can show, and when."""
    st.session_state[_DRAWN] = (_arrived(cache.jobs()), time.monotonic(), 0.0)


def keep_fresh(page: str) -> None:
    """Draw into the sidebar how far the jobs are; draw the page anew when samples have arrived since it began."""
    arrived, began, _ = st.session_state[_DRAWN]
    st.session_state[_DRAWN] = (arrived, time.monotonic(), time.monotonic() - began)
    if _open(arrived) or _open(_arrived(cache.jobs())):
        with st.sidebar:
            st.fragment(_watch, run_every=EVERY_SECONDS)(page)
    else:
        st.fragment(_watch, run_every=IDLE_SECONDS)(page)


def _arrived(jobs: list[dict[str, Any]]) -> list[tuple[int, int, bool]]:
    return [(job["job"], job["done"], job["state"] in OPEN) for job in jobs]


def _watch(page: str) -> None:
    jobs = cache.jobs()
    drawn, at, took = st.session_state.get(_DRAWN, ([], 0.0, 0.0))
    now = _arrived(jobs)
    if _open(now) != _open(drawn) or (now != drawn and page in RENEWED and _waited(at, took)):
        messages.run_again()
    going = [job for job in jobs if job["state"] in OPEN]
    if going:
        done, wanted = sum(job["done"] + job["failed"] for job in going), sum(job["wanted"] for job in going)
        st.progress(min(done / max(wanted, 1), 1.0), f"{done:,} of {counted(wanted, 'sample')}")
        st.page_link("launch.py", label=f"{counted(len(going), 'job')} under way", icon=":material/rocket_launch:")


def _open(arrived: list[tuple[int, int, bool]]) -> set[int]:
    return {job for job, _, is_open in arrived if is_open}


def _waited(at: float, took: float) -> bool:
    return time.monotonic() - at >= max(LEAST_SECONDS, TIMES_AS_LONG * took)
