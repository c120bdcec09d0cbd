"""What may be wrong with a run's samples, or with those that one import brought: the number, and the way to them."""

from functools import partial

import pandas as pd
import streamlit as st

from backend.background import State, Tell
from backend.hygiene import Finding, text_findings
from backend.store.database import Store
from pages.shared import cache, link, pickers, views
from pages.shared.texts import counted, inline

ROWS = 20
WORDS = {
    "fewer_samples": "Fewer samples",
    "undrawn": "Without samples",
    "only_solved": "Only solved ones",
    "mixed_verifiers": "Mixed verifiers",
    "truncated": "Truncated",
    "no_answer": "Parse failures",
    "errors": "Errors",
    "unscored": "Unscored",
    "seed_drift": "Drift between seeds",
    "lenient": "Lenient grading",
    "repeated_texts": "Repeated texts",
    "not_extracted": "Answer not extracted",
    "stop_words": "Stopped at a word",
}
WITHOUT_LIST = ("only_solved", "mixed_verifiers")
WAYS = {
    "undrawn": "Import the samples that are missing. If they were drawn and none was correct, import counts for them: "
    "rows of problem_id, n and c = 0, with this run's name.",
    "only_solved": "A problem list has the columns benchmark and problem_id; import it like any file. Problems that "
    "were drawn without success come in as counts: problem_id, n and c = 0, with this run's name.",
    "mixed_verifiers": "See Verdicts: let one verifier count, or grade the run by one of ours.",
}


def show_findings(run: pd.Series, import_id: int | None = None) -> None:
    """Draw each finding with its number, the suspicious ones first, and the samples of the one that is picked."""
    key = str(run["run"])
    if not run["has_samples"] and import_id is not None:
        st.caption("This import brought counts: there are no samples to look at.")
        return
    found = [*cache.findings(key, import_id), *_in_texts(run, import_id)]
    listed = {finding.name: finding for finding in found if _has_list(finding)}
    link.seed("finding", allowed=listed.__contains__)
    for finding in sorted(found, key=lambda one: not one.suspicious):
        _show_finding(finding, opens=finding.name in listed)
    picked = st.session_state.get("finding")
    link.note("finding", picked)
    if link.just_picked("finding", "edit", "report"):
        link.forget("finding_page")
    if picked:
        _show_list(run, listed[picked], import_id)


def _has_list(finding: Finding) -> bool:
    return bool(finding.count or finding.suspicious) and finding.name not in WITHOUT_LIST


def _show_finding(finding: Finding, *, opens: bool) -> None:
    """Draw one finding on a line: whether to look, its sentence, the way to what it found."""
    word, sentence, way = st.columns([3, 11, 2], vertical_alignment="center")
    name = WORDS.get(finding.name, finding.name)
    if finding.suspicious:
        word.badge(name, icon=":material/visibility:", color="orange")
    else:
        word.badge(name, icon=":material/check:", color="gray")
    sentence.markdown(inline(finding.sentence, 600))
    if opens:
        noun = "seeds" if finding.name == "seed_drift" else finding.unit
        way.button(f"See {noun}", key=f"see_{finding.name}", type="tertiary", on_click=_pick, args=(finding.name,))
    if finding.suspicious and finding.name in WAYS:
        st.caption(WAYS[finding.name])


def _pick(name: str) -> None:
    st.session_state["finding"] = name


def _show_list(run: pd.Series, finding: Finding, import_id: int | None) -> None:
    """Draw a page of what a finding found; a click on a row opens it on the Problem page."""
    st.markdown(f"##### {WORDS[finding.name]}", anchors=False)
    rows, total, offset = _page(run, finding, import_id)
    if rows.empty:
        st.caption("There is nothing to list.")
        return
    st.caption(f"{offset + 1:,} to {offset + len(rows):,} of {total:,} · click a row to open it")
    shown = rows.dropna(axis="columns", how="all").rename(columns=lambda name: str(name).replace("_", " ").capitalize())
    clicked = views.show_clickable(shown, "finding_table")
    if clicked is not None:
        row = rows.iloc[clicked]
        index = int(row["sample_index"]) if "sample_index" in row else None
        st.switch_page("problem.py", query_params=pickers.sample_link(run, str(row["problem"]), index))


def _page(run: pd.Series, finding: Finding, import_id: int | None) -> tuple[pd.DataFrame, int, int]:
    """Return a page of the rows of a finding, how many there are, and the place of the page's first one."""
    rows = finding.rows
    if rows is None and finding.unit == "problems":
        rows = pd.DataFrame({"problem": finding.problems})
    if rows is not None:
        offset = pickers.pick_page("finding_page", len(rows), ROWS)
        return rows.iloc[offset : offset + ROWS], len(rows), offset
    offset = pickers.pick_page("finding_page", finding.count, ROWS)
    rows, total = cache.samples_of_finding(str(run["run"]), finding.name, import_id, limit=ROWS, offset=offset)
    return rows, total, offset


def _in_texts(run: pd.Series, import_id: int | None) -> list[Finding]:
    """Return what the texts told when they were last read, if nothing has changed since; else offer to read them."""
    if not run["has_texts"]:
        st.caption("This run came without completions: repeated texts and answers not extracted cannot be looked for.")
        return []
    held = cache.store()
    about = f"{run['run']}|{import_id}|{held.version()}"
    work = cache.works().newest("texts", about)
    if work is not None and work.state is State.DONE:
        found: list[Finding] = work.answer()
        return found
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Read every completion too", key="read_texts", disabled=work is not None and not work.ended):
            title = f"Reading the completions of {run['name']}"
            look = partial(_look, held, str(run["run"]), import_id)
            cache.works().begin("texts", title, look, unit="samples", about=about, changes=False)
            st.rerun()
        st.caption(
            f"Looks for repeated texts, right answers that were not extracted, and stops at a word, in "
            f"{counted(int(run['samples']), 'sample')}. It runs in the background."
        )
    return []


def _look(held: Store, run: str, import_id: int | None, tell: Tell) -> list[Finding]:
    tell(run, 0, 0, 0)
    return text_findings(held, run, import_id, progress=lambda done, of: tell(run, done, of, 0))
