"""Sample trees, each built once: kept in a folder beside the store until the samples behind it change.

They are files rather than tables, since a command or a second reader may open the store for reading only, and since a
write would raise the store's version and so let every read that is kept elsewhere be asked again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from backend.errors import BadInput, NotFound
from backend.records import Problem
from backend.store import problem_queries, queries
from backend.store.database import Store
from backend.store.walks import correct_walks, draws_with_texts, fingerprint, texts_of, walks
from backend.trees.build import Tree, build_tree
from backend.trees.embedding import THRESHOLD
from backend.trees.listing import texts_wanted
from backend.trees.merge import Level
from backend.trees.paths import Paths, gathered

RULES = 3
"""Goes up whenever the rules by which texts are cut and steps are merged change, or what is kept of a tree."""
MOST_KEPT = 2_000
"""Trees kept; the one that was used longest ago goes first."""

Integers = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]


def sample_tree(
    store: Store, problem: str, runs: Sequence[str], level: Level = Level.NORMALISED, threshold: float = THRESHOLD
) -> Tree:
    """Return the tree of these runs (keys) on one problem, built now or kept from before.

    Raises NotFound where none of the runs has a sample of the problem, BadInput for runs on different benchmarks and as
    `build_tree` does.
    """
    stated = stated_problem(store, problem, runs)
    place = _place(store, fingerprint(store, runs, problem), problem, tuple(runs), level, threshold)
    if place is not None and (kept := _kept(place)):
        nodes, taken, out = kept
        x, y = (_popped(nodes, name, len(runs)) for name in "xy")
        return Tree(level=level, runs=tuple(runs), nodes=nodes, x=x, y=y, walks=taken, left_out=out)
    samples = walks(store, problem, runs)
    if samples.empty:
        raise NotFound(
            f"None of the runs has samples of problem {problem}.", "`python -m backend counts` lists a run's problems."
        )
    tree = build_tree(samples, stated, runs, level, threshold=threshold)
    if place is not None:
        _keep(place, [_pushed(_pushed(tree.nodes, "x", tree.x), "y", tree.y), tree.walks, tree.left_out])
    return tree


def tree_texts(store: Store, problem: str, tree: Tree) -> dict[int, str]:
    """Return the texts that stand for the edges of a tree, by walk."""
    wanted = tree.walks.iloc[texts_wanted(tree)]
    found: dict[int, str] = {}
    for place, run in enumerate(tree.runs):
        rows = wanted[wanted["run"] == place]
        texts = texts_of(store, problem, run, [int(i) for i in rows["sample_index"]])
        found.update({w: texts[int(i)] for w, i in zip(rows.index.tolist(), rows["sample_index"], strict=True)})
    return found


def benchmark_paths(
    store: Store, runs: Sequence[str], level: Level = Level.NORMALISED, progress: Progress | None = None
) -> Paths:
    """Return the correct paths of one to four runs (keys) over their benchmark, read now or kept from before.

    progress is told how many problems are done, and of how many. Only correct samples are read, save at the level
    semantic, whose clusters hang on the others too. Raises BadInput for runs on different benchmarks and as
    `build_tree` does.
    """
    benchmark, place = _place_of_paths(store, runs, level)
    if place is not None and (kept := _kept_paths(place, runs)):
        return kept
    n, correct = draws_with_texts(store, runs)
    if not n:
        raise BadInput("None of the runs' samples has a text, so that no path is known.", "Import their texts too.")
    trees = _told(_trees(store, benchmark, runs, correct, level), len(n), progress)
    paths = gathered(trees, tuple(runs), n)
    if place is not None:
        _keep(place, [_pushed(paths.classes, "x", paths.counts), _pushed(paths.problems, "n", paths.n), paths.taken])
    return paths


def kept_paths(store: Store, runs: Sequence[str], level: Level = Level.NORMALISED) -> Paths | None:
    """Return what `benchmark_paths` would if it is kept from before, None where it had to be read."""
    _, place = _place_of_paths(store, runs, level)
    return None if place is None else _kept_paths(place, runs)


def _place_of_paths(store: Store, runs: Sequence[str], level: Level) -> tuple[str, Path | None]:
    """Return the runs' benchmark, and the file that its paths are kept in."""
    benchmark = benchmark_of(store, runs, fewest=1)
    return benchmark, _place(store, fingerprint(store, runs), benchmark, tuple(runs), level, THRESHOLD)


def _kept_paths(place: Path, runs: Sequence[str]) -> Paths | None:
    if (kept := _kept(place)) is None:
        return None
    classes, problems, taken = kept
    return Paths(
        runs=tuple(runs), classes=classes, counts=_popped(classes, "x", len(runs)), problems=problems,
        n=_popped(problems, "n", len(runs)), taken=taken,
    )  # fmt: skip


def _told(trees: Iterator[tuple[str, Tree]], of: int, progress: Progress | None) -> Iterator[tuple[str, Tree]]:
    """Pass trees on, telling how many are done."""
    for at, pair in enumerate(trees, start=1):
        yield pair
        if progress is not None:
            progress(at, of)


def _trees(
    store: Store, benchmark: str, runs: Sequence[str], correct: Mapping[str, int], level: Level
) -> Iterator[tuple[str, Tree]]:
    if level is Level.SEMANTIC:
        yield from ((problem, sample_tree(store, problem, runs, level)) for problem in correct)
        return
    for problem, samples in correct_walks(store, runs, correct):
        stated = problem_queries.problem(store, benchmark, problem) or Problem(benchmark=benchmark, problem=problem)
        yield problem, build_tree(samples, stated, runs, level)


def benchmark_of(store: Store, runs: Sequence[str], *, fewest: int = 2) -> str:
    """Return the benchmark that these runs (keys) are on. Raises BadInput unless they are two to four on one."""
    if not fewest <= len(set(runs)) == len(runs) <= 4:
        raise BadInput(f"{len(runs)} runs are named, {len(set(runs))} different ones.", "Name two to four runs.")
    known = queries.runs(store).set_index("run")["benchmark"]
    found = {run: str(known[run]) for run in runs}
    if len(set(found.values())) > 1:
        on = ", ".join(f"{run} on {benchmark}" for run, benchmark in found.items())
        raise BadInput(f"The runs are on different benchmarks: {on}.", "Name runs on one benchmark.")
    return found[runs[0]]


def stated_problem(store: Store, problem: str, runs: Sequence[str]) -> Problem:
    """Return the problem as the runs' benchmark states it. Raises NotFound where it holds no such problem."""
    benchmark = benchmark_of(store, runs)
    if (stated := problem_queries.problem(store, benchmark, problem)) is None:
        raise NotFound(f"Benchmark {benchmark} has no problem {problem}.", "`python -m backend counts` lists them.")
    return stated


def _place(store: Store, print_: str, *what: object) -> Path | None:
    """Return the file of a kept tree; None for a store in memory."""
    if store.path is None:
        return None
    name = sha256(repr((RULES, print_, *what)).encode()).hexdigest()[:32]
    return store.path.with_name(f"{store.path.name}.trees") / f"{name}.arrow"


def _kept(place: Path) -> list[pd.DataFrame] | None:
    """Return the tables of a file, or None where there is none that can be read."""
    try:
        with pa.OSFile(str(place)) as file:
            tables = []
            while file.tell() < file.size():
                tables.append(pa.ipc.open_stream(file).read_all().to_pandas())
        place.touch()
    except (OSError, pa.ArrowInvalid):
        return None
    return tables


def _keep(place: Path, tables: list[pd.DataFrame]) -> None:
    """Write the tables to a file, whole or not at all; where nothing can be written there, nothing is kept."""
    try:
        place.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, suffix=".building", delete=False) as file:
            for table in tables:
                arrow = pa.Table.from_pandas(table, preserve_index=False)
                with pa.ipc.new_stream(file, arrow.schema) as stream:
                    stream.write_table(arrow)
        Path(file.name).replace(place)
        kept = sorted(place.parent.glob("*.arrow"), key=lambda path: path.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _pushed(frame: pd.DataFrame, name: str, numbers: Integers) -> pd.DataFrame:
    return frame.assign(**{f"{name}{i}": numbers[:, i] for i in range(numbers.shape[1])})


def _popped(frame: pd.DataFrame, name: str, count: int) -> Integers:
    return np.stack([frame.pop(f"{name}{i}").to_numpy(dtype=np.int64) for i in range(count)], axis=1)
