"""The correct paths of a benchmark as they leave the program: points of paths@k, and the figure with its finding."""

import pandas as pd

from backend.comparison.curves import curves
from backend.comparison.describing import described_points
from backend.comparison.metrics import find_metric
from backend.exports.drawings import Drawing
from backend.exports.material import Asked, Material
from backend.figures import Axes, Figure, curve_figure
from backend.trees import words
from backend.trees.paths import Paths, label_null_of_all, path_counts


def path_points(paths: Paths, about: pd.DataFrame) -> pd.DataFrame:
    """Return paths@k of the paths' runs, as `paths_figure` wants it. about: one row a run."""
    each = [path_counts(paths, run).assign(run=run) for run in paths.runs]
    points = curves(pd.concat(each, ignore_index=True), metric="paths_at_k")
    return described_points(points, about, paths.runs)


def paths_figure(points: pd.DataFrame, *, dark: bool = False, height: int = 420) -> Figure:
    """Draw paths@k of runs."""
    metric = find_metric("paths_at_k")
    axes = Axes(metric=metric.label, is_share=metric.is_share)
    return curve_figure(points, dark=dark, height=height, axes=axes)


def draw_paths(material: Material, asked: Asked, paths: Paths, *, dark: bool = False) -> Drawing:
    """paths@k of the runs, under how many correct paths each alone took and how many chance would have left it."""
    said = "paths@k: distinct correct paths among k samples, mean over problems · 95 %, population of problems"
    return Drawing(
        figure=paths_figure(path_points(paths, material.runs), dark=dark),
        title=title_of_paths(material, asked, paths),
        subtitle=f"{material.benchmark} · {said} · steps are one if: {words.LEVELS[asked.merge].lower()}",
    )


def title_of_paths(material: Material, asked: Asked, paths: Paths) -> str:
    """The finding: how many correct paths each run alone took."""
    return words.headline(label_null_of_all(paths, seed=asked.tree_seed), material.labels, len(paths.classes))
