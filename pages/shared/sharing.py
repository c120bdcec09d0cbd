"""What can be shared of a page, and what a kept share shows, made of what the store answers; kept by `cache`."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from backend.exports.bundle import shown_of
from backend.exports.drawings import Drawing, caption, find_drawing
from backend.exports.frozen import View, changes, live, thawed
from backend.exports.material import Asked, about, gather
from backend.exports.pictures import picture_of
from backend.exports.problems import Shown, show, telling
from backend.exports.report import report
from backend.exports.tables import find_table, verdict_rows, written
from backend.store import shares as stored
from backend.store.database import Store

OF_A_PAIR = ("curves", "boundary", "sets", "bins", "moves")
TABLES_OF_A_PAIR = ("verdicts", "curves", "counts", "difference", "boundary", "bins", "moves")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a page shows at the moment, as far as it can be kept or exported."""

    page: str
    runs: tuple[str, ...]
    asked: Asked = field(default_factory=Asked)
    problem: str | None = None

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that can be exported, that of the page first."""
        if len(self.runs) != 2 or self.asked.metric != "pass_at_k":
            return ("curves",)
        first = {"boundary": "boundary"}.get(self.page, "curves")
        return (first, *(name for name in OF_A_PAIR if name != first))

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that can be exported, that of the page first."""
        if len(self.runs) != 2 or self.asked.metric != "pass_at_k":
            return ("curves", "counts")
        first = {"boundary": "verdicts"}.get(self.page, "curves")
        return (first, *(name for name in TABLES_OF_A_PAIR if name != first))


def picture(held: Store, offer: Offer, name: str, form: str, width: str) -> bytes:
    """A figure of what is offered, for print."""
    material = gather(held, offer.runs, offer.asked)
    drawing = find_drawing(name)(material, offer.asked)
    return picture_of(drawing, caption(material, offer.asked), form=form, width=width)


def data(held: Store, offer: Offer, name: str, form: str) -> bytes:
    """The numbers of what is offered."""
    material = gather(held, offer.runs, offer.asked)
    return written(find_table(name)(material, offer.asked), about(material, offer.asked, table=name), form)


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
    return report(view.material, view.asked, [view.shown] if view.shown else [])[0].encode()


def data_of_share(held: Store, share: str, form: str) -> bytes:
    """The counts that a share keeps, as data."""
    view = opened(held, share)[1]
    told: dict[str, Any] = about(view.material, view.asked, table="counts", share=share)
    return written(find_table("counts")(view.material, view.asked), told, form)
