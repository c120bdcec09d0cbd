"""The verdicts of a run: who has judged it, which verdicts count, where they disagree; grading it anew."""

import pandas as pd
import streamlit as st

from backend.commands.grading import title_of_regrade
from backend.verifiers import VERIFIERS
from pages.shared import cache, link, pickers, views, visitors
from pages.shared.texts import inline

ROWS = 20


def show_verdicts(run: pd.Series) -> None:
    """Draw who has judged a run, what can be changed about that, and the samples on which they disagree."""
    if not run["has_samples"]:
        st.caption("This run was imported as counts: it has no samples that a verifier could judge.")
        return
    judged = cache.verifiers_of(str(run["run"]))
    st.dataframe(
        _shown(judged), hide_index=True, key="verdicts_table", placeholder="–",
        column_config={
            **views.localized(_shown(judged)),
            "Share correct": st.column_config.NumberColumn(format="percent", help="Correct of n."),
            "n": st.column_config.NumberColumn(
                format="localized", help="Samples with a verdict: correct, incorrect or no answer."
            ),
            "Disagreements": st.column_config.NumberColumn(
                format="localized", help="Samples that are correct by one of this verifier and the one that counts."
            ),
        },
    )  # fmt: skip
    if not visitors.show_refused("regrade"):
        left, right = st.columns(2, gap="large")
        with left:
            _show_counting(run, judged)
        with right:
            _show_regrade(run)
    _show_disagreements(run, judged)
    _show_log(str(run["run"]))


def _shown(judged: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Verifier": judged["verifier"],
            "Counts": judged["counts"],
            "Share correct": judged["correct"] / judged["n"].where(judged["n"] > 0),
            "Correct": judged["correct"],
            "n": judged["n"],
            "No answer": judged["no_answer"],
            "Errors": judged["errors"],
            "Unscored": judged["unscored"],
            "Disagreements": judged["disagreements"],
            "Version": judged["version"].fillna("came with the file"),
            "Graded at (UTC)": judged["graded_at"].dt.strftime("%Y-%m-%d %H:%M"),
        }
    )


def _show_counting(run: pd.Series, judged: pd.DataFrame) -> None:
    """Draw the choice of the verifier that counts."""
    key = str(run["run"])
    others = [str(name) for name in judged.loc[~judged["counts"].astype(bool), "verifier"]]
    if not others:
        st.caption("One verifier has judged this run, so its verdicts count. Grade the run by another to compare them.")
        return
    wanted = st.selectbox("Let the verdicts of this verifier count", others, key=f"count_by_{key}")
    if st.button("Let it count", key="count_by", help="Every number of this run changes at once; nothing is lost."):
        cache.begin("count_by", f"Counting {run['name']} by {wanted}", key, run=key, verifier=wanted)
        st.rerun()


def _show_regrade(run: pd.Series) -> None:
    """Draw the choice of a verifier of ours to grade the run by."""
    if not run["has_texts"]:
        st.caption("This run came without completions, so no verifier can judge it anew.")
        return
    key, name = str(run["run"]), str(run["name"])
    wanted = st.selectbox("Grade every sample by", list(VERIFIERS), key=f"regrade_by_{key}") or next(iter(VERIFIERS))
    meaning = VERIFIERS[wanted].meaning.rstrip(".")
    st.caption(f"{inline(meaning[:1].upper() + meaning[1:])}. Version {VERIFIERS[wanted].version}.")
    counts = st.checkbox("Its verdicts count then", value=True, key=f"regrade_counts_{key}")
    if st.button("Grade", key="regrade"):
        cache.begin("regrade", title_of_regrade(name, wanted), key, run=key, verifier=wanted, counts=counts)
        st.rerun()


def _show_disagreements(run: pd.Series, judged: pd.DataFrame) -> None:
    """Draw the samples on which a verifier disagrees with the one that counts; a click opens one."""
    apart = {str(name): int(count) for name, count in zip(judged["verifier"], judged["disagreements"], strict=True)}
    apart = {name: count for name, count in apart.items() if count}
    if not apart:
        if len(judged) > 1:
            st.caption("The verifiers agree on every sample that both have judged.")
        return
    counting = str(judged["verifier"].iloc[0])
    link.seed("against", [next(iter(apart))], allowed=apart.__contains__)
    other = st.selectbox(
        f"Samples on which {inline(counting, 60)} and another verifier disagree", list(apart), key="against",
        format_func=lambda name: f"{name}: {apart[name]:,}",
    )  # fmt: skip
    link.note("against", other)
    if link.just_picked("against", "edit"):
        link.forget("against_page")
    offset = pickers.pick_page("against_page", apart[other], ROWS)
    rows, total = cache.disagreements(str(run["run"]), other, limit=ROWS, offset=offset)
    shown = pd.DataFrame(
        {
            "Problem": rows["problem"],
            "Sample": rows["sample_index"],
            f"By {counting}": rows["verdict"],
            "Answer read": rows["answer"],
            f"By {other}": rows["other_verdict"],
            "Answer read by it": rows["other_answer"],
        }
    )
    st.caption(f"{offset + 1:,} to {offset + len(rows):,} of {total:,} · click a row to open the sample")
    clicked = views.show_clickable(shown, "disagreements_table")
    if clicked is not None:
        row = rows.iloc[clicked]
        st.switch_page(
            "problem.py", query_params=pickers.sample_link(run, str(row["problem"]), int(row["sample_index"]))
        )


def _show_log(run: str) -> None:
    """Draw what was graded anew, newest first."""
    log = cache.regrades(run)
    if log.empty:
        return
    st.markdown("Graded anew")
    shown = log[["graded_at", "verifier", "version", "problem", "graded", "changed", "errors", "unscored", "counts"]]
    shown = shown.assign(
        graded_at=shown["graded_at"].dt.strftime("%Y-%m-%d %H:%M"), problem=shown["problem"].fillna("all")
    )
    shown = shown.rename(columns=lambda name: str(name).replace("_", " ").capitalize())
    shown = shown.rename(columns={"Graded at": "Graded at (UTC)"})
    st.dataframe(shown, hide_index=True, key="regrades_table", column_config=views.localized(shown))
