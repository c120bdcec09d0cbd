"""Commands about frozen shares."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.commands.exports import asked_of
from backend.commands.leaving import Leaving
from backend.commands.plain import Plain, plain, records
from backend.commands.tables_out import claim_rows, told_of_claims, told_of_trees
from backend.comparison.finding import finding
from backend.errors import BadInput, NotFound
from backend.exports.changes import changes
from backend.exports.drawings import curve_points, draw_curves
from backend.exports.frozen import OF_A_PROBLEM, PAGES, View, frozen, sole_paths_of_view, thawed, tree_of_view
from backend.exports.material import Asked, about
from backend.exports.paths import title_of_paths
from backend.exports.problems import counts_in_words, sample_rows, show
from backend.exports.tables import find_table
from backend.exports.trees import find_level, require_runs_of_a_tree
from backend.store import queries
from backend.store import shares as stored
from backend.store.database import Store
from backend.store.scores import blocked_now

OF_CURVES = ("overview", "curves", "boundary")
MORE = ("k", "tolerance", "likelihood_tolerance", "difference", "power")
"""What only the claims are asked."""


def share(
    store: Store,
    page: str,
    runs: Sequence[str],
    *,
    problem: str | None = None,
    title: str | None = None,
    note: str | None = None,
    author: str | None = None,
    link: Mapping[str, Sequence[str]] | None = None,
    more: Mapping[str, Plain] | None = None,
    **asked: Plain,
) -> dict[str, Plain]:
    """Keep a view as it is now under an address of its own; without a title, its finding is the title.

    more: what only the claims are asked.
    """
    if page not in PAGES:
        raise BadInput(f"There is no page {page} to share.", f"Name one of {', '.join(PAGES)}.")
    if (page in OF_A_PROBLEM) != (problem is not None):
        raise BadInput(f"The page is {page} and the problem {problem}.", "Name a problem for problem and tree alone.")
    keys, wanted = asked_of(store, runs, **asked)
    view = view_of(store, page, keys, wanted, problem=problem, link=link, more=more)
    share, new = stored.keep_share(
        store, frozen(view), page=page, title=title or _cut(title_of(view)), note=note, author=author
    )
    return {"share": share, "new": new, "link": f"share?id={share}"}


def _cut(title: str) -> str:
    return title if len(title) <= stored.MOST_TITLE else f"{title[: stored.MOST_TITLE - 1]}…"


def view_of(
    store: Store,
    page: str,
    keys: Sequence[str],
    asked: Asked,
    *,
    problem: str | None = None,
    link: Mapping[str, Sequence[str]] | None = None,
    more: Mapping[str, Any] | None = None,
) -> View:
    """Take a view out of the store. Raises BadInput or NotFound where it cannot be drawn."""
    leaving = Leaving(store=store, keys=tuple(keys), asked=asked, problem=problem, more=more or {})
    material = leaving.material
    shown = None if problem is None else show(store, material.benchmark, problem, material.keys)
    if shown is not None:
        counts = material.counts[material.counts["problem"] == shown.problem.problem]
        material = replace(material, counts=counts.reset_index(drop=True), undrawn=0)
    if page in OF_CURVES:
        curve_points(material, asked)
    if page in ("overview", "boundary"):
        _ = material.pair
    if page == "tree":
        find_level(asked.merge)
        require_runs_of_a_tree(material.keys)
    paths = leaving.paths if page == "paths" else None
    blocked = None if paths is None else blocked_now(store, paths)
    return View(
        page=page,
        material=material,
        asked=asked,
        link=link or _link(page, material.benchmark, asked, keys, problem),
        shown=shown,
        claims=leaving.claims if page == "claims" else None,
        paths=paths,
        blocked=None if blocked is None else blocked.tolist(),
    )


def _link(page: str, benchmark: str, asked: Asked, keys: Sequence[str], problem: str | None) -> dict[str, list[str]]:
    """The live page's address, where nothing else is known of it."""
    base, *others = keys
    if page == "curves":
        runs = {"run": list(keys)}
    elif page == "claims":
        runs = {"base": [base], "others": others}
    else:
        runs = {"base": [base], "rlvr": others[:1], "also": others[1:]}
    merged = {"merge": [asked.merge]} if page in ("tree", "paths") else {}
    found = {"benchmark": [benchmark], **runs, **merged, "problem": [] if problem is None else [problem]}
    return {key: values for key, values in found.items() if values}


def view_now(store: Store, view: View) -> View | None:
    """Take the same view out of the store as it is now; None where a run of it is gone or cannot be drawn any more."""
    if not set(view.material.keys) <= set(queries.runs(store)["run"]):
        return None
    problem = None if view.shown is None else view.shown.problem.problem
    more = {name: view.claims[name] for name in MORE} if view.claims is not None else {}
    asked = view.asked
    if view.shown is not None and (asked.opened or asked.node is not None) and changes(store, view):
        # The nodes of a tree of other samples are numbered otherwise.
        asked = replace(asked, opened=(), node=None)
    try:
        return view_of(store, view.page, view.material.keys, asked, problem=problem, link=view.link, more=more)
    except (BadInput, NotFound):
        return None


def title_of(view: View) -> str:
    """What a view is called where nobody names it: its finding, or the problem and its counts."""
    if view.shown is not None:
        tree = tree_of_view(view) if view.page == "tree" else None
        return counts_in_words(view.shown) if tree is None else f"{view.shown.problem.problem}: {tree.title}"
    if view.claims is not None:
        return str(view.claims["headline"])
    if view.paths is not None:
        return title_of_paths(view.material, view.asked, view.paths)
    if view.page == "curves":
        return draw_curves(view.material, view.asked).title
    names = [view.material.labels[run] for run in view.material.pair]
    return finding(names[0], names[1], view.material.compared, level=view.asked.level, seed=view.asked.seed)


def shares(store: Store) -> list[dict[str, Plain]]:
    """List the shares, the newest first."""
    return records(stored.shares(store).assign(link=lambda rows: [f"share?id={one}" for one in rows["share"]]))


def share_open(store: Store, share: str) -> dict[str, Plain]:
    """Give a share as it was kept: its words, what it was made of, its numbers, and what has changed since."""
    found = stored.share(store, share)
    view = thawed(found.content, found.created_at)
    head = {"share": found.share, "sha256": found.sha256, "page": found.page, "title": found.title}
    told = {**head, "note": found.note, "author": found.author, "created_at": f"{found.created_at:%Y-%m-%dT%H:%M:%SZ}"}
    now = view_now(store, view) if view.claims is not None or view.paths is not None else None
    names = dict(zip(view.material.runs["run"], view.material.runs["name"], strict=True))
    samples = [] if view.shown is None else [plain(row) for row in sample_rows(view.shown, names)]
    besides = {} if view.claims is None else told_of_claims(view.claims)
    besides |= {} if view.paths is None else told_of_trees(view.asked)
    sole = sole_paths_of_view(view)
    body = {
        "about": about(view.material, view.asked, **besides),
        "link": {key: list(values) for key, values in view.link.items()},
        "changed_since": changes(store, view, now),
        "curves": records(find_table("curves")(view.material, view.asked)) if view.page in OF_CURVES else [],
        "counts": records(find_table("counts")(view.material, view.asked)),
        "claims": [] if view.claims is None else records(claim_rows(view.claims)),
        "paths": [] if sole is None else records(sole),
    }
    return {**told, **body, "samples": samples}


def rename_share(store: Store, share: str, title: str) -> dict[str, Plain]:
    """Give a share another title; its address stays."""
    stored.rename_share(store, share, title)
    return {"renamed": share, "title": " ".join(title.split())}


def unshare(store: Store, share: str) -> dict[str, Plain]:
    """Take a share back."""
    stored.revoke_share(store, share)
    return {"revoked": share}


def author_of(store: Store, arguments: Mapping[str, Plain]) -> str | None:
    """Return who shared the view that a command is about."""
    return stored.author_of(store, str(arguments.get("share")))


def told(made: Mapping[str, Plain]) -> str:
    """Say what came of keeping a view."""
    kept = "The view is kept" if made["new"] else "This very view was kept before, with its first title and note"
    return f"{kept}: {made['link']}."
