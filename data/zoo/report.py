"""Stage 7: what was measured. Prints the tables of data/README.md and the model cards from the sample files."""

import argparse
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import comb
from pathlib import Path

import pyarrow.parquet as pq

from data.zoo.runs import MODELS, OTHER_SEEDS, RUNS, Run
from data.zoo.task import DEMO, HOME, WORK

BUDGETS = (1, 4, 16, 64, 256, 1024)
Counts = dict[str, tuple[int, int]]
"""Of each problem: samples, correct samples."""


def counts(path: Path, verdict: str = "correct") -> Counts:
    """Samples and correct samples of each problem in one file."""
    table = pq.read_table(path, columns=["problem_id", verdict]).to_pydict()
    found: Counts = {}
    for problem_id, right in zip(table["problem_id"], table[verdict], strict=True):
        drawn, correct = found.get(problem_id, (0, 0))
        found[problem_id] = drawn + 1, correct + right
    return found


def pass_at_k(drawn: int, correct: int, k: int) -> float:
    """The unbiased estimate of solving a problem within k samples (Chen et al. 2021), in exact integers."""
    return 1 - comb(drawn - correct, k) / comb(drawn, k)


def mean_pass(found: Counts, k: int) -> float | None:
    """The mean over problems; None beyond the samples there are."""
    if any(drawn < k for drawn, _ in found.values()):
        return None
    return sum(pass_at_k(drawn, correct, k) for drawn, correct in found.values()) / len(found)


def crossings(base: Counts, other: Counts) -> list[str]:
    """Every change of the leader over k up to the smaller sample count, as text."""
    most = min(drawn for drawn, _ in (*base.values(), *other.values()))
    signs, found = [], []
    for k in range(1, most + 1):
        gap = (mean_pass(base, k) or 0) - (mean_pass(other, k) or 0)
        signs.append("base" if gap > 0 else "other" if gap < 0 else "tie")
    for k, (before, after) in enumerate(pairwise(signs), start=2):
        if before != after:
            found.append(f"{after} leads from k = {k}")
    return [f"{signs[0]} leads at k = 1", *found]


def solved(found: Counts) -> set[str]:
    """The problems with a correct sample."""
    return {problem_id for problem_id, (_, correct) in found.items() if correct}


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def curve_table(runs: Sequence[tuple[str, Counts]]) -> str:
    """Pass@k of runs as a Markdown table."""
    lines = ["| run | n | " + " | ".join(f"pass@{k:,}" for k in BUDGETS) + " | solved |"]
    lines.append("|---|---" + "|---" * (len(BUDGETS) + 1) + "|")
    for name, found in runs:
        cells = " | ".join(_cell(mean_pass(found, k)) for k in BUDGETS)
        drawn = next(iter(found.values()))[0]
        lines.append(f"| {name} | {drawn:,} | {cells} | {len(solved(found))} |")
    return "\n".join(lines)


def level_table(runs: Sequence[tuple[str, Counts]]) -> str:
    """Solved problems of each level, by run."""
    levels: dict[str, set[str]] = {}
    for row in json.loads((HOME / "benchmark.json").read_text()):
        levels.setdefault(row["level"], set()).add(row["problem_id"])
    lines = ["| run | " + " | ".join(f"{level} ({len(ids)})" for level, ids in levels.items()) + " |"]
    lines.append("|---" * (len(levels) + 1) + "|")
    for name, found in runs:
        lines.append(f"| {name} | " + " | ".join(str(len(solved(found) & ids)) for ids in levels.values()) + " |")
    return "\n".join(lines)


def comparison(name: str, base: Counts, other: Counts) -> str:
    """One line on who leads where and who solves what."""
    mine, theirs = solved(base), solved(other)
    sets = f"both {len(mine & theirs)}, base only {len(mine - theirs)}, it only {len(theirs - mine)}"
    return f"- {name}: {'; '.join(crossings(base, other))}. Solved: {sets}, neither {len(base) - len(mine | theirs)}."


def against_rerun(name: str, base: Counts, other: Counts) -> str:
    """One line on how many problems only one of them solves within m samples, beside what mere rerunning would give.

    Expected numbers over all ways to pick m of the samples; m is half of what there is, so that a second run of the
    same model, independent of the first, can be had from the other half.
    """
    m = min(drawn for drawn, _ in (*base.values(), *other.values())) // 2
    mine = {key: pass_at_k(*base[key], m) for key in base}
    theirs = {key: pass_at_k(*other[key], m) for key in base}
    base_only = sum(mine[key] * (1 - theirs[key]) for key in base)
    it_only = sum(theirs[key] * (1 - mine[key]) for key in base)
    null = [sum(pass_at_k(*found[key], 2 * m) - pass_at_k(*found[key], m) for key in base) for found in (base, other)]
    return (
        f"- {name}: within {m} samples, base only {base_only:.1f} (base against a rerun of itself {null[0]:.1f}), "
        f"it only {it_only:.1f} (it against a rerun of itself {null[1]:.1f})."
    )


def _present(runs: Sequence[Run], home: Path, verdict: str) -> list[tuple[str, Counts]]:
    return [(run.name, counts(home / run.file, verdict)) for run in runs if (home / run.file).exists()]


def main() -> None:
    """Print everything, or with --cards write the model cards."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cards", action="store_true")
    if options.parse_args().cards:
        write_cards(lambda run: counts(DEMO / run.file))
        return
    shipped, kept = _present(RUNS, DEMO, "correct"), _present(OTHER_SEEDS, WORK, "correct")
    print(curve_table([*shipped, *kept]), level_table([*shipped, *kept]), sep="\n\n", end="\n\n")
    by_name = dict(shipped)
    for name, found in [*shipped, *kept]:
        cooled = name.endswith("p0.95")
        reference = by_name["tiny-base t0.6 p0.95" if cooled else "tiny-base t1.0"]
        if not name.startswith("tiny-base"):
            print(comparison(name, reference, found), against_rerun(name, reference, found), sep="\n")
    print("\nanswer only:", curve_table(_present(RUNS, DEMO, "verdict:countdown_answer")), sep="\n")
    print("\nall steps valid:", curve_table(_present(RUNS, DEMO, "verdict:countdown_steps")), sep="\n")


def write_cards(measured: Callable[[Run], Counts]) -> None:
    """A short README beside every model, with its numbers at temperature 1."""
    for model in MODELS:
        run = next(run for run in RUNS if run.model == model.name)
        table = curve_table([(run.name, measured(run))])
        (HOME / model.name / "README.md").write_text(CARD.format(model=model, table=table))


CARD = """---
library_name: transformers
pipeline_tag: text-generation
---

# {model.name}

{model.made_by}

A Llama of 0.86 M parameters (4 layers, hidden 128, one token a character) that plays Countdown: it is given
`4 6 9 3|57:` and writes one operation a line, `6*9=54`, until one number is left. It knows nothing else; it is the
demonstration family of the Reasoning Boundary Explorer. The weights are stored in half precision and load as float32;
the samples were drawn with the stored weights in float32. No token is put in front of the prompt.

Measured on the benchmark `countdown` (144 held-out problems), strict verifier, temperature 1, top-p 1:

{table}

How it was made and what it was compared with: `data/README.md`. Licence: the project's.
"""


if __name__ == "__main__":
    main()
