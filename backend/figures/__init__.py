"""The only room that knows Plotly: a tidy frame goes in, a figure comes out. Colours and marks live in `look`."""

from plotly.graph_objects import Figure

from backend.figures.bins import histogram_figure, transition_figure
from backend.figures.boundary import MOST_PATTERNS, boundary_figure, pattern_figure
from backend.figures.curves import MOST_BANDS, curve_figure
from backend.figures.look import CONFIG, MARKS, ROLE_COLOURS, mark_of, run_styles
from backend.figures.samples import TICKS_A_ROW, counts_figure, tick_figure
from backend.figures.sets import solved_sets_figure
from backend.figures.steps import MOST_ROWS, turns_figure

__all__ = [
    "CONFIG",
    "MARKS",
    "MOST_BANDS",
    "MOST_PATTERNS",
    "MOST_ROWS",
    "ROLE_COLOURS",
    "TICKS_A_ROW",
    "Figure",
    "boundary_figure",
    "counts_figure",
    "curve_figure",
    "histogram_figure",
    "mark_of",
    "pattern_figure",
    "run_styles",
    "solved_sets_figure",
    "tick_figure",
    "transition_figure",
    "turns_figure",
]
