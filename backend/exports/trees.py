"""The sample tree of one problem as it leaves the program: finding, pictures, what is claimed, its rows."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from backend.comparison.words import counted
from backend.errors import BadInput, NotFound
from backend.exports.drawings import Drawing
from backend.exports.material import Asked, Material
from backend.figures import PANEL_WIDTH, TreePicture, difference_figure, run_styles, tree_figure
from backend.records import Problem, Sample
from backend.store.database import Store
from backend.store.sample_trees import sample_tree, stated_problem, tree_texts
from backend.store.scores import closed_samples
from backend.store.walks import COLUMNS
from backend.trees import describing, words
from backend.trees.build import Tree, build_tree
from backend.trees.describing import ALL, CORRECT, SUPPORTED, Drawn, Grown
from backend.trees.drawing import reach_differences, way_of_sample
from backend.trees.listing import step_nodes
from backend.trees.merge import Level, levels_of

NARROW, MOST_RUNS = 600, 4


@dataclass(frozen=True, kw_only=True)
class ShownTree:
    """A tree with all that is said of it."""

    problem: Problem
    level: Level
    found: Grown
    part: Drawn
    names: tuple[str, ...]
    colours: tuple[str, ...]
    lit: Mapping[int, Collection[int]]
    """The drawn items of each walk that lights up, by the run's place."""
    selected: str | None
    """The key of the item that is picked."""
    chosen: Sequence[str]
    """Which paths are drawn, where not all are, and whose walks light up."""
    title: str
    sentences: Sequence[str]
    """The other runs' nulls, the claims, what hangs on the level, where models part, what is not in the tree."""

    @property
    def subtitle(self) -> str:
        """Where it is from, how many samples a run, how steps are merged."""
        n = self.found.tree.n.tolist()
        said = words.subtitle(self.problem.benchmark, self.problem.problem, n, self.level)
        return " · ".join([said, *filter(None, self.chosen)])


def find_level(merge: str) -> Level:
    """Return the level of merging of this name. Raises BadInput where there is none."""
    if merge not in list(Level):
        raise BadInput(f"There is no level {merge}.", f"Name one of {', '.join(Level)}.")
    return Level(merge)


def require_runs_of_a_tree(runs: Sequence[str]) -> None:
    """Raise BadInput unless these are two to four runs."""
    if not 2 <= len(runs) <= MOST_RUNS:
        raise BadInput(f"{counted(len(runs), 'run')} named.", "A tree is of two to four.")


def has_state_beside(level: str, problem: Problem) -> bool:
    """Whether the finding can also be said with steps merged by the numbers that they leave."""
    return level not in (Level.STATE, Level.ANSWER) and Level.STATE in levels_of(problem)


def shown_tree(store: Store, material: Material, problem: str, asked: Asked) -> ShownTree:
    """Return the tree of the material's runs on one problem.

    Raises NotFound where they have no samples of it, BadInput where they are more than four, a level is not for it, or
    the tree has no such node or sample.
    """
    stated = stated_problem(store, problem, material.keys)
    closed = closed_samples(store, material.keys, problem)
    shown = _shown(material, stated, asked, lambda level: sample_tree(store, problem, material.keys, level), closed)
    _require_there(shown.found.tree, material, asked)
    return shown


def tree_of_samples(
    material: Material,
    problem: Problem,
    samples: Mapping[str, Sequence[Sample]],
    asked: Asked,
    closed: pd.DataFrame | None = None,
) -> ShownTree:
    """Return the tree of all samples of the material's runs, by run, without the store that they came from.

    closed: as `store.scores.closed_samples` told it then; None where it was not kept, and then no path is blocked.
    Nodes and samples that this tree lacks are neither opened nor lit, since too long texts are not kept.
    """
    rows = [
        (run, sample.sample_index, sample.completion, sample.verdict, sample.answer, sample.finish_reason)
        for run in material.keys
        for sample in samples[run]
    ]
    walks = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return _shown(material, problem, asked, lambda level: build_tree(walks, problem, material.keys, level), closed)


def _require_there(tree: Tree, material: Material, asked: Asked) -> None:
    """Raise BadInput where a node or sample is asked for that the tree does not have."""
    for node in (*asked.opened, *([] if asked.node is None else [asked.node])):
        if not 0 <= node < len(tree.nodes):
            raise BadInput(f"The tree has no node {node:,}.", f"Its nodes are 0 to {len(tree.nodes) - 1:,}.")
    for run, index in asked.walks:
        if not way_of_sample(tree, run, index):
            named = material.labels.get(run, run)
            raise BadInput(f"Sample {index:,} of {named} is not in the tree.", "Name a sample of a run that is drawn.")


def _shown(
    material: Material,
    problem: Problem,
    asked: Asked,
    tree_at: Callable[[Level], Tree],
    closed: pd.DataFrame | None = None,
) -> ShownTree:
    def grown(level: Level) -> Grown:
        return describing.grown(tree_at(level), **asked.of_tree, closed=closed)

    level, keys = find_level(asked.merge), material.keys
    found, state = grown(level), grown(Level.STATE) if has_state_beside(level, problem) else None
    if asked.shown not in (ALL, CORRECT, SUPPORTED, *keys):
        raise BadInput(f"There are no paths {asked.shown} to show.", "Name all, correct, supported, or a run.")
    nodes = range(len(found.tree.nodes))
    picked = asked.node if asked.node in nodes else None
    part = describing.drawn(
        found.tree, found.evidence, most=asked.nodes, shown=asked.shown, picked=picked,
        opened=tuple(node for node in asked.opened if node in nodes),
    )  # fmt: skip
    walks = [(run, index) for run, index in asked.walks if way_of_sample(found.tree, run, index)]
    names = tuple(material.labels[key] for key in keys)
    by_key, styles = dict(zip(keys, names, strict=True)), run_styles(material.runs)
    said = [
        *words.other_way(found.nulls, by_key, len(found.evidence)),
        *describing.sentences(found, part, names, **asked.of_claims, state=state),
        words.left_out_in_words(found.tree.left_out, names),
    ]
    return ShownTree(
        problem=problem, level=level, found=found, part=part, names=names,
        lit=lit_items(found.tree, part, walks), selected=None if picked is None else str(picked),
        chosen=(words.shown_in_words(asked.shown, by_key), words.walks_in_words(walks, by_key)),
        colours=tuple(styles[key].colour for key in keys),
        title=words.headline(found.nulls, by_key, len(found.evidence)), sentences=list(filter(None, said)),
    )  # fmt: skip


def lit_items(tree: Tree, part: Drawn, walks: Iterable[tuple[str, int]]) -> dict[int, set[int]]:
    """Return the drawn items that samples' walks pass, by the run's place. walks: run (key) and sample_index."""
    lit: dict[int, set[int]] = {}
    for run, index in walks:
        if way := way_of_sample(tree, run, index):
            lit.setdefault(tree.runs.index(run), set()).update(part.of_walk(way))
    return lit


def tree_or_none(store: Store, material: Material, problem: str, asked: Asked) -> ShownTree | None:
    """Return the tree; None where it would be empty: no samples, or none with a text."""
    try:
        shown = shown_tree(store, material, problem, asked)
    except NotFound:
        return None
    return None if shown.part.is_empty else shown


def tree_picture(
    tree: Tree,
    part: Drawn,
    names: Sequence[str],
    colours: Sequence[str],
    *,
    lit: Mapping[int, Collection[int]] | None = None,
    selected: str | None = None,
    squeeze: float = 1.0,
) -> TreePicture:
    """Return what is drawn of a tree. lit: the items of a walk that lights up, by the run's place."""
    hover: Any = describing.hovers(tree, part, names)
    apart = {other: reach_differences(part.drawing.x, tree.n, 0, other) for other in range(1, len(names))}
    return TreePicture(
        items=part.items.assign(hover=hover), x=part.drawing.x, y=part.drawing.y, n=tuple(tree.n.tolist()),
        names=tuple(names), colours=tuple(colours), lit=lit or {}, selected=selected, differences=apart,
        squeeze=squeeze,
    )  # fmt: skip


def draw_tree(shown: ShownTree, *, pixels: int, dark: bool = False, apart: bool = False) -> Drawing:
    """Draw a panel a run, or, with `apart`, the first run against each other one, on so many pixels across.

    Panels stand one under the other where two have no room side by side.
    """
    draw = difference_figure if apart else tree_figure
    narrow = pixels < NARROW
    squeeze = max((1 if narrow else 2) * PANEL_WIDTH / pixels, 1.0)
    picture = tree_picture(
        shown.found.tree, shown.part, shown.names, shown.colours, lit=shown.lit, selected=shown.selected,
        squeeze=squeeze,
    )  # fmt: skip
    figure = draw(picture, dark=dark, narrow=narrow)
    return Drawing(figure=figure, title=shown.title, subtitle=shown.subtitle)


def both_inks(shown: ShownTree, pixels: int) -> tuple[Drawing, Drawing]:
    """Draw a tree in light and in dark ink."""
    return draw_tree(shown, pixels=pixels), draw_tree(shown, pixels=pixels, dark=True)


def tree_rows(store: Store, shown: ShownTree) -> pd.DataFrame:
    """Return the tree with one row a step, parents before children: what the command `tree` tells, in columns.

    Columns: id, parent, depth, step, leaf, verdict, answer, of each run x and y (samples, correct ones), only,
    evidence, p, q.
    """
    tree, problem = shown.found.tree, shown.problem
    texts = tree_texts(store, problem.problem, tree)
    nodes = step_nodes(tree, problem, texts, shown.found.evidence.drop(columns="leaf"), tree.runs)
    return pd.DataFrame(
        [
            {
                **{name: node[name] for name in ("id", "parent", "depth", "step", "leaf", "verdict", "answer")},
                **{f"x {run}": node["counts"][run]["x"] for run in tree.runs},
                **{f"y {run}": node["counts"][run]["y"] for run in tree.runs},
                **{name: node[name] for name in ("only", "evidence", "p", "q")},
            }
            for node in nodes
        ]
    ).astype({"parent": "Int64"})
