"""Roles, and whoever asks: what each may do, and the sentence that refuses."""

import getpass
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from backend.errors import Forbidden


class Role(IntEnum):
    """What somebody may do; each role may do what the ones below it may."""

    NONE = 0
    """Nothing: a stranger, or somebody who signed in and is given no role."""
    VIEWER = 1
    """See all that the store holds, export it, keep frozen shares."""
    SAMPLER = 2
    """Launch sampling, within the limits of the installation."""
    CURATOR = 3
    """Import, rename, delete, regrade, correct, revoke shares, and change settings."""

    @property
    def word(self) -> str:
        """The role as people write it."""
        return self.name.lower()


class Way(StrEnum):
    """How somebody comes in."""

    COMMAND = "command line"
    """On this machine, as the user whose store this is."""
    PAGE = "page"
    """By browser, where nobody has to sign in."""
    SIGN_IN = "sign-in"
    PROXY = "proxy"
    TOKEN = "token"  # noqa: S105 — a way in, no secret


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Whoever asks."""

    name: str
    """An e-mail address, a token's name, or a user of this machine; empty for a stranger."""
    role: Role
    way: Way

    @property
    def vouched_for(self) -> bool:
        """Whether the name is known, rather than what anyone may call themselves."""
        return bool(self.name) and self.way in (Way.SIGN_IN, Way.PROXY, Way.TOKEN)

    @property
    def at_the_machine(self) -> bool:
        """Whether they could read and write the files of this machine without the program too."""
        return self.way is Way.COMMAND


STRANGER = Visitor(name="", role=Role.NONE, way=Way.SIGN_IN)


def of_this_machine() -> Visitor:
    """Return whoever runs commands here: everything is theirs."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user number without a name, as containers have
        name = "local"
    return Visitor(name=name, role=Role.CURATOR, way=Way.COMMAND)


def require(visitor: Visitor, needed: Role, what: str) -> None:
    """Raise Forbidden where the visitor's role is below what is needed; `what` follows “may not”."""
    if visitor.role >= needed:
        return
    if visitor.role is Role.NONE:
        raise Forbidden(*turned_away(visitor))
    raise Forbidden(
        f"{visitor.name} is a {visitor.role.word} here and may not {what}.",
        f"Ask whoever runs this server for the role {needed.word}.",
    )


def turned_away(visitor: Visitor) -> tuple[str, str]:
    """Say why somebody without a role sees nothing, and what to do."""
    if not visitor.name:
        return "Nobody is signed in.", "Sign in first."
    return (
        f"{visitor.name} is signed in, but has no role here.",
        "Ask whoever runs this server for the role viewer, sampler or curator.",
    )
