"""Draw samples of one's own: the engines, a new job, and the jobs there are, as they go."""

import streamlit as st

from pages.shared import cache, job_words, launch_engine, launch_form, launch_jobs, messages


def show_launch_page() -> None:
    """Draw the page."""
    jobs = cache.jobs()
    st.title(job_words.of_all(jobs) or "Launch a sampling run", anchor=False)
    messages.show_said()
    left, right = st.columns([3, 2], gap="large")
    with right:
        launch_engine.show_engine()
        launch_jobs.show_under_way(jobs)
    with left:
        launch_form.show_form()
    launch_jobs.show_jobs()


show_launch_page()
