"""What can go wrong in a way the user can mend.

AppError
├── BadInput        a file, a row, a link or an argument that cannot be used
├── NotFound        a run, a problem, a benchmark that the store does not hold
├── Forbidden       who asks may not do this
├── StoreBusy       another process holds the database, or another change of it is under way
├── EngineFailed    a server of models does not start, does not answer, or refuses what it is asked
└── Cancelled       work that was ended by whoever began it

Anything else that is raised is a defect of ours and keeps its traceback.
"""

from collections.abc import Sequence


class AppError(Exception):
    """A failure told to the user: what happened, with the actual values, then what to do."""

    def __init__(self, message: str, hint: str = "", rejected: Sequence[tuple[int, str]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.rejected = list(rejected)
        """Rows of a file that are the reason: line and why."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadInput(AppError):
    """The input cannot be used as it is."""


class NotFound(AppError):
    """The store holds no such thing."""


class Forbidden(AppError):
    """Whoever asks may not do this, or nobody may while the server runs as it does."""


class StoreBusy(AppError):
    """Another process has the database open for writing, or a long change of it is under way."""


class EngineFailed(AppError):
    """A server of models does not start, does not answer, or refuses what it is asked."""


class Cancelled(AppError):
    """The work was ended before it was done, and left no trace."""
