"""What the program can be asked, as functions from plain arguments to plain data: the command line and the app's
HTTP interface both call these, so that each gives the same answer."""

from collections.abc import Mapping
from typing import Any

from backend.access.roles import Role, Visitor
from backend.background import Tell
from backend.commands import (
    access,
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
from backend.commands.gate import Command, Deed, checked, for_its_owner, require_admitted
from backend.commands.plain import Plain
from backend.store.database import Store

LAUNCHES: Mapping[str, Any] = {"needs": Role.SAMPLER, "signed": "asked_by", "models": ("model", "under")}
"""What holds of every command that draws samples or reads them with a model."""

COMMANDS: Mapping[str, Command] = {
    "import": Command(imports.import_, writes=True, title=imports.title_of_import, unit="bytes", reads=("paths",)),
    "formats": Command(imports.formats),
    "inspect": Command(imports.inspect, reads=("path",)),
    "imports": Command(imports.imports),
    "import_report": Command(imports.report),
    "mappings": Command(imports.mappings),
    "save_mapping": Command(imports.save_mapping, writes=True, reads=("path",)),
    "delete_mapping": Command(imports.delete_mapping, writes=True),
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
    "share": Command(shares.share, writes=True, needs=Role.VIEWER, signed="author"),
    "shares": Command(shares.shares),
    "share_open": Command(shares.share_open),
    "rename_share": Command(shares.rename_share, writes=True, owner=shares.author_of),
    "unshare": Command(shares.unshare, writes=True, owner=shares.author_of),
    "demo": Command(imports.demo, writes=True, reads=("folder",)),
    "token_create": Command(access.token_create, writes=True, signed="created_by", people_only=True),
    "token_list": Command(access.token_list, needs=Role.CURATOR),
    "token_revoke": Command(access.token_revoke, writes=True),
    "audit_list": Command(access.audit_list, needs=Role.CURATOR),
    "sample_plan": Command(sampling.plan, needs=Role.SAMPLER, models=("model",)),
    "sample_start": Command(sampling.start_sampling, writes=True, **LAUNCHES),
    "sample": Command(sampling.sample, writes=True, title=sampling.title_of_sample, unit="samples", **LAUNCHES),
    "resume": Command(sampling.resume, writes=True, title=sampling.title_of_resume, unit="samples", needs=Role.SAMPLER),
    "resume_start": Command(sampling.start_again, writes=True, needs=Role.SAMPLER),
    "jobs": Command(sampling.jobs),
    "job": Command(sampling.job),
    "job_result": Command(likelihoods.result),
    "cancel": Command(sampling.cancel, writes=True, needs=Role.SAMPLER),
    "settle": Command(sampling.settle, writes=True, **LAUNCHES),
    "settle_and_stay": Command(
        sampling.settle_and_stay, writes=True, title=sampling.title_of_settling, unit="samples", **LAUNCHES
    ),
    "continue_from": Command(sampling.continue_from, writes=True, **LAUNCHES),
    "continue_and_stay": Command(
        sampling.continue_and_stay, writes=True, title=sampling.title_of_continuing, unit="samples", **LAUNCHES
    ),
    "add_problem": Command(sampling.add_problem, writes=True, needs=Role.SAMPLER),
    "score": Command(likelihoods.score, writes=True, title=likelihoods.title_of_score, unit="samples", **LAUNCHES),
    "score_start": Command(likelihoods.start_scoring, writes=True, **LAUNCHES),
    "likelihoods": Command(likelihoods.likelihoods),
    "perplexity": Command(likelihoods.perplexity),
    "tokens": Command(likelihoods.tokens),
    "blocked": Command(likelihoods.blocked),
    "prefix_samples": Command(likelihoods.prefix_samples),
    "engine_status": Command(engines.engine_status),
    "engine_start": Command(engines.engine_start, writes=True, needs=Role.SAMPLER, models=("model",)),
    "engine_stop": Command(engines.engine_stop, writes=True, needs=Role.SAMPLER),
    "engine_build": Command(engines.engine_build, writes=True, people_only=True),
    "served": Command(engines.served, needs=Role.SAMPLER),
}


def perform(name: str, store: Store, arguments: Mapping[str, Any], by: Visitor, progress: Tell | None = None) -> Plain:
    """Run a command for somebody: the one way by which command line, HTTP interface and pages change anything.

    Raises Forbidden where they may not; what was done or refused is written down.
    """
    command = COMMANDS[name]
    with Deed(store, name, command, arguments, by) as deed:
        owner = command.owner(store, arguments) if command.owner else None
        require_admitted(name, for_its_owner(command, owner, by), by)
        more = {"progress": progress} if command.title is not None else {}
        deed.answer = command.answer(store, **checked(command, arguments, by), **more)
    return deed.answer
