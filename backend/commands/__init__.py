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
    exports,
    grading,
    imports,
    planning,
    runs,
    shares,
    training_logs,
    trees,
)
from backend.commands.gate import Command, Deed, checked, for_its_owner, require_admitted
from backend.commands.plain import Plain
from backend.store.database import Store

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
