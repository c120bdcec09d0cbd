"""The installation's access file: how people sign in, and which role each of them has.

```toml
sign_in = "oidc"                     # or "proxy"
public_url = "https://boundary.example.org"
default_role = "none"                # of whoever signs in and is not named below

[roles]
curator = ["ada@example.org", "group:reasoning"]
sampler = ["@lab.example.org"]       # everybody with such an address
viewer = ["@example.org"]

[oidc]
groups_claim = "groups"

[proxy]
addresses = ["127.0.0.1"]            # only these may say who is asking
user_header = "X-Forwarded-Email"
groups_header = "X-Forwarded-Groups"
```
"""

import ipaddress
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from backend.access.roles import STRANGER, Role, Visitor, Way
from backend.config import settings
from backend.errors import BadInput

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST_NAME = 320
"""Letters of an e-mail address (RFC 5321: 64, an @, 255)."""
MOST_GROUPS = 1_000
KNOWN = {
    "": {"sign_in", "public_url", "default_role", "roles", "oidc", "proxy"},
    "roles": {"viewer", "sampler", "curator"},
    "oidc": {"groups_claim", "provider"},
    "proxy": {"addresses", "user_header", "groups_header"},
}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the access file says; without one, nobody signs in."""

    sign_in: Literal["oidc", "proxy"] | None = None
    public_host: str | None = None
    """The host, with its port where it is not the usual one, under which people open the app."""
    default_role: Role = Role.NONE
    names: Mapping[Role, frozenset[str]] = field(default_factory=dict)
    """E-mail addresses, `@domain`s and `group:name`s by role, in small letters."""
    provider: str | None = None
    groups_claim: str = "groups"
    proxies: tuple[Network, ...] = ()
    user_header: str = ""
    groups_header: str = ""

    def role_of(self, name: str, groups: Iterable[str] = ()) -> Role:
        """Return the highest role of whoever signed in under this name."""
        known = {name, *(f"group:{group.strip().lower()}" for group in groups)}
        known |= {f"@{name.rpartition('@')[2]}"} if "@" in name else set()
        given = [role for role, names in self.names.items() if names & known]
        return max(given, default=self.default_role)


def visitor(rules: Rules, name: object, groups: Iterable[str], way: Way) -> Visitor:
    """Return who signed in under a name that somebody vouches for; what can be no name is a stranger's."""
    said = clean_name(name)
    if said is None:
        return STRANGER
    return Visitor(name=said, role=rules.role_of(said, list(groups)[:MOST_GROUPS]), way=way)


def clean_name(name: object) -> str | None:
    """Return a name in small letters; None for what is empty, too long, or holds spaces, commas or control letters.

    Neither may a name look like what the access file calls a group or a whole domain.
    """
    if not isinstance(name, str):
        return None
    said = name.strip(" ").lower()
    fits = 0 < len(said) <= MOST_NAME and said.isprintable() and not set(said) & set(" ,;<>\"'`\\")
    return said if fits and not said.startswith(("@", "group:")) else None


def of_claims(rules: Rules, claims: Mapping[str, Any]) -> Visitor:
    """Return who an identity provider says is there, from the claims that Streamlit keeps.

    An address that the provider says is not verified is nobody's: some let people type whichever they like.
    """
    if not claims.get("is_logged_in") or claims.get("email_verified") in (False, "false"):
        return STRANGER
    groups = claims.get(rules.groups_claim) or ()
    groups = [groups] if isinstance(groups, str) else groups
    listed = [group for group in groups if isinstance(group, str)] if isinstance(groups, list | tuple) else []
    return visitor(rules, claims.get("email") or claims.get("sub"), listed, Way.SIGN_IN)


def of_headers(rules: Rules, users: list[str], groups: list[str]) -> Visitor:
    """Return who the proxy says is there: the values of its two headers, already taken from its hands alone.

    A header that comes twice is nobody's: one of the two may be the visitor's own.
    """
    if len(users) != 1 or len(groups) > 1:
        return STRANGER
    listed = [group for group in (groups[0].split(",") if groups else []) if group.strip()]
    return visitor(rules, users[0], listed, Way.PROXY)


@cache
def rules() -> Rules:
    """Return the rules of this process. Raises BadInput where the access file cannot be used."""
    path = settings().access
    return Rules() if path is None else read_rules(path)


def read_rules(path: Path) -> Rules:
    """Read an access file. Raises BadInput, naming the place, where it cannot be used."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"The access file {path} cannot be read: {error.strerror}.", "Mend BOUNDARY_ACCESS.") from error
    except ValueError as error:
        raise BadInput(f"The access file {path} is not TOML: {error}.", "docs/security.md shows one.") from error
    try:
        return _rules(said)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        told = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise BadInput(f"The access file {path} cannot be used: {told}.", "docs/security.md shows one.") from error


def _rules(said: dict[str, Any]) -> Rules:
    tables = {"": said, **{name: said.get(name, {}) for name in ("roles", "oidc", "proxy")}}
    for table, members in tables.items():
        if odd := sorted(set(members) - KNOWN[table]):
            raise ValueError(f"it holds {', '.join(f'{table}.{name}'.lstrip('.') for name in odd)}, which is not known")
    sign_in, proxy = said["sign_in"], tables["proxy"]
    if sign_in not in ("oidc", "proxy"):
        raise ValueError(f"sign_in is {sign_in!r}, not oidc or proxy")
    names = {_role(role): frozenset(_listed(role, members)) for role, members in tables["roles"].items()}
    if not names and _role(said.get("default_role", "none")) is Role.NONE:
        raise ValueError("it gives nobody a role")
    by_proxy = sign_in == "proxy"
    return Rules(
        sign_in=sign_in,
        public_host=_host(said["public_url"]) if said.get("public_url") else None,
        default_role=_role(said.get("default_role", "none")),
        names=names,
        provider=tables["oidc"].get("provider"),
        groups_claim=tables["oidc"].get("groups_claim", "groups"),
        proxies=tuple(ipaddress.ip_network(one) for one in proxy["addresses"]) if by_proxy else (),
        user_header=str(proxy["user_header"]).lower() if by_proxy else "",
        groups_header=str(proxy.get("groups_header", "")).lower() if by_proxy else "",
    )


def _role(word: object) -> Role:
    known = {role.word: role for role in Role}
    if word not in known:
        raise ValueError(f"there is no role {word}, but {', '.join(known)}")
    return known[str(word)]


def _listed(role: str, members: object) -> list[str]:
    if not isinstance(members, list) or not all(isinstance(member, str) and member.strip() for member in members):
        raise ValueError(f"roles.{role} is no list of addresses, @domains and group:names")
    return [member.strip().lower() for member in members]


def _host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"public_url is {url!r}, not an address like https://boundary.example.org")
    return parts.netloc.lower()


def forwarding_peers() -> tuple[str, ...]:
    """Return the peers whose word uvicorn takes for the address of the browser."""
    said = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
    return tuple(one.strip() for one in said.split(",") if one.strip())
