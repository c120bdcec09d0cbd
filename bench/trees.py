"""The sample tree of 2 × 1,024 samples, against reading their texts alone: growth over n, over length, over sharing."""

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backend.figures import TreePicture, tree_figure
from backend.importers import import_file
from backend.records import Problem
from backend.store.database import Store, open_store
from backend.store.sample_trees import RULES, sample_tree
from backend.store.walks import walks
from backend.trees.build import build_tree
from backend.trees.merge import Level
from bench.measure import ROOT, machine, median
from pages.shared import tree_data

ROUNDS = 3
CHARACTERS_A_TOKEN = 4
SIZES = ((256, 1_000), (512, 1_000), (1_024, 1_000), (1_024, 4_000), (1_024, 16_000))
WORDS = (
    *("we", "then", "note", "that", "the", "sum", "of", "both", "sides", "is", "equal", "to", "half", "their"),
    *("product", "and", "hence", "smaller", "than", "bound"),
)
PEAK = """
import sys
from pathlib import Path
from backend.store.database import open_store
from backend.store.walks import walks
from backend.store.problem_queries import problem
from backend.trees.build import build_tree
store = open_store(Path(sys.argv[1]), read_only=True)
samples = walks(store, "p", ["base", "rlvr"])
if sys.argv[2] == "build":
    build_tree(samples, problem(store, "b", "p"), ["base", "rlvr"])
status = Path("/proc/self/status").read_text().partition("VmHWM:")[2]
print(int(status.split()[0]) / 1024)
"""
"""The peak is asked of the process itself: what the system reports of a child counts its parent's memory too."""


def paragraph(rng: random.Random) -> str:
    """Return a step of a solution: a sentence or two and a formula."""
    words = " ".join(rng.choices(WORDS, k=rng.randint(15, 45)))
    a, b = rng.randint(1, 99), rng.randint(1, 99)
    lead = rng.choice(("Wait, ", "So ", "However, ", "1. ", ""))
    return f"{lead}{words}, where ${a} \\cdot x_{{{b}}} = {a * b}$.\n\n\\[\n\\dfrac{{{a}}}{{{b}}} + y^2\n\\]\n\n"


def texts(count: int, tokens: int, sharing: str) -> list[str]:
    """Return so many completions: unlike from the start; parting step by step, as models do; or alike up to the end."""
    rng, length = random.Random(20261125), tokens * CHARACTERS_A_TOKEN
    pool = [paragraph(rng) for _ in range(4_000)]
    forks = [[paragraph(rng) for _ in range(3)] for _ in range(length // 60)]
    made = []
    for number in range(count):
        parts: list[str] = []
        size = 0
        while size < length:
            at = len(parts)
            alike = sharing == "alike" or (sharing == "parting" and at < 10)
            parts.append((forks[at][0] if sharing == "alike" else rng.choice(forks[at])) if alike else rng.choice(pool))
            size += len(parts[-1])
        ending = f" by way {number}.\n\n\\boxed{{{rng.randint(1, 40)}}}"
        made.append("".join(parts)[: length - len(ending)] + ending)
    return made


def filled(folder: Path, count: int, tokens: int, sharing: str) -> Path:
    """Return a store with `count` samples of each of two runs on one problem."""
    made, path = texts(2 * count, tokens, sharing), folder / f"{count}-{tokens}-{sharing}.duckdb"
    store = open_store(path)
    for place, name in enumerate(("base", "rlvr")):
        part = made[place * count : (place + 1) * count]
        table = pa.table({
            "benchmark": ["b"] * count, "problem_id": ["p"] * count, "sample_index": list(range(count)),
            "completion": part, "correct": [t[-3:-1] in ("{7", "17", "27") for t in part],
            "answer": [t.rpartition("{")[2][:-1] for t in part],
        })  # fmt: skip
        pq.write_table(table, folder / f"{name}.parquet")
        import_file(store, folder / f"{name}.parquet", run=name, model=name)
    store.close()
    return path


def drawing_seconds(store: Store) -> float:
    """Return how long it takes to choose and lay out 300 nodes of a kept tree and to write the picture out."""
    runs: tuple[str, ...] = ("base", "rlvr")
    settings: dict[str, Any] = {"q": 0.1, "epsilon": 1 / 1024, "split_half": False, "seed": 0}
    found = tree_data.grown(store, "p", runs, "normalised", **settings)
    begin = time.perf_counter()
    part = tree_data.drawn(store, "p", runs, "normalised", most=300, opened=(), shown="all", picked=None, **settings)
    hover: Any = [[text] for text in part.items["label"]]
    picture = TreePicture(
        items=part.items.assign(hover=hover), x=part.drawing.x, y=part.drawing.y,
        n=tuple(found.tree.n.tolist()), names=runs, colours=("#0072B2", "#D55E00"),
    )  # fmt: skip
    tree_figure(picture).to_json()
    return time.perf_counter() - begin


def measured(store: Store) -> tuple[float, float, float, float, int]:
    """Return seconds to read the texts, to build the tree, to open it when kept, to draw it; and its nodes."""
    runs, problem = ["base", "rlvr"], Problem(benchmark="b", problem="p")
    read, build, kept, drawn, nodes = [], [], [], [], 0
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        samples = walks(store, "p", runs)
        read.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        nodes = len(build_tree(samples, problem, runs, Level.NORMALISED).nodes)
        build.append(time.perf_counter() - begin)
        sample_tree(store, "p", runs)
        begin = time.perf_counter()
        sample_tree(store, "p", runs)
        kept.append(time.perf_counter() - begin)
        drawn.append(drawing_seconds(store))
    return median(read), median(build), median(kept), median(drawn), nodes


def peak_megabytes(path: Path, what: str) -> float:
    """Return the most memory that a process held which read the samples, and built the tree where `what` is build."""
    done = subprocess.run([sys.executable, "-c", PEAK, str(path), what], cwd=ROOT, check=True, capture_output=True)
    return float(done.stdout)


def main() -> None:
    """Print what a tree costs: beside reading its texts, and how that grows."""
    print(f"trees, {machine()}: two runs on one problem, level normalised, rules {RULES}")
    print("  samples  tokens  sharing   read s  build s  build/read  kept s  draw s  nodes  peak MB (reading alone)")
    with tempfile.TemporaryDirectory() as folder:
        cases = [(*size, "parting") for size in SIZES] + [(1_024, 16_000, "unlike"), (1_024, 16_000, "alike")]
        for count, tokens, sharing in cases:
            path = filled(Path(folder), count, tokens, sharing)
            store = open_store(path, read_only=True)
            read, build, kept, drawn, nodes = measured(store)
            store.close()
            peak, alone = (peak_megabytes(path, what) for what in ("build", "read"))
            print(
                f"  2 × {count:5,} {tokens:6,}  {sharing:8} {read:7.3f} {build:8.3f} {build / read:11.2f} {kept:7.3f} "
                f"{drawn:7.3f} {nodes:6,}  {peak:,.0f} ({alone:,.0f})"
            )
            path.unlink()
