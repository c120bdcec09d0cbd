"""The only room that knows Plotly: a tidy frame goes in, a figure comes out. Colours and marks live in `look`."""

from plotly.graph_objects import Figure

from backend.figures.bins import histogram_figure, transition_figure
from backend.figures.boundary import MOST_PATTERNS, boundary_figure, pattern_figure
from backend.figures.claims import claim_figure
from backend.figures.curves import MOST_BANDS, Axes, curve_figure
from backend.figures.look import CONFIG, MARKS, ROLE_COLOURS, mark_of, run_styles
from backend.figures.overlays import (
    Published,
    with_crossing,
    with_difference,
    with_extrapolation,
    with_guessing,
    with_published,
)
from backend.figures.perplexity import perplexity_figure, token_figure
from backend.figures.samples import TICKS_A_ROW, counts_figure, tick_figure
from backend.figures.saved import saved_figure
from backend.figures.series import log_figure, series_figure
from backend.figures.sets import solved_sets_figure
from backend.figures.steps import MOST_ROWS, turns_figure
from backend.figures.tree_marks import TreePicture
from backend.figures.tree_strip import sensitivity_figure
from backend.figures.trees import PANEL_WIDTH, difference_figure, tree_figure

__all__ = [
    "CONFIG",
    "MARKS",
    "MOST_BANDS",
    "MOST_PATTERNS",
    "MOST_ROWS",
    "PANEL_WIDTH",
    "ROLE_COLOURS",
    "TICKS_A_ROW",
    "Axes",
    "Figure",
    "Published",
    "TreePicture",
    "boundary_figure",
    "claim_figure",
    "counts_figure",
    "curve_figure",
    "difference_figure",
    "histogram_figure",
    "log_figure",
    "mark_of",
    "pattern_figure",
    "perplexity_figure",
    "run_styles",
    "saved_figure",
    "sensitivity_figure",
    "series_figure",
    "solved_sets_figure",
    "tick_figure",
    "token_figure",
    "transition_figure",
    "tree_figure",
    "turns_figure",
    "with_crossing",
    "with_difference",
    "with_extrapolation",
    "with_guessing",
    "with_published",
]
