"""What a kept share shows, and what has become of it, made of what the store answers; kept by `cache`."""

from dataclasses import replace
from typing import Any

import pandas as pd

from backend.commands import tables_out
from backend.commands.shares import view_now
from backend.commands.trees import retention
from backend.exports.changes import changes
from backend.exports.drawings import Drawing, find_drawing
from backend.exports.frozen import View, sole_paths_of_view, thawed, tree_of_view
from backend.exports.material import about
from backend.exports.paths import draw_paths
from backend.exports.report import report
from backend.exports.tables import find_table, verdict_rows, written
from backend.exports.trees import ShownTree
from backend.store import queries
from backend.store import shares as stored
from backend.store.database import Store
from backend.store.sample_trees import kept_paths
from backend.trees.merge import Level
from pages.shared import paths_data


def opened(held: Store, share: str) -> tuple[stored.StoredShare, View]:
    """A share and the view that it keeps."""
    found = stored.share(held, share)
    return found, thawed(found.content, found.created_at)


def is_unread(held: Store, view: View) -> bool:
    """Whether the paths of now would have to be read from so many samples that no page waits for it."""
    runs, level = view.material.keys, view.asked.merge
    if view.paths is None or not set(runs) <= set(queries.runs(held)["run"]):
        return False
    return kept_paths(held, runs, Level(level)) is None and not paths_data.is_small(held, runs, level)


def changed_since(held: Store, share: str, unread: bool) -> list[str]:
    """How the live data differ from a share; of paths that are unread only their counts."""
    view = opened(held, share)[1]
    is_compared = view.claims is not None or (view.paths is not None and not unread)
    return changes(held, view, view_now(held, view) if is_compared else None)


def view_of(held: Store, share: str, is_live: bool) -> View | None:
    """What a share keeps, or the same as it is now; None where that cannot be drawn any more."""
    view = opened(held, share)[1]
    return view_now(held, view) if is_live else view


def drawing(held: Store, share: str, name: str, is_live: bool, dark: bool) -> Drawing:
    """A figure of a share."""
    view = _known(held, share, is_live)
    if view.paths is not None:
        return draw_paths(view.material, view.asked, view.paths, dark=dark)
    made: Drawing = find_drawing(name)(view.material, view.asked, dark=dark)
    return made


def tree(held: Store, share: str, is_live: bool) -> ShownTree | None:
    """The tree of a share's samples; None where they have no texts."""
    return tree_of_view(_known(held, share, is_live))


def verdicts(held: Store, share: str, is_live: bool) -> pd.DataFrame:
    """What the samples of a share say of each problem, the surest first."""
    view = _known(held, share, is_live)
    return verdict_rows(view.material, view.asked).sort_values(["p", "problem"], kind="stable")


def paths(held: Store, share: str, is_live: bool) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The correct paths of a share that one run alone took, the surest first; what is kept of the first run's."""
    view = _known(held, share, is_live)
    rows = sole_paths_of_view(view)
    if rows is None or view.paths is None:
        raise LookupError(share)
    return rows, retention(view.paths, view.material.labels)


def _known(held: Store, share: str, is_live: bool) -> View:
    view = view_of(held, share, is_live)
    if view is None:
        raise LookupError(share)
    return view


def report_of_share(held: Store, share: str) -> bytes:
    """The report of what a share keeps."""
    view = opened(held, share)[1]
    shown = [] if view.shown is None else [replace(view.shown, tree=tree_of_view(view))]
    return report(view.material, view.asked, shown)[0].encode()


def data_of_share(held: Store, share: str, name: str, form: str) -> bytes:
    """The counts, the claims or the paths that a share keeps, as data."""
    view = opened(held, share)[1]
    told: dict[str, Any] = {"table": name, "share": share}
    if name == "claims" and view.claims is not None:
        table, told = tables_out.claim_rows(view.claims), {**told, **tables_out.told_of_claims(view.claims)}
    elif name == "paths":
        table, told = paths(held, share, False)[0], {**told, **tables_out.told_of_trees(view.asked)}
    else:
        table = find_table(name)(view.material, view.asked)
    return written(table, about(view.material, view.asked, **told), form)
