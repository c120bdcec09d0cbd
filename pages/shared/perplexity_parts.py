"""Perplexity on the screen: each model's samples read by both, problem by problem, down to single tokens."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from backend.errors import AppError
from backend.figures import perplexity_figure, token_figure
from backend.statistics.nucleus import closed
from pages.shared import cache, launch_pickers, link, messages, perplexity_words, pickers, views, visitors
from pages.shared.how import show_how
from pages.shared.perplexity_words import COLUMNS
from pages.shared.texts import counted, inline

HOW = "perplexity-and-blocked-paths"
READ_A_PROBLEM = 16
ROWS = 8


def show_perplexity(base: str, rlvr: str) -> None:
    """Draw the four perplexities, what they say, the way to score what is missing, and one problem's tokens."""
    try:
        found = cache.perplexity(base, rlvr)
    except AppError as error:
        messages.show_error(error)
        return
    if not found["problems"]:
        messages.show_nothing(
            "No sample of these runs was read by the other model yet.",
            "Scoring lets each of the two models read both runs' samples token by token; it takes their texts, and the "
            "local engine or a vLLM server.",
        )
        show_scoring(found)
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        _show_chart(found)
    with right:
        for sentence in perplexity_words.readings(found):
            st.markdown(f"- {inline(sentence, 500)}")
        st.caption(
            "Two-sided p of a paired test over problems, each difference's sign turned by chance. A mean a token hides "
            "single improbable tokens: a low perplexity is no proof that a whole text would be drawn."
        )
        show_how(HOW)
        show_scoring(found)
    _show_problems(found)
    show_tokens(base, rlvr, found)


def _show_chart(found: dict[str, Any]) -> None:
    def pick(clicked: list[Any]) -> None:
        st.session_state["read"] = str(clicked[0])

    points = perplexity_words.with_means(found)
    figure = perplexity_figure(points, selected=link.peek("read"), dark=views.is_dark())
    subtitle = (
        f"{counted(points['problem'].nunique(), 'problem')} · a point a problem · line: geometric "
        "mean over problems · colour: the model that reads, hollow: the other's texts · click a point to see its tokens"
    )
    views.show_figure(figure, perplexity_words.headline(found), subtitle, key="perplexity_chart", on_click=pick)


def show_scoring(found: dict[str, Any]) -> None:
    """Draw the way to score what is missing, or more."""
    missing = found["to_be_scored"]
    label = f"Score what is missing: {counted(len(missing), 'reading')}" if missing else "Score again"
    with st.popover(label, icon=":material/troubleshoot:", key="scoring", on_change="rerun") as box:
        if box.open:
            _ask_scoring(found)


def _ask_scoring(found: dict[str, Any]) -> None:
    wanted = found["to_be_scored"] or _all_readings(found)
    names = cache.labels(tuple(dict.fromkeys(each["run"] for each in wanted)))
    for each in wanted:
        st.markdown(f"- {inline(names[each['run']], 80)}, read by {inline(each['under'], 80)}")
    most = st.number_input("Samples of each problem", 1, 100_000, value=READ_A_PROBLEM, key="scoring_most", step=16)
    per_token = st.toggle("Keep each token", key="scoring_tokens", help="For the view of tokens and blocked paths.")
    engines = launch_pickers.pick_engines("scoring_engine")
    refused = visitors.refused("score_start")
    st.button(
        f"Launch {counted(len(wanted), 'job')}", type="primary", key="scoring_launch", on_click=_score,
        args=(wanted, most, per_token, engines), disabled=refused is not None, help=refused,
    )  # fmt: skip


def _all_readings(found: dict[str, Any]) -> list[dict[str, str]]:
    runs = dict(zip(("base", "rlvr"), found["runs"], strict=True))
    models = dict(zip(("base", "rlvr"), found["models"], strict=True))
    return [{"run": runs[wrote], "under": models[reads]} for reads, wrote in COLUMNS]


def _score(wanted: Sequence[dict[str, str]], most: int, per_token: bool, engines: list[str]) -> None:
    """Launch the readings, those of one model after another, so that the engine changes models once."""
    try:
        begun = [
            cache.change(
                "score_start", run=each["run"], under=each["under"], per_token=per_token, most=most, engines=engines
            )
            for each in sorted(wanted, key=lambda one: one["under"])
        ]
    except AppError as error:
        messages.say_next(str(error), bad=True)
        return
    st.session_state["scoring"] = False
    each = "; ".join(f"job {job['job']}, {job['run']} by {job['under']}" for job in begun)
    messages.say_next(f"Being read: {each}.")


def _show_problems(found: dict[str, Any]) -> None:
    """Draw one row a problem; a row that is picked shows its tokens."""
    shown = perplexity_words.by_problem(found)
    names = {str(name): str(name) for name in shown["Problem"]}
    views.pick_row("read", "Problem whose tokens to see", names, shown, table="perplexity_table", rows=ROWS)


def show_tokens(base: str, rlvr: str, found: dict[str, Any]) -> None:
    """Draw one sample of the picked problem token by token, and where a nucleus would have closed its way."""
    problem = st.session_state.get("read")
    if not problem:
        return
    first, second, third = st.columns([3, 2, 2], vertical_alignment="bottom")
    with first:
        pair = _pick_pair()
    with third:
        top_p = launch_pickers.pick_number("nucleus", "Nucleus, top-p", "0.95", 0.01, 1.0, step=0.05, format="%g")
    run, under = (base, rlvr)[pair[1] == "rlvr"], found["models"][pair[0] == "rlvr"]
    tokens = cache.token_likelihoods(run, under, problem)
    if tokens.empty:
        messages.show_nothing(
            f"No tokens of problem {inline(problem, 60)} are kept for this reading.",
            "Score it again with “Keep each token”.",
        )
        return
    with second:
        index = _pick_sample(tokens)
    own = tokens[tokens["sample_index"] == index]
    shut = [closed(row["likelier_least"], row["rank"], top_p or 1.0, None) for row in _plain(own)]
    _show_token_chart(own.assign(closed=shut), pair[0], problem, index, top_p or 1.0)
    if pair[0] != pair[1] and (top_p or 1.0) < 1:
        _show_blocked(run, under, top_p or 1.0)


def _plain(tokens: pd.DataFrame) -> list[dict[str, Any]]:
    names = ["likelier_least", "rank"]
    return [
        {name: None if pd.isna(row[name]) else row[name] for name in names}
        for row in tokens[names].to_dict("records")
    ]  # fmt: skip


def _show_token_chart(own: pd.DataFrame, reads: str, problem: str, index: int, top_p: float) -> None:
    shut = own[own["closed"]]
    who = "RLVR" if reads == "rlvr" else "Base"
    if len(shut):
        first = shut.iloc[0]
        at = int(first["position"])
        token = repr(str(first["token"]))[1:-1][:40]
        title = f"At top-p {top_p:g} {who} could never draw this sample: “{token}”, token {at + 1:,}, is closed"
    elif top_p < 1:
        title = f"At top-p {top_p:g} no token of this sample is surely closed to {who}"
    else:
        title = f"How much each token surprises {who}"
    verdict = str(own["verdict"].iloc[0] or "not judged").replace("_", " ")
    subtitle = f"problem {problem} · sample {index:,}, {verdict} · {counted(len(own), 'token')} · ✕ closed"
    views.show_figure(token_figure(own, reads, dark=views.is_dark()), title, subtitle, key="token_chart")


def _show_blocked(run: str, under: str, top_p: float) -> None:
    """Count the closed samples over all problems, where that is asked for: it reads every token that is kept."""
    if not pickers.pick_switch(
        "closed", "Count over all problems", "Reads all tokens that are kept; it may take long."
    ):
        return
    try:
        found = cache.blocked(run, under, top_p=top_p)
    except AppError as error:
        st.caption(inline(str(error)))
        return
    st.markdown(f"Over all problems: {inline(perplexity_words.blocked_in_words(found))}")


def _pick_pair() -> tuple[str, str]:
    """Pick who reads whose samples, at first RLVR base's: there a path of base may be closed."""
    words = {f"{reads}-{wrote}": name for (reads, wrote), name in COLUMNS.items()}
    link.seed("reading", ["rlvr-base"], allowed=words.__contains__)
    chosen = st.selectbox("Who reads whose samples", list(words), key="reading", format_func=words.__getitem__)
    link.note("reading", chosen)
    reads, _, wrote = (chosen or "rlvr-base").partition("-")
    return reads, wrote


def _pick_sample(tokens: pd.DataFrame) -> int:
    verdicts = dict(zip(tokens["sample_index"].astype(str), tokens["verdict"], strict=True))
    first = next((index for index, verdict in verdicts.items() if verdict == "correct"), next(iter(verdicts)))
    link.seed("read_sample", [first], allowed=verdicts.__contains__)
    chosen = st.selectbox(
        "Sample", list(verdicts), key="read_sample",
        format_func=lambda index: f"{index}, {str(verdicts[index] or 'not judged').replace('_', ' ')}",
    )  # fmt: skip
    link.note("read_sample", chosen)
    return int(chosen or first)
