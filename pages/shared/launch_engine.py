"""The engines on the screen: how the local one and its environment stand, its log, the servers that are configured."""

import time
from typing import Any, Literal

import streamlit as st

from backend.config import settings
from backend.errors import AppError
from pages.shared import cache, job_words, messages, visitors
from pages.shared.texts import inline

EVERY_SECONDS, IDLE_SECONDS = 1.0, 5.0
_SEEN = "engine_seen"
BUILD = "“make engine” or “python -m backend engine build”"
Colour = Literal["green", "orange", "red", "gray"]
BADGES: dict[str, tuple[str, Colour, str]] = {
    "stopped": ("stopped", "gray", ":material/stop_circle:"),
    "starting": ("starting", "orange", ":material/hourglass_top:"),
    "ready": ("ready", "green", ":material/check_circle:"),
    "failed": ("failed", "red", ":material/error:"),
}


def show_engine() -> None:
    """Draw how the engines stand; it renews itself, and the page when one comes up or ends."""
    found = cache.engine()
    st.session_state[_SEEN] = _state(found)
    moving = found["state"] == "starting" or found["environment"]["state"] == "building"
    st.fragment(_show, run_every=EVERY_SECONDS if moving else IDLE_SECONDS)()


def _state(found: dict[str, Any]) -> tuple[str, ...]:
    return found["state"], found["start"], found["environment"]["state"]


def _show() -> None:
    found = cache.engine()
    if st.session_state.get(_SEEN) != _state(found):
        messages.run_again()
    with st.container(border=True):
        if found["environment"]["state"] == "ready":
            _show_local(found)
        else:
            _show_environment(found["environment"])
        _show_servers(found["engines"])


def _show_local(found: dict[str, Any]) -> None:
    words, colour, icon = BADGES[found["state"]]
    busy = _busy()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Local engine**", width="content")
        st.badge(words, color=colour, icon=icon)
        if found["state"] in ("starting", "ready"):
            st.button("Stop", icon=":material/stop:", key="engine_stop", on_click=_stop, disabled=busy is not None,
                      help=busy or "Free its memory; a job starts it again.")  # fmt: skip
        else:
            _ask_start(found["family"])
        _show_log(found["log"], "engine_log")
    st.caption(inline(engine_in_words(found), 600))


def engine_in_words(found: dict[str, Any]) -> str:
    """What the local engine does, and what happens next."""
    if found["state"] == "ready":
        seed = f", started with seed {found['seed']}" if found["seed"] is not None else ""
        kept = " It keeps no prefixes, for scoring." if found["scoring"] else ""
        idle = job_words.seconds(found["idle_seconds"] or settings().engine_idle_seconds)
        return f"{found['name']} on vLLM {found['version']}{seed}.{kept} It stops by itself after {idle} without use."
    if found["state"] == "starting":
        gone = job_words.seconds(max(time.time() - found["started_at"], 0))
        return f"{found['name']} is being loaded, {gone} so far; the first start takes about a minute."
    if found["state"] == "failed":
        last = next((line for line in reversed(found["log"]) if "Error" in line), "")
        return f"{found['error']} {last.strip()} The next job starts it anew."
    return "A job starts it by itself, with the job's model; it takes about a minute."


def _busy() -> str | None:
    """Why the engine may not be taken from under a job; None where nothing draws from it."""
    drawing = next((job for job in cache.jobs() if job["state"] == "running" and not job["engines"]), None)
    if drawing is not None:
        return f"Job {drawing['job']} draws from it; cancel the job first."
    return visitors.refused("engine_start")


def _ask_start(family: list[str]) -> None:
    with st.popover("Start", icon=":material/play_arrow:", disabled=_busy() is not None):
        model = st.selectbox(
            "Model", family, index=family.index("tiny-base") if "tiny-base" in family else None, key="engine_model",
            accept_new_options=True, placeholder="a folder, or a Hugging Face id",
        )  # fmt: skip
        st.button("Start it", type="primary", key="engine_start", on_click=_start, args=(model,), disabled=not model)


def _start(model: str) -> None:
    try:
        cache.ask("engine_start", model=model, wait=False)
    except AppError as error:
        messages.say_next(str(error), bad=True)


def _stop() -> None:
    try:
        cache.ask("engine_stop")
    except AppError as error:
        messages.say_next(str(error), bad=True)


def _show_log(lines: list[str], key: str) -> None:
    if lines:
        with st.popover("Log", type="tertiary", icon=":material/article:", key=key):
            st.code("\n".join(lines), language=None, wrap_lines=True)


def _show_environment(built: dict[str, Any]) -> None:
    """Say how far the building of vLLM's environment is, or how to begin it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Local engine**", width="content")
        if built["state"] == "building":
            st.badge("vLLM is being installed", color="orange", icon=":material/hourglass_top:")
        elif built["state"] == "failed":
            st.badge("vLLM could not be installed", color="red", icon=":material/error:")
        else:
            st.badge("vLLM is not installed", color="gray", icon=":material/info:")
        if built["state"] != "building":
            _ask_build(again=built["state"] == "failed")
        _show_log(built["log"], "build_log")
    if built["state"] == "building":
        step = (
            f"Step {built['done'] + 1} of {built['of']}: {built['step']}, {job_words.seconds(built['seconds'])} so far."
        )
        st.progress(built["done"] / built["of"], step)
    st.caption(inline(environment_in_words(built), 900))


def _ask_build(*, again: bool) -> None:
    refused = visitors.refused("engine_build")
    st.button(
        "Try again" if again else "Install vLLM", icon=":material/download:", key="engine_build", on_click=_build,
        disabled=refused is not None, help=refused or "In the background, into an environment of its own.",
    )  # fmt: skip


def _build() -> None:
    try:
        cache.ask("engine_build")
    except AppError as error:
        messages.say_next(str(error), bad=True)


def environment_in_words(built: dict[str, Any]) -> str:
    """What follows from how the environment stands."""
    kind = "the NVIDIA GPU of this machine" if built["flavour"] == "gpu" else "this machine's CPU"
    if built["state"] == "building":
        return f"For {kind}; all other pages work meanwhile, and a job can be launched once it is done."
    if built["state"] == "failed":
        return f"{built['error'].rstrip('.')}. It can be tried again here, or by {BUILD}."
    return (
        f"To draw on {kind}, install it here, or run {BUILD}: a few minutes and gigabytes, once. "
        "Or name a server below."
    )


def _show_servers(configured: list[dict[str, Any]]) -> None:
    for server in configured:
        models = ", ".join(server["models"]) or "any model"
        st.caption(
            f"**{inline(server['name'])}** {inline(server['url'])} · {inline(models, 200)} · "
            f"{server['requests']:,} requests at once"
        )
    if not configured:
        hosts = ", ".join(settings().engine_hosts)
        st.caption(
            f"No server is configured. BOUNDARY_ENGINES names a file of OpenAI-compatible ones; allowed hosts: {hosts}."
        )
