"""What the program can be asked, as functions from plain arguments to plain data: the command line and the app's
HTTP interface both call these, so that each gives the same answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.background import Tell
from backend.commands import (
    boundary,
    claims,
    comparisons,
    curves,
    engines,
    exports,
    grading,
    imports,
    likelihoods,
    planning,
    runs,
    sampling,
    shares,
    training_logs,
    trees,
)
from backend.commands.plain import Plain
from backend.store.database import Store


@dataclass(frozen=True)
class Command:
    """One command: what answers it, and whether it changes the store."""

    answer: Callable[..., Plain]
    writes: bool = False
    title: Callable[..., str] | None = None
    """Says what it does, for a command that may take long: the app queues it, shows it, and lets it be cancelled."""
    unit: str = ""
    """What the progress of a long command counts."""
    leaves_files: bool = False
    """Whether it writes files where it is told to; whoever may ask for that may write whatever the program may."""


COMMANDS: Mapping[str, Command] = {
    "import": Command(imports.import_, writes=True, title=imports.title_of_import, unit="bytes"),
    "formats": Command(imports.formats),
    "inspect": Command(imports.inspect),
    "imports": Command(imports.imports),
    "import_report": Command(imports.report),
    "mappings": Command(imports.mappings),
    "save_mapping": Command(imports.save_mapping),
    "delete_mapping": Command(imports.delete_mapping),
    "verifiers": Command(grading.verifiers),
    "regrade": Command(grading.regrade, writes=True, title=grading.title_of_regrade, unit="samples"),
    "verdicts": Command(grading.verdicts),
    "disagreements": Command(grading.disagreements),
    "count_by": Command(grading.count_by, writes=True),
    "correct": Command(grading.correct, writes=True),
    "corrections": Command(grading.corrections),
    "regrades": Command(grading.regrades),
    "hygiene": Command(grading.hygiene),
    "runs": Command(runs.runs),
    "counts": Command(runs.counts),
    "curve": Command(curves.curves),
    "compare": Command(comparisons.compare),
    "claims": Command(claims.claims),
    "plan": Command(planning.plan),
    "training_logs": Command(training_logs.training_logs),
    "delete_training_log": Command(training_logs.delete_training_log, writes=True),
    "histogram": Command(boundary.histogram),
    "trajectories": Command(boundary.trajectories),
    "solved": Command(boundary.solved),
    "lucky": Command(boundary.lucky),
    "lenient": Command(boundary.lenient),
    "samples": Command(runs.samples),
    "tree": Command(trees.tree),
    "paths": Command(trees.paths),
    "audit": Command(trees.audit),
    "sensitivity": Command(trees.sensitivities),
    "rename": Command(runs.rename, writes=True),
    "model": Command(runs.model, writes=True),
    "delete": Command(runs.delete, writes=True),
    "export_figure": Command(exports.export_figure, leaves_files=True),
    "export_data": Command(exports.export_data, leaves_files=True),
    "export_runs": Command(exports.export_runs, title=exports.title_of_runs, unit="runs", leaves_files=True),
    "report": Command(exports.report, leaves_files=True),
    "bundle": Command(exports.bundle, title=exports.title_of_bundle, unit="reports", leaves_files=True),
    "share": Command(shares.share, writes=True),
    "shares": Command(shares.shares),
    "share_open": Command(shares.share_open),
    "rename_share": Command(shares.rename_share, writes=True),
    "unshare": Command(shares.unshare, writes=True),
    "demo": Command(imports.demo, writes=True),
    "sample_plan": Command(sampling.plan),
    "sample_start": Command(sampling.start_sampling, writes=True),
    "sample": Command(sampling.sample, writes=True, title=sampling.title_of_sample, unit="samples"),
    "resume": Command(sampling.resume, writes=True, title=sampling.title_of_resume, unit="samples"),
    "resume_start": Command(sampling.start_again, writes=True),
    "jobs": Command(sampling.jobs),
    "job": Command(sampling.job),
    "job_result": Command(likelihoods.result),
    "cancel": Command(sampling.cancel, writes=True),
    "settle": Command(sampling.settle, writes=True),
    "settle_and_stay": Command(sampling.settle_and_stay, writes=True, title=sampling.title_of_settling, unit="samples"),
    "continue_from": Command(sampling.continue_from, writes=True),
    "continue_and_stay": Command(
        sampling.continue_and_stay, writes=True, title=sampling.title_of_continuing, unit="samples"
    ),
    "add_problem": Command(sampling.add_problem, writes=True),
    "score": Command(likelihoods.score, writes=True, title=likelihoods.title_of_score, unit="samples"),
    "score_start": Command(likelihoods.start_scoring, writes=True),
    "likelihoods": Command(likelihoods.likelihoods),
    "perplexity": Command(likelihoods.perplexity),
    "tokens": Command(likelihoods.tokens),
    "blocked": Command(likelihoods.blocked),
    "prefix_samples": Command(likelihoods.prefix_samples),
    "engine_status": Command(engines.engine_status),
    "engine_start": Command(engines.engine_start, writes=True),
    "engine_stop": Command(engines.engine_stop),
    "served": Command(engines.served),
}


def perform(name: str, store: Store, arguments: Mapping[str, Any], progress: Tell | None = None) -> Plain:
    """Run a command on a store: the one way by which the command line, the HTTP interface and the pages change it.

    Whoever lets only some people do some things asks here, where `COMMANDS[name]` tells what the command does.
    """
    command = COMMANDS[name]
    more = {"progress": progress} if command.title is not None else {}
    return command.answer(store, **arguments, **more)
