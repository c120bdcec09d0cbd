"""Every figure that can leave the program, by name, as a picture for print."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from backend.commands.leaving import OF_TREES, Leaving
from backend.comparison.many_runs import many_runs, over_training
from backend.comparison.series import LOG_WORDS, log_in_words, series_in_words
from backend.comparison.words import counted
from backend.errors import BadInput
from backend.exports import overlays, pictures, problems
from backend.exports.drawings import DRAWINGS, Drawing, caption, draw_curves
from backend.exports.paths import draw_paths
from backend.exports.trees import draw_tree, shown_tree
from backend.figures import (
    MOST_ROWS,
    claim_figure,
    counts_figure,
    log_figure,
    pattern_figure,
    run_styles,
    series_figure,
    turns_figure,
)
from backend.published import published_sets

HEIGHT_OF_LOG = 240


def _curves(leaving: Leaving) -> Drawing:
    return draw_curves(leaving.material, leaving.asked, zoomed=leaving.asked.zoomed, beside=_beside(leaving))


def _beside(leaving: Leaving) -> overlays.Overlays:
    material, asked = leaving.material, leaving.asked
    is_plain = asked.metric == "pass_at_k"
    floor = overlays.guessing(leaving.store, material.counts, material.keys, asked.guess) if is_plain else None
    known = published_sets(material.benchmark)
    if asked.published is not None and asked.published not in known:
        there = f"Name one of {'; '.join(known)}." if known else "Leave it out; the benchmark is none of the paper's."
        raise BadInput(f"The paper has no curves {asked.published} on {material.benchmark}.", there)
    return overlays.Overlays(
        floor=floor,
        published=overlays.published_curves(material.benchmark, asked.published) if asked.published else (),
        beyond=leaving.beyond if asked.beyond and asked.found.successes else {},
    )


def _problem(leaving: Leaving) -> Drawing:
    shown = problems.show(leaving.store, leaving.material.benchmark, leaving.one_problem, leaving.keys, 1)
    subtitle = f"{leaving.material.benchmark} · correct of scored samples · whiskers: 95 % Wilson interval"
    return Drawing(figure=counts_figure(shown.counts), title=problems.counts_in_words(shown), subtitle=subtitle)


def _tree(leaving: Leaving, *, apart: bool = False) -> Drawing:
    shown = shown_tree(leaving.store, leaving.material, leaving.one_problem, leaving.asked)
    if shown.part.is_empty:
        raise BadInput("No path is to be drawn.", "Show other paths, or name runs whose samples came with texts.")
    return draw_tree(shown, pixels=pictures.pixels_of(leaving.width), apart=apart)


def _paths(leaving: Leaving) -> Drawing:
    return draw_paths(leaving.material, leaving.asked, leaving.paths)


def _patterns(leaving: Leaving) -> Drawing:
    found, rows, m = many_runs(leaving.material.counts, leaving.keys, leaving.asked.m)
    about_runs, styles = leaving.material.runs, run_styles(leaving.material.runs)
    named = pd.DataFrame({"label": about_runs["name"], "colour": [styles[run].colour for run in leaving.keys]})
    budgets = f"each run given {counted(m, 'sample')}" if m else "with all samples of each"
    subtitle = f"{leaving.material.benchmark} · {counted(len(rows), 'problem')} · {budgets}"
    return Drawing(figure=pattern_figure(found, named), title="Who solves what", subtitle=subtitle)


def _checkpoints(leaving: Leaving) -> Drawing:
    keys, steps = leaving.in_steps()
    _, turned, (seen, chance), m = over_training(leaving.material.counts, keys, leaving.asked.m, leaving.asked.level)
    title = (
        f"{counted(len(turned), 'problem')} turned; {seen:,.1f} that an earlier step solves within "
        f"{counted(m, 'sample')} the last does not, {chance:,.1f} by chance alone"
    )
    cut = f" · the first {MOST_ROWS} of {len(turned):,} problems" if len(turned) > MOST_ROWS else ""
    subtitle = f"{leaving.material.benchmark} · darker: surer to be solved within m = {m:,} · − lost, + gained{cut}"
    return Drawing(figure=turns_figure(turned, steps), title=title, subtitle=subtitle)


def _training(leaving: Leaving) -> Drawing:
    points = leaving.series
    if points.empty:
        raise BadInput("The checkpoints have no scored problem in common.", "Name runs that drew the same problems.")
    subtitle = f"{leaving.material.benchmark} · {counted(int(points['problems'].iloc[0]), 'problem')}"
    return Drawing(figure=series_figure(points), title=series_in_words(points), subtitle=subtitle)


def _log(leaving: Leaving, *, column: str) -> Drawing:
    log, steps = leaving.log
    if steps[column].isna().all():
        raise BadInput(f"The training log {log} does not say the {LOG_WORDS[column]}.", "Export the data training-log.")
    figure = log_figure(steps, column, LOG_WORDS[column], height=HEIGHT_OF_LOG)
    subtitle = f"{leaving.material.benchmark} · training log {log} · {counted(len(steps), 'step')} · dark: running mean"
    return Drawing(figure=figure, title=log_in_words(steps, column), subtitle=subtitle)


def _claim(leaving: Leaving, *, number: int) -> Drawing:
    claim = leaving.claims["claims"][number - 1]
    known = [row for row in claim["rows"] if row["effect"] is not None]
    if not known:
        raise BadInput(f"There is no effect to draw: {claim['sentence']}", "Export the data claims instead.")
    unit, scale = known[0]["unit"], 1.0 if known[0]["unit"] == "nats a token" else 100.0
    figure = claim_figure(known, f"{claim['effect_is']}, {unit}", known[0]["against"], scale=scale)
    title = f"{claim['statement']}: {claim['verdict']}"
    subtitle = f"{leaving.material.benchmark} · {claim['source']} · {100 * leaving.asked.level:g} % intervals"
    return Drawing(figure=figure, title=title, subtitle=subtitle)


def _of_counts(leaving: Leaving, *, draw: Callable[..., Drawing]) -> Drawing:
    return draw(leaving.material, leaving.asked)


CLAIMS = 7
FIGURES: Mapping[str, Callable[[Leaving], Drawing]] = {
    **{name: partial(_of_counts, draw=draw) for name, draw in DRAWINGS.items()},
    "curves": _curves,
    "problem": _problem,
    "tree": _tree,
    "tree-difference": partial(_tree, apart=True),
    "paths": _paths,
    "patterns": _patterns,
    "checkpoints": _checkpoints,
    "training": _training,
    **{f"log-{column}": partial(_log, column=column) for column in LOG_WORDS},
    **{f"claim-{number}": partial(_claim, number=number) for number in range(1, CLAIMS + 1)},
}


def find_figure(name: str) -> Callable[[Leaving], Drawing]:
    """Return what draws the figure of this name. Raises BadInput where there is none."""
    if name not in FIGURES:
        raise BadInput(f"There is no figure {name}.", f"Name one of {', '.join(FIGURES)}.")
    return FIGURES[name]


def picture(name: str, leaving: Leaving, form: str) -> tuple[bytes, Drawing]:
    """Return a figure as a picture, and the drawing with its words."""
    drawing = find_figure(name)(leaving)
    said = caption(leaving.material, leaving.asked, leaving.asked.tree_seed if name in OF_TREES else None)
    return pictures.picture_of(drawing, said, form=form, width=leaving.width), drawing
