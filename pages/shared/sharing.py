"""What can be shared of a page, and what a kept share shows, made of what the store answers; kept by `cache`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from backend.commands import figures_out, tables_out
from backend.commands.leaving import COLUMN, Leaving
from backend.exports.bundle import shown_of
from backend.exports.drawings import Drawing, find_drawing
from backend.exports.frozen import View, changes, live, thawed, tree_of_view
from backend.exports.material import Asked, about, gather
from backend.exports.problems import Shown, show, telling
from backend.exports.report import report
from backend.exports.tables import find_table, verdict_rows, written
from backend.exports.trees import ShownTree
from backend.store import shares as stored
from backend.store.database import Store

OF_A_PAIR = ("curves", "boundary", "sets", "bins", "moves")
TABLES_OF_A_PAIR = ("verdicts", "curves", "counts", "difference", "boundary", "sets", "bins", "moves")
FIGURES_OF = {
    "problem": ("problem",),
    "tree": ("tree", "tree-difference", "problem"),
    "paths": ("paths",),
    "claims": (),
}
TABLES_OF = {"problem": ("samples",), "tree": ("tree", "samples"), "paths": ("paths", "paths-curves", "retention"),
             "claims": ("claims",)}  # fmt: skip
FIRST_FIGURE, FIRST_TABLE = {"boundary": "boundary"}, {"boundary": "verdicts"}


@dataclass(frozen=True, kw_only=True)
class Also:
    """What a part of a page shows besides, of runs of its own."""

    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    runs: tuple[str, ...]
    asked: Asked


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a page shows at the moment, as far as it can be kept or exported."""

    page: str
    runs: tuple[str, ...]
    asked: Asked = field(default_factory=Asked)
    problem: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """As `commands.leaving.Leaving` has it."""
    also: tuple[Also, ...] = ()
    first: str | None = None
    """The figure that the page shows, where another would come first."""

    @property
    def is_pair(self) -> bool:
        """Whether what is said of two runs by their counts can be exported."""
        return len(self.runs) == 2 and self.asked.metric == "pass_at_k"

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that can be exported, those of the page first."""
        besides = tuple(name for part in self.also for name in part.figures)
        if self.page in FIGURES_OF:
            own = FIGURES_OF[self.page]
            return (*(_ordered(self.first, own) if self.first else own), *besides)
        return (*_ordered(FIRST_FIGURE.get(self.page, "curves"), OF_A_PAIR if self.is_pair else ("curves",)), *besides)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that can be exported, those of the page first."""
        besides = tuple(name for part in self.also for name in part.tables)
        if self.page in TABLES_OF:
            return (*TABLES_OF[self.page], *besides)
        every = TABLES_OF_A_PAIR if self.is_pair else ("curves", "counts")
        return (*_ordered(FIRST_TABLE.get(self.page, "curves"), every), *besides)

    @property
    def has_report(self) -> bool:
        """Whether a report can be made: of two runs, on pages whose numbers it holds."""
        return len(self.runs) == 2 and self.page not in ("claims", "paths")

    def leaving(self, held: Store, name: str, width: str = COLUMN) -> Leaving:
        """What the figure or table of this name is made of."""
        part = next((also for also in self.also if name in (*also.figures, *also.tables)), None)
        runs, asked = (self.runs, self.asked) if part is None else (part.runs, part.asked)
        return Leaving(store=held, keys=runs, asked=asked, problem=self.problem, width=width, more=self.more)


def _ordered(first: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return (first, *(name for name in names if name != first))


def picture(held: Store, offer: Offer, name: str, form: str, width: str) -> bytes:
    """A figure of what is offered, for print."""
    return figures_out.picture(name, offer.leaving(held, name, width), form)[0]


def data(held: Store, offer: Offer, name: str, form: str) -> bytes:
    """The numbers of what is offered."""
    return tables_out.data(name, offer.leaving(held, name), form)[0]


def report_of_offer(held: Store, offer: Offer) -> bytes:
    """The report of what is offered, with the page's problem or the most telling ones."""
    material = gather(held, offer.runs, offer.asked)
    named = [offer.problem] if offer.problem else telling(verdict_rows(material, offer.asked))
    return report(material, offer.asked, shown_of(held, material, offer.asked, named))[0].encode()


def opened(held: Store, share: str) -> tuple[stored.StoredShare, View]:
    """A share and the view that it keeps."""
    found = stored.share(held, share)
    return found, thawed(found.content, found.created_at)


def changed_since(held: Store, share: str) -> list[str]:
    """How the live data differ from a share."""
    return changes(held, opened(held, share)[1])


def view_of(held: Store, share: str, is_live: bool) -> View | None:
    """What a share keeps, or the same as it is now; None where that cannot be drawn any more."""
    view = opened(held, share)[1]
    if not is_live:
        return view
    now = live(held, view)
    if now is None or view.shown is None:
        return now
    problem = view.shown.problem
    shown: Shown = show(held, problem.benchmark, problem.problem, now.material.keys)
    return View(page=now.page, material=now.material, asked=now.asked, link=now.link, shown=shown)


def drawing(held: Store, share: str, name: str, is_live: bool, dark: bool) -> Drawing:
    """A figure of a share."""
    view = _known(held, share, is_live)
    made: Drawing = find_drawing(name)(view.material, view.asked, dark=dark)
    return made


def tree(held: Store, share: str, is_live: bool) -> ShownTree | None:
    """The tree of a share's samples; None where they have no texts."""
    return tree_of_view(_known(held, share, is_live))


def verdicts(held: Store, share: str, is_live: bool) -> pd.DataFrame:
    """What the samples of a share say of each problem, the surest first."""
    view = _known(held, share, is_live)
    return verdict_rows(view.material, view.asked).sort_values(["p", "problem"], kind="stable")


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


def data_of_share(held: Store, share: str, form: str) -> bytes:
    """The counts that a share keeps, as data."""
    view = opened(held, share)[1]
    told: dict[str, Any] = about(view.material, view.asked, table="counts", share=share)
    return written(find_table("counts")(view.material, view.asked), told, form)
