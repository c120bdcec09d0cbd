"""Every figure that can leave the program, made of the material: with its title, its subtitle and a caption."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from backend.comparison import histogram
from backend.comparison.boundary_words import boundary_cells, boundary_found, headline
from backend.comparison.counts import SETS
from backend.comparison.crossing import crossover
from backend.comparison.curve_words import headline as curve_headline
from backend.comparison.curve_words import interval_in_words
from backend.comparison.curves import curves
from backend.comparison.describing import described_points, n_in_words, sizes_of_sets
from backend.comparison.difference import delta
from backend.comparison.finding import finding
from backend.comparison.words import counted, percent
from backend.errors import BadInput
from backend.exports.material import Asked, Material, budget
from backend.exports.overlays import Overlays, note_beyond, published_in_words, with_overlays
from backend.figures import (
    MOST_BANDS,
    Axes,
    Figure,
    boundary_figure,
    curve_figure,
    histogram_figure,
    solved_sets_figure,
    transition_figure,
    with_crossing,
    with_difference,
)

HEIGHT, HEIGHT_OVER_STRIP = 420, 300


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure with the words that belong to it."""

    figure: Figure
    title: str
    subtitle: str


def curve_points(material: Material, asked: Asked) -> pd.DataFrame:
    """The curves of the material's runs (`comparison.curves.curves`), with label, training and step of each run."""
    points = curves(
        material.counts, metric=asked.metric, threshold=Fraction(asked.threshold), interval=asked.interval,
        level=asked.level, seed=asked.seed,
    )  # fmt: skip
    if points.empty:
        raise BadInput("The runs have no scored problem in common.", "Name runs that drew the same problems.")
    return described_points(points, material.runs, material.keys)


def pair_counts(material: Material, asked: Asked) -> pd.DataFrame | None:
    """Counts of the pair, c being what the metric's pass@k counts as a success; None where no difference is shown."""
    successes = asked.found.successes
    if len(material.keys) != 2 or not successes:
        return None
    kept = material.counts.assign(c=material.counts[successes])
    return Material(benchmark=material.benchmark, runs=material.runs, counts=kept).compared


def draw_curves(
    material: Material,
    asked: Asked,
    *,
    dark: bool = False,
    zoomed: bool = False,
    beside: Overlays | None = None,
) -> Drawing:
    """The curves with their bands and what stands beside them; of two runs the crossing and the difference too."""
    points, metric = curve_points(material, asked), asked.found
    counts = pair_counts(material, asked)
    height = HEIGHT if counts is None else HEIGHT_OVER_STRIP
    axes = Axes(metric=metric.label, over_k=metric.over_k, is_share=metric.is_share)
    figure = curve_figure(points, dark=dark, whole_range=not zoomed, height=height, axes=axes)
    beside = beside or Overlays()
    figure = with_overlays(figure, points, material.labels, beside, dark=dark)
    title = curve_headline(points, metric)
    if counts is not None and len(counts):
        base, other = (material.labels[run] for run in material.pair)
        found = crossover(counts, level=asked.level, seed=asked.seed)
        if found.k is not None:
            figure = with_crossing(figure, found.k, found.low, found.high, dark=dark)
        rows = delta(counts, level=asked.level, seed=asked.seed)
        figure = with_difference(figure, rows, base, other, dark=dark)
        if asked.metric == "pass_at_k":
            title = finding(base, other, counts, level=asked.level, seed=asked.seed)
    return Drawing(figure=figure, title=title, subtitle=_curve_subtitle(points, material, asked, beside))


def _curve_subtitle(points: pd.DataFrame, material: Material, asked: Asked, beside: Overlays) -> str:
    problems = int(points.loc[points["part"] == "all", "problems"].iloc[0])
    said = interval_in_words(asked.interval, asked.level, asked.seed)
    where = "bands" if points["run"].nunique() <= MOST_BANDS else "intervals, not drawn"
    bands = f"{where}: {said}" if points["low"].notna().any() else "no interval"
    judge = f" (by {asked.reasoning})" if asked.reasoning else ""
    metric = "" if asked.metric == "pass_at_k" else f"{asked.found.label}: {asked.found.meaning}{judge}"
    parts = [material.benchmark, counted(problems, "problem"), n_in_words(points), metric, bands]
    if beside.published and asked.published:
        parts.append(published_in_words(material.benchmark, asked.published))
    parts += [note_beyond(material.labels[run], found).rstrip(".") for run, found in beside.beyond.items()]
    return " · ".join(filter(None, parts))


def draw_boundary(material: Material, asked: Asked, *, dark: bool = False) -> Drawing:
    """The 2×2 at one budget, with what a rerun would lose."""
    m = budget(material.compared, asked.m)
    found = boundary_found(*material.sides, m, level=asked.level)
    bounds = f"{percent(asked.level)} intervals, population of problems"
    subtitle = f"{_over(material)} · each run given m = {m:,} samples · {bounds}"
    return Drawing(figure=boundary_figure(boundary_cells(found), dark=dark), title=headline(found), subtitle=subtitle)


def _over(material: Material) -> str:
    counts = material.compared
    smallest, largest = counts[["n_base", "n_rlvr"]].to_numpy().min(), counts[["n_base", "n_rlvr"]].to_numpy().max()
    n = f"n = {smallest:,}" if smallest == largest else f"n = {smallest:,} to {largest:,}"
    return f"{material.benchmark} · {counted(len(counts), 'problem')} · {n}"


def draw_sets(material: Material, asked: Asked, *, dark: bool = False) -> Drawing:  # noqa: ARG001
    """The four sets over all samples of each run."""
    sets = sizes_of_sets(*material.sides)
    alone = {name: int(sets.loc[sets["solved"] == name, "problems"].sum()) for name in SETS}
    title = f"{counted(alone['base_only'], 'problem')} seen only in base, {alone['rlvr_only']:,} only in RLVR"
    subtitle = f"{_over(material)} · solved: at least one correct sample"
    return Drawing(figure=solved_sets_figure(sets, dark=dark), title=title, subtitle=subtitle)


def draw_bins(material: Material, asked: Asked, *, dark: bool = False) -> Drawing:  # noqa: ARG001
    """How many problems each run solves how often."""
    counts = material.compared
    title = histogram.moved_in_words(histogram.moved(counts))
    subtitle = f"{_over(material)} · accuracy c/n over all samples of each run"
    figure = histogram_figure(histogram.histogram(counts), dark=dark)
    return Drawing(figure=figure, title=title, subtitle=subtitle)


def draw_moves(material: Material, asked: Asked, *, dark: bool = False) -> Drawing:  # noqa: ARG001
    """Who moved between the bins."""
    moves = histogram.transitions(material.compared)
    subtitle = f"{_over(material)} · problems by base's bin and RLVR's; right of the line RLVR is higher"
    return Drawing(
        figure=transition_figure(moves, list(histogram.BINS), dark=dark), title="Who moved", subtitle=subtitle
    )


DRAWINGS: Mapping[str, Callable[..., Drawing]] = {
    "curves": draw_curves,
    "boundary": draw_boundary,
    "sets": draw_sets,
    "bins": draw_bins,
    "moves": draw_moves,
}


def find_drawing(name: str) -> Callable[..., Drawing]:
    """Return what draws the figure of this name. Raises BadInput where there is none."""
    if name not in DRAWINGS:
        raise BadInput(f"There is no figure {name}.", f"Name one of {', '.join(DRAWINGS)}.")
    return DRAWINGS[name]


def caption(material: Material, asked: Asked, seed: int | None = None) -> str:
    """What a printed figure says of itself besides title and subtitle: runs, settings, seed, program, date."""
    runs = "; ".join(f"{name}, verifier {_known(v)}" for name, v in zip(
        material.runs["name"], material.runs["verifier"], strict=True
    ))  # fmt: skip
    made = f"Reasoning Boundary Explorer {material.app_version}, {material.made_at:%Y-%m-%d}"
    return f"{runs} · seed {asked.seed if seed is None else seed} · {made}"


def _known(value: object) -> str:
    return value if isinstance(value, str) else "not said"
