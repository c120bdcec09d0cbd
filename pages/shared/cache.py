"""The open store and what is read from it: the only caching. Answers are keyed by the store's version and bounded."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from backend.config import settings
from backend.records import Sample
from backend.store import queries, second_verdicts
from backend.store.database import Store, open_store
from pages.shared import evidence, tables

P = ParamSpec("P")
R = TypeVar("R")


def store() -> Store:
    """Return the open store; one a process, shared with the API."""
    return open_store(settings().database)


@st.cache_data(max_entries=500, show_spinner=False)
def _answer(_question: Callable[..., Any], key: tuple[Any, ...], args: Any, named: Any) -> Any:  # noqa: ARG001
    """`key` names the question, the store and its version; the question itself is not what the cache compares."""
    return _question(store(), *args, **dict(named))


def _kept(question: Callable[Concatenate[Store, P], R]) -> Callable[P, R]:
    """`question` without its store argument, its answers kept until the store changes."""
    name = f"{question.__module__}.{question.__qualname__}"

    @wraps(question)
    def ask(*args: P.args, **named: P.kwargs) -> R:
        held = store()
        answer: R = _answer(question, (name, str(held.path), held.version()), args, sorted(named.items()))
        return answer

    return ask


totals = _kept(queries.totals)
benchmarks = _kept(queries.benchmarks)
runs = _kept(queries.runs)
models = _kept(queries.models)
imports = _kept(queries.imports)
import_rejections = _kept(queries.import_rejections)
levels = _kept(queries.levels)
topics = _kept(queries.topics)
compared_problems = _kept(queries.compared_problems)
problem = _kept(queries.problem)
problem_names = _kept(queries.problem_names)
neighbours = _kept(queries.neighbours)
sample_ticks = _kept(queries.sample_ticks)
curves = _kept(tables.curves)
problems_left_out = _kept(tables.problems_left_out)
solved_sets = _kept(tables.solved_sets)
finding = _kept(tables.finding)
rerun_in_words = _kept(tables.rerun_in_words)
verdicts = _kept(evidence.verdicts)
smallest_budget = _kept(evidence.smallest_budget)
boundary_table = _kept(evidence.table)
bins = _kept(evidence.bins)
over_training = _kept(evidence.over_training)
many_runs = _kept(evidence.many_runs)
luck = _kept(evidence.luck)
lenient = _kept(evidence.lenient)
second_verifiers = _kept(second_verdicts.second_verifiers)
counts_of_problem = _kept(tables.counts_of_problem)
telling_problem = _kept(tables.telling_problem)


def sample(run: str, problem: str, sample_index: int) -> Sample | None:
    """Return one sample with its text; not kept, for texts are long and looked at once."""
    return queries.sample(store(), run, problem, sample_index)
