"""The open store and what is read from it: the only caching. Answers are keyed by the store's version and bounded."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from backend import hygiene
from backend.access.roles import Role
from backend.background import Tell, Work, Works, works_of
from backend.commands import COMMANDS, engines, likelihoods, perform, sampling, trees
from backend.commands.claims import claims as claims_of
from backend.commands.gate import checked, require_admitted
from backend.commands.imports import mappings as saved_mappings
from backend.commands.planning import plan as plan_of
from backend.config import settings
from backend.exports import problems
from backend.exports.frozen import View
from backend.importers import Wanted, previews
from backend.importers.folders import Found, files_in
from backend.importers.rows import Given
from backend.importers.source import Source
from backend.records import Sample
from backend.store import answers, problem_queries, queries, scores, second_verdicts
from backend.store import corrections as corrected
from backend.store import shares as kept_shares
from backend.store import training_logs as logged
from backend.store import verdicts as judged
from backend.store.database import Store, open_store
from pages.shared import comparing, evidence, paths_data, share_data, tables, trainings, tree_data, visitors

P = ParamSpec("P")
R = TypeVar("R")


def store() -> Store:
    """Return the open store; one a process, shared with the API."""
    return open_store(settings().database, read_only=settings().read_only)


def works() -> Works:
    """Return the long work on the store, under way and done; one queue a process, shared with the API."""
    return works_of(settings().database)


def change(command: str, **arguments: Any) -> Any:
    """Run a short command for the visitor, as the command line would. Raises StoreBusy while a long one changes the
    store, Forbidden where the visitor may not."""
    if visitors.visitor().role > Role.NONE:
        works().require_idle()
    return ask(command, **arguments)


def ask(command: str, **arguments: Any) -> Any:
    """Run a short command for the visitor that no long one stands in the way of; Forbidden where they may not."""
    return perform(command, store(), arguments, visitors.visitor())


def begin(command: str, title: str, about: str = "", keep: Any = None, **arguments: Any) -> None:
    """Queue a long command for the visitor; `keep` lives as long as it runs. Raises Forbidden where they may not."""
    held, by, asked = store(), visitors.visitor(), COMMANDS[command]
    require_admitted(command, asked, by)

    def do(tell: Tell) -> Any:
        _ = keep
        tell("", 0, 0, 0)
        return perform(command, held, arguments, by, tell if asked.title else None)

    works().begin(command, title, do, unit=asked.unit, about=about, changes=asked.writes)


def cancel(work: Work) -> None:
    """End a long work, where the visitor may import; what only reads is ended by anyone."""
    if work.changes:
        require_admitted("import", COMMANDS["import"], visitors.visitor())
    work.cancel()


@st.cache_data(max_entries=500, show_spinner=False)
def _answer(_question: Callable[..., Any], key: tuple[Any, ...], args: Any, named: Any) -> Any:  # noqa: ARG001
    """`key` names the question, the store and its version; the question itself is not what the cache compares."""
    return _question(store(), *args, **dict(named))


def _kept(question: Callable[Concatenate[Store, P], R], *, large: bool = False) -> Callable[P, R]:
    """`question` without its store argument, its answers kept until the store changes; of large ones fewer."""
    name = f"{question.__module__}.{question.__qualname__}"

    @wraps(question)
    def ask(*args: P.args, **named: P.kwargs) -> R:
        held = store()
        keep = _large_answer if large else _answer
        answer: R = keep(question, (name, str(held.path), held.version()), args, sorted(named.items()))
        return answer

    return ask


@st.cache_data(max_entries=30, show_spinner="Growing the tree …")
def _large_answer(_question: Callable[..., Any], key: tuple[Any, ...], args: Any, named: Any) -> Any:  # noqa: ARG001
    """`_answer` for what is large or slow: fewer are kept."""
    return _question(store(), *args, **dict(named))


totals = _kept(queries.totals)
benchmarks = _kept(queries.benchmarks)
runs = _kept(queries.runs)
models = _kept(queries.models)
imports = _kept(queries.imports)
import_rejections = _kept(queries.import_rejections)
levels = _kept(problem_queries.levels)
topics = _kept(problem_queries.topics)
compared_problems = _kept(problem_queries.compared_problems)
problem = _kept(problem_queries.problem)
problem_names = _kept(problem_queries.problem_names)
neighbours = _kept(problem_queries.neighbours)
sample_ticks = _kept(queries.sample_ticks)
curves = _kept(tables.curves)
metric_curves = _kept(comparing.metric_curves)
lacking = _kept(comparing.lacking)
unjudged = _kept(comparing.unjudged)
difference = _kept(comparing.difference)
crossing = _kept(comparing.crossing)
efficiency_gap = _kept(comparing.gap)
guessing = _kept(comparing.guessing)
beyond = _kept(comparing.beyond)
crossings_over_temperature = _kept(comparing.crossings_over_temperature)
families = _kept(trainings.families)
series = _kept(trainings.series)
training_logs = _kept(logged.training_logs)
training_steps = _kept(logged.training_steps)
reasoning_verifiers = _kept(answers.reasoning_verifiers)
labels = _kept(tables.labels)
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
claims = _kept(claims_of)
plan = _kept(plan_of)
counts_of_problem = _kept(problems.counts_of_problem)
telling_problem = _kept(tables.telling_problem)
verifiers_of = _kept(judged.verdicts_of)
disagreements = _kept(judged.disagreements)
regrades = _kept(corrected.regrades)
corrections = _kept(corrected.corrections)
grown_tree = _kept(tree_data.grown, large=True)
drawn_tree = _kept(tree_data.drawn, large=True)
samples_through = _kept(tree_data.through)
way_of_sample = _kept(tree_data.way_of)
run_colours = _kept(tree_data.run_colours)
sensitivities = _kept(trees.sensitivities, large=True)
merge_pairs = _kept(trees.audit, large=True)
kept_paths = _kept(paths_data.kept, large=True)
sole_paths = _kept(paths_data.sole, large=True)
path_nulls = _kept(paths_data.nulls)
path_curves = _kept(paths_data.curves)
path_retention = _kept(paths_data.retention)
matching_problems = _kept(problem_queries.matching_problems)
_sampling_plan = _kept(sampling.plan)
settling = _kept(sampling.settle)
perplexity = _kept(likelihoods.perplexity)
token_likelihoods = _kept(scores.token_likelihoods)
blocked = _kept(likelihoods.blocked)
continued = _kept(likelihoods.prefix_samples)
findings = _kept(hygiene.findings)
samples_of_finding = _kept(hygiene.samples_of)
shares = _kept(kept_shares.shares)
share = _kept(share_data.opened)
share_changes = _kept(share_data.changed_since)
share_view = _kept(share_data.view_of)
share_drawing = _kept(share_data.drawing)
share_tree = _kept(share_data.tree, large=True)
share_verdicts = _kept(share_data.verdicts)
share_paths = _kept(share_data.paths)


def share_is_unread(view: View) -> bool:
    """Tell whether the paths that a share keeps cannot be read anew at once; they may be by the next look."""
    return share_data.is_unread(store(), view)


def deeds(limit: int, offset: int) -> dict[str, Any]:
    """Return who did what; read anew, since a deed does not raise the store's version."""
    return dict(perform("audit_list", store(), {"limit": limit, "offset": offset}, visitors.visitor()))


def sampling_plan(**order: Any) -> dict[str, Any]:
    """Return what a job would take. Raises BadInput for a model at a path that may not be read, AppError for others."""
    return _sampling_plan(**checked(COMMANDS["sample_plan"], order, visitors.visitor()))


def jobs() -> list[dict[str, Any]]:
    """Return the sampling jobs, the newest first, as they stand now, give or take the speed of half a second ago."""
    held = store()
    answer: list[dict[str, Any]] = _jobs(str(held.path), held.version())
    return answer


@st.cache_data(max_entries=4, ttl=0.5, show_spinner=False)
def _jobs(path: str, version: int) -> list[dict[str, Any]]:  # noqa: ARG001
    """Looked up once for all parts of a page and all visitors that look at the same time."""
    return sampling.jobs(store())


def job(number: int) -> dict[str, Any]:
    """Return one sampling job as it stands now, problem by problem. Raises NotFound where there is none."""
    return sampling.job(store(), number)


def engine() -> dict[str, Any]:
    """Return how the local engine and its environment stand now, and which servers are configured."""
    return engines.engine_status(store())


@st.cache_data(max_entries=50, ttl=20, show_spinner="Asking the server what it serves …")
def served(name: str) -> dict[str, Any]:
    """Return what a server is and serves. Raises AppError where it cannot be asked."""
    return engines.served(store(), name)


def mappings() -> dict[str, dict[str, str]]:
    """Return the saved mappings by name; small files, read anew."""
    return {kept["name"]: kept["mapping"] for kept in saved_mappings(store())}


MOST_PREVIEWED_BYTES = 16_000_000
"""Of a larger file the preview reads so much, and says so."""


def preview(path: Path, wanted: Wanted, given: Given) -> dict[str, Any]:
    """Return what a file is and what would be stored of it. Raises BadInput where nothing can be said."""
    return _preview(path, path.stat().st_mtime_ns, wanted, given)


@st.cache_data(max_entries=50, show_spinner="Reading the file's beginning …", hash_funcs={Wanted: repr, Given: repr})
def _preview(path: Path, changed: int, wanted: Wanted, given: Given) -> dict[str, Any]:  # noqa: ARG001
    return previews.inspect(
        path, wanted=wanted, database=settings().database, given=given, most_bytes=MOST_PREVIEWED_BYTES
    )


def columns(path: Path, rows: str | None) -> list[str]:
    """Return the places that the first rows of a file have, for a mapping to name."""
    return previews.columns(Source(path, path.name), rows)


@st.cache_data(max_entries=20, ttl=10, show_spinner="Looking through the folder …")
def files_below(path: Path) -> list[Found]:
    """Return the files that a file or a folder stands for."""
    return files_in([path])


def sample(run: str, problem: str, sample_index: int) -> Sample | None:
    """Return one sample with its text; not kept, for texts are long and looked at once."""
    return queries.sample(store(), run, problem, sample_index)
