"""The gate before every command: who may run it, with which arguments; and the list of what was done."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from backend.access.places import require_readable
from backend.access.roles import Role, Visitor, Way, require
from backend.commands.plain import Plain
from backend.config import settings
from backend.errors import AppError, Forbidden
from backend.store.audit import DONE, FAILED, REFUSED, note_deed
from backend.store.database import Store

SAME_REFUSAL_SECONDS = 60.0
"""A refusal of the same command to the same visitor is written down once in so long."""
WORDS = {
    "import": "import files", "inspect": "read files of the server", "save_mapping": "keep mappings",
    "delete_mapping": "delete mappings", "regrade": "grade runs", "count_by": "choose which verdicts count",
    "correct": "correct reference answers", "delete_training_log": "delete training logs", "rename": "rename runs",
    "model": "say how models came to be", "delete": "delete runs", "export_figure": "write figures",
    "export_data": "write tables", "export_runs": "write bundles of runs", "report": "write reports",
    "bundle": "write folders of reports", "share": "freeze views", "rename_share": "rename shares",
    "unshare": "revoke shares", "demo": "fill the store", "token_create": "make tokens",
    "token_list": "see the tokens", "token_revoke": "revoke tokens", "audit_list": "see who did what",
    **dict.fromkeys(
        ("sample_plan", "sample_start", "sample", "settle", "settle_and_stay", "continue_from", "continue_and_stay"),
        "draw samples",
    ),
    **dict.fromkeys(("score", "score_start"), "read samples with a model"),
    **dict.fromkeys(("resume", "resume_start", "cancel"), "end or resume jobs"),
    **dict.fromkeys(("engine_start", "engine_stop"), "start or stop the engine"),
    "engine_build": "install vLLM", "served": "ask servers what they serve", "add_problem": "add problems",
}  # fmt: skip
"""What a command does, as it follows “may not”; one that is missing here is told by its name."""
ABOUT = ("share", "run", "model", "benchmark", "problem", "name", "token", "job", "path")
"""Arguments that say what a command is about."""


@dataclass(frozen=True)
class Command:
    """One command: what answers it, what it changes, who may run it."""

    answer: Callable[..., Plain]
    writes: bool = False
    title: Callable[..., str] | None = None
    """Says what it does, for a command that may take long: the app queues it, shows it, and lets it be cancelled."""
    unit: str = ""
    """What the progress of a long command counts."""
    leaves_files: bool = False
    """Whether it writes files where it is told to: only for whoever sits at the machine."""
    needs: Role | None = None
    """The role that it takes. Not said: curator for what changes anything, viewer for what only reads."""
    reads: tuple[str, ...] = ()
    """Arguments that are paths on the server, which others may read below the configured folders alone."""
    models: tuple[str, ...] = ()
    """Arguments that name a model, by its id or by a path on the server, of which the same holds."""
    signed: str = ""
    """The argument that says who did it, which is not left to somebody whose name is known."""
    owner: Callable[[Store, Mapping[str, Any]], str | None] | None = None
    """Tells whose thing it is done to; a viewer may do it to their own."""
    people_only: bool = False
    """Whether a token may not run it."""

    @property
    def role(self) -> Role:
        """The role that it takes."""
        strictest = self.writes or self.leaves_files or self.reads
        return self.needs if self.needs is not None else Role.CURATOR if strictest else Role.VIEWER


def refusal(name: str, command: Command, by: Visitor) -> Forbidden | None:
    """Return why somebody may not run a command, whatever the arguments; None where they may."""
    try:
        require_admitted(name, command, by)
    except Forbidden as error:
        return error
    return None


def for_its_owner(command: Command, owner: str | None, by: Visitor) -> Command:
    """Return the command as it stands for this visitor: open to a viewer where the thing is theirs."""
    own = command.owner is not None and by.vouched_for and by.name == owner
    return replace(command, needs=Role.VIEWER) if own else command


def require_admitted(name: str, command: Command, by: Visitor) -> None:
    """Raise Forbidden where somebody may not run a command, whatever the arguments."""
    words = WORDS.get(name) or name.replace("_", " ")
    if settings().read_only and command.writes:
        raise Forbidden(
            f"This server was started for reading only, so nobody may {words}.",
            "Stop it and start it without --read-only or BOUNDARY_READ_ONLY.",
        )
    require(by, command.role, words)
    if command.leaves_files and not by.at_the_machine:
        raise Forbidden(
            f"To {words} leaves files on the server, which only the command line there may do.",
            "Download it from a page, or run the command on the server.",
        )
    if command.people_only and by.way is Way.TOKEN:
        raise Forbidden(f"A token may not {words}.", "Do it by command on the server.")


def checked(command: Command, arguments: Mapping[str, Any], by: Visitor) -> dict[str, Any]:
    """Return the arguments as they may be used. Raises BadInput for a path that may not be read."""
    paths = (*command.reads, *(name for name in command.models if _is_path(arguments.get(name))))
    found = dict(arguments) if by.at_the_machine else require_readable(arguments, paths)
    return {**found, command.signed: by.name} if command.signed and by.vouched_for else found


def _is_path(model: object) -> bool:
    """Tell whether a model is named by a path; ids are a name or two, with one slash between them."""
    said = str(model or "")
    return said.startswith(("/", ".", "~")) or ".." in said or said.count("/") > 1 or Path(said).exists()


class Deed:
    """Watches one command and writes down what came of it; use it in a `with` block."""

    def __init__(self, store: Store, name: str, command: Command, arguments: Mapping[str, Any], by: Visitor) -> None:
        self._store, self._name, self._arguments, self._by = store, name, arguments, by
        self._counts = command.writes
        self._began = time.monotonic()
        self.answer: Plain = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        reason = error.message if isinstance(error, AppError) else kind.__name__ if kind else _reason(self.answer)
        outcome = REFUSED if isinstance(error, Forbidden) else FAILED if reason else DONE
        counts = _is_new_refusal(self._by, self._name) if outcome == REFUSED else self._counts
        if counts:
            note_deed(
                self._store, who=self._by.name, way=self._by.way, role=self._by.role.word, command=self._name,
                about=about(self._arguments, self.answer), outcome=outcome, reason=reason,
                seconds=round(time.monotonic() - self._began, 3),
            )  # fmt: skip


_refused: dict[tuple[str, str], float] = {}
_refusing = threading.Lock()


def _is_new_refusal(by: Visitor, name: str) -> bool:
    now = time.monotonic()
    with _refusing:
        for key in [key for key, at in _refused.items() if now - at > SAME_REFUSAL_SECONDS]:
            del _refused[key]
        known = (f"{by.way}:{by.name}", name) in _refused
        _refused.setdefault((f"{by.way}:{by.name}", name), now)
    return not known


def _reason(answer: Plain) -> str | None:
    """What an answer says went wrong; some commands tell it beside what went well."""
    error = answer.get("error") if isinstance(answer, dict) else None
    return str(error["message"]) if isinstance(error, dict) else None


def about(arguments: Mapping[str, Any], answer: Plain) -> str | None:
    """Say what a deed was about: the runs that an import brought, a share's id, or what the arguments name."""
    told = answer if isinstance(answer, dict) else {}
    imports = told.get("imports")
    if isinstance(imports, list):
        runs = [str(run) for report in imports for run in report.get("runs") or ()]
        files = [str(report.get("file")) for report in imports]
        return "; ".join(dict.fromkeys([*runs, *files])) or None
    said = {**arguments, **{key: told[key] for key in ("share", "token") if key in told}}
    named = [str(said[key]) for key in ABOUT if said.get(key)]
    listed = [str(one) for key in ("runs", "paths") for one in _several(arguments.get(key))]
    return "; ".join([*named, *listed]) or None


def _several(said: object) -> list[object]:
    return list(said) if isinstance(said, list | tuple) else []
