"""What can be shared of a page, made of what the store answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.commands import figures_out, tables_out
from backend.commands.leaving import COLUMN, Leaving
from backend.exports.bundle import shown_of
from backend.exports.material import Asked, gather
from backend.exports.problems import telling
from backend.exports.report import report
from backend.exports.tables import verdict_rows
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
