"""A new job on the screen: what it draws, what it will take, the prompt as it is sent, and the button that launches."""

from typing import Any

import streamlit as st

from backend.config import settings
from backend.errors import AppError
from pages.shared import cache, job_words, launch_pickers, launch_problems, messages, views, visitors
from pages.shared.launch_pickers import Wanted
from pages.shared.texts import counted, inline

PROMPT_LETTERS = 4_000


def show_form() -> None:
    """Draw the form, and below it what its jobs would take; whoever may not launch sees why."""
    if visitors.show_refused("sample_start"):
        return
    picked = launch_problems.pick_problems()
    left, middle, right = st.columns([4, 4, 3])
    with middle:
        engines = launch_pickers.pick_engines()
    with left:
        models = launch_pickers.pick_models(engines)
    with right:
        verifier = launch_pickers.pick_verifier()
    how = launch_pickers.pick_samples()
    with st.popover("Prompt, stop strings, seed, run", icon=":material/tune:"):
        how |= launch_pickers.pick_prompt() | {"verifier": verifier}
    if picked is None:
        return
    if not models:
        messages.show_nothing("No model is picked.", "Pick one or more above, or type a folder or an id.")
        return
    wanted = Wanted(models=models, engines=engines, benchmark=picked[0], which=picked[1], how=how)
    try:
        plans = [cache.sampling_plan(**wanted.order(model)) for model in models]
    except AppError as error:
        messages.show_error(error)
        return
    show_plans(plans)
    show_launch(wanted, sum(plan["samples"] for plan in plans))
    show_prompt(plans[0])


def show_plans(plans: list[dict[str, Any]]) -> None:
    """Say what each job will take, and what is to be known before."""
    there = set(cache.runs()["name"])
    for plan in plans:
        deed = "Adds to" if plan["run"] in there else "A new run,"
        st.markdown(f"{deed} **{inline(plan['run'], 160)}**: {plan_in_words(plan)}")
    views.show_notes(list(dict.fromkeys(words for plan in plans for words in plan["warnings"])), "samples")


def plan_in_words(plan: dict[str, Any]) -> str:
    """What one job takes: requests, samples, tokens, time, bytes."""
    most = "at most " if plan["tokens_are_the_most"] else "about "
    said = [
        f"{counted(plan['samples'], 'sample')} of {counted(plan['problems'], 'problem')}",
        counted(plan["requests"], "request"), f"{most}{plan['tokens']:,} tokens",
        f"{most}{job_words.size(plan['bytes'])}",
    ]  # fmt: skip
    if plan["seconds"] is None:
        said.append("time not known: nothing was drawn from this model yet")
    else:
        said.append(
            f"{most}{job_words.seconds(plan['seconds'])} at {plan['tokens_per_second']:,.0f} tokens/s as before"
        )
    return " · ".join(said)


def limits_in_words() -> str:
    """The limits of this installation."""
    held = settings()
    return (
        f"Limits: {held.most_samples:,} samples a job, {counted(held.jobs_at_once, 'job')} on servers at once, one on "
        f"the local engine; others wait."
    )


def show_launch(wanted: Wanted, samples: int) -> None:
    """Draw the button, with the limits beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Launch {counted(len(wanted.models), 'job')}, {counted(samples, 'sample')}", type="primary", key="launch",
            icon=":material/rocket_launch:", on_click=_launch, args=(wanted,), shortcut="Ctrl+Enter",
        )  # fmt: skip
        st.caption(limits_in_words(), width="stretch")


def _launch(wanted: Wanted) -> None:
    try:
        begun = [cache.change("sample_start", **wanted.order(model)) for model in wanted.models]
    except AppError as error:
        messages.say_next(str(error), bad=True)
        return
    st.session_state["job"] = str(begun[-1]["job"])
    each = "; ".join(f"job {job['job']}, {job['run']}" for job in begun)
    messages.say_next(f"Launched: {each}.")


def show_prompt(plan: dict[str, Any]) -> None:
    """Show the first problem's prompt as it is sent."""
    used, text = plan["settings"], plan["first_prompt"]
    put = "as a user's message, put into the model's chat template by the server" if used["chat"] else "as it is sent"
    st.caption(
        f"Prompt of problem {inline(plan['first_problem'], 80)}, {put}; max {used['max_tokens']:,} tokens; judged by "
        f"{inline(plan['verifier'], 60)}{_stops(used['stop'])}."
    )
    if used["chat"] and used["system"]:
        st.code(f"System: {used['system']}", language=None, wrap_lines=True)
    st.code(text[:PROMPT_LETTERS], language=None, wrap_lines=True, height=140 if len(text) > 300 else "content")
    if len(text) > PROMPT_LETTERS:
        st.caption(f"⋯ {len(text) - PROMPT_LETTERS:,} characters more ⋯")


def _stops(stop: list[str]) -> str:
    return f"; ends before {inline(' or '.join(map(repr, stop)), 200)}" if stop else ""
