"""The link and the widgets say the same: the value under a key is a query parameter of that name, and back again.

Streamlit's own `bind="query-params"` writes the label that is shown, not the id, so that renaming a run would break its
links and a count in a label would end up in the address; it also forbids passing a bound parameter on to another page.
So this is done here: `open_page` before a page, `seed` before each widget, `write_link` after the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

_STATE = "link_state"
ON = "on"
"""What the link says of a switch that is on; off is the default and not in the link."""


@dataclass(kw_only=True)
class Dropped:
    """A value that a link asked for and that cannot be shown."""

    key: str
    value: str
    instead: list[str]


@dataclass(kw_only=True)
class _Link:
    """What this browser session knows of its link."""

    page: str | None = None
    url: dict[str, list[str]] = field(default_factory=dict)
    """The parameters as last read from the browser or written to it."""
    drawn: dict[str, list[str]] = field(default_factory=dict)
    """The value under each key when the page was last drawn to its end."""
    drawing: dict[str, list[str]] = field(default_factory=dict)
    """The same for the run under way, which the next click may cut short."""
    defaults: dict[str, list[str]] = field(default_factory=dict)
    carried: dict[str, list[str]] = field(default_factory=dict)
    """Values that go along from page to page (benchmark, runs) when a page is opened without them."""
    moved: bool = False
    """Whether anything was picked since the page was opened; from then on the link names what it shows in full."""
    opened: bool = False
    """Whether the page has not been drawn to its end since another page was shown."""
    unwritten: bool = False
    """Whether a page was opened or something picked that the address does not say yet."""
    picked: set[str] = field(default_factory=set)
    """The keys whose values the user has just changed."""
    forgotten: set[str] = field(default_factory=set)
    """The keys that start anew in this run, whatever the link still says of them."""
    dropped: list[Dropped] = field(default_factory=list)


def open_page(page: str) -> None:
    """Decide, before a page runs, whether the link speaks (page opened, browser's back button) or the widgets do."""
    link = _link()
    url = {key: st.query_params.get_all(key) for key in st.query_params}
    opened = page != link.page
    if opened:
        link.drawn, link.opened = {}, True
    link.picked = {
        key for key, old in link.drawn.items() if key in st.session_state and _values(st.session_state[key]) != old
    }
    if opened or (url != link.url and not link.picked):
        for key in link.defaults:
            st.session_state.pop(key, None)
        link.moved, link.dropped, link.defaults = False, [], {}
    elif link.picked:
        link.moved, link.dropped = True, []
    link.unwritten = link.unwritten or opened or bool(link.picked)
    link.page, link.url, link.drawing, link.forgotten = page, url, {}, set()


def seed(
    key: str,
    default: Sequence[str] = (),
    *,
    allowed: Callable[[str], bool] = lambda _: True,
    several: bool = False,
    carry: bool = False,
) -> Any:
    """Put into the session state under `key` what the widget, the link or the default says, and return it.

    The value is a text (None for nothing) or, with `several`, a list of texts. `allowed` tells which values exist;
    others are dropped and noted. With `carry` the value goes along to the next page that has the key.
    """
    link = _link()
    asked, from_link = _asked(key, carry)
    kept = [value for value in asked or [] if value and allowed(value)]
    emptied = several and asked is not None and not any(asked)
    values = kept if kept or emptied else list(default)
    if from_link:
        link.dropped += [
            Dropped(key=key, value=value, instead=values) for value in asked or [] if value and value not in kept
        ]
    values = values if several else values[:1]
    st.session_state[key] = values if several else (values[0] if values else None)
    link.drawing[key], link.defaults[key] = values, list(default) if several else list(default)[:1]
    if carry:
        link.carried[key] = values
    return st.session_state[key]


def _asked(key: str, carry: bool) -> tuple[list[str] | None, bool]:
    """Return what is asked for under `key`, and whether it is the link that asks."""
    link = _link()
    if key in link.forgotten:
        return None, False
    if key in st.session_state:
        return _values(st.session_state[key]), False
    if key in link.url:
        return link.url[key], True
    if carry and link.opened:
        return link.carried.get(key), False
    return None, False


def peek(key: str) -> str | None:
    """The value that `seed` would find asked for under `key`, without checking it."""
    asked, _ = _asked(key, carry=False)
    return asked[0] if asked else None


def note(key: str, value: Any) -> None:
    """Record what a widget returned for `key`, where it may differ from what it was seeded with."""
    link = _link()
    link.drawing[key] = _values(value)
    if key in link.carried:
        link.carried[key] = _values(value)


def just_picked(*keys: str) -> bool:
    """Whether the user has just changed one of `keys`; what depends on them is then forgotten."""
    return bool(_link().picked.intersection(keys))


def forget(*keys: str) -> None:
    """Let `keys` start anew from their defaults."""
    for key in keys:
        st.session_state.pop(key, None)
    _link().forgotten.update(keys)


def write_link() -> None:
    """Make the address say what the page shows: after the page, in one step of the browser's history.

    Only where a page was opened or something was picked: whoever goes back in history must not be sent forward again.
    """
    link = _link()
    wanted: dict[str, list[str]] = {}
    for key, values in link.drawing.items():
        named_in_full = key in link.carried and (link.moved or key in link.url)
        if values != link.defaults.get(key, []) or (named_in_full and values):
            wanted[key] = values or [""]
    said = {key: values for key, values in link.url.items() if key in link.drawing}
    if wanted != said and link.unwritten:
        st.query_params.from_dict(wanted)
        link.url = wanted
    link.drawn, link.opened, link.unwritten = link.drawing, False, False


PINNED = ("m", "training", "among")
"""Keys whose default hangs on what the store holds: a link that is given away names them all the same."""


def in_full() -> dict[str, list[str]]:
    """Return the link of the page that was drawn so that it shows the same elsewhere, whatever is the default there."""
    link = _link()
    return {
        key: values
        for key, values in link.drawn.items()
        if values and (key in link.carried or key in PINNED or values != link.defaults.get(key, []))
    }


OLD_PAGES = {"shares": "shares.py"}
"""Addresses that pages had, or are looked for at, and the page that is shown: links given away keep working.

Whoever renames a page adds its old address here.
"""


def forward_to(page: str) -> Callable[[], None]:
    """Return a page that hands whoever opens an old address on to the new one, with all that the link says."""

    def forward() -> None:
        st.switch_page(page, query_params={key: st.query_params.get_all(key) for key in st.query_params})

    return forward


def dropped() -> list[Dropped]:
    """Return what the link asked for in vain."""
    return list(_link().dropped)


def _link() -> _Link:
    if _STATE not in st.session_state:
        st.session_state[_STATE] = _Link()
    state: _Link = st.session_state[_STATE]
    return state


def _values(value: Any) -> list[str]:
    if value is None or value is False or value == "":
        return []
    if value is True:
        return [ON]
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return [str(value)]
