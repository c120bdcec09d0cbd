"""A comparison as one HTML file that opens without a network: finding, figures, verdicts, samples, where from, how."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from backend.comparison.boundary_words import boundary_found, headline, other_way, rate_rows
from backend.comparison.crossing import crossover
from backend.comparison.curve_words import doubts
from backend.comparison.describing import notes_on_curves
from backend.comparison.difference import delta, efficiency_gap
from backend.comparison.metrics import INTERVALS
from backend.comparison.problem_words import SAYING, verdict_table
from backend.comparison.verdicts import VERDICTS
from backend.comparison.wording import crossover_in_words, difference_in_words, gap_in_words
from backend.config import version
from backend.exports.drawings import (
    Drawing,
    curve_points,
    draw_bins,
    draw_boundary,
    draw_curves,
    draw_moves,
)
from backend.exports.hostile import shortened, tamed
from backend.exports.material import Asked, Material, budget
from backend.exports.problems import Shown, chosen_in_words
from backend.exports.run_settings import setting_rows
from backend.exports.tables import verdict_rows
from backend.exports.trees import both_inks
from backend.figures import CONFIG, MARKS, counts_figure, mark_of
from backend.figures.embedding import figure_text, plotly_script
from backend.method import paragraphs
from backend.records import Sample

TEMPLATES = Path(__file__).parent / "templates"
MOST_VERDICT_ROWS = 2_000
"""A longer list is cut after those that are told apart most surely; the data export has them all."""
TREE_PIXELS = 780
"""What a tree is laid out for: more than a sheet of paper, less than most screens."""
MOST_LETTERS = 20_000
"""Of a longer completion head and tail stand in the report."""
METHOD = (
    *("what-counts-as-a-draw", "passk", "intervals-population-of-problems", "intervals-all-points-at-once"),
    *("paired-difference", "crossover", "sampling-efficiency-gap", "the-finding-in-words", "solved-sets"),
    *("solved-sets-at-one-budget-and-what-a-rerun-would-lose", "a-verdict-a-problem", "accuracy-bins-and-who-moved"),
)
METHOD_OF_TREES = ("sample-trees",)
PAPER = """@article{yue2025does,
  title   = {Does Reinforcement Learning Really Incentivize Reasoning Capacity in LLMs Beyond the Base Model?},
  author  = {Yue, Yang and Chen, Zhiqi and Lu, Rui and Zhao, Andrew and Wang, Zhaokai and Yue, Yang and Song, Shiji
             and Huang, Gao},
  journal = {arXiv preprint arXiv:2504.13837},
  year    = {2025}
}"""


def report(material: Material, asked: Asked, problems: Sequence[Shown] = ()) -> tuple[str, str]:
    """Return the report of two runs as HTML, and its title.

    Everything that is not ours is escaped by the template; no address but that of the page itself is asked for, and the
    page's policy forbids it. Raises BadInput where the runs have no problem in common.
    """
    compared = material.compared
    m = budget(compared, asked.m)
    found = boundary_found(*material.sides, m, level=asked.level)
    curves = draw_curves(material, asked)
    figures = _figures(material, asked, problems)
    verdicts = verdict_rows(material, asked)
    values = {
        "title": curves.title,
        "subtitle": curves.subtitle,
        "material": material,
        "asked": {**asdict(asked), "m": m},
        "labels": material.labels,
        "interval": INTERVALS[asked.interval],
        "drawings": {name: _words(light) for name, (light, _) in figures.items()},
        "curve_words": _curve_words(material, asked),
        "notes": _notes(material, asked),
        "boundary": {"title": headline(found), "other_way": other_way(found), "rates": rate_rows(found)},
        "verdicts": _verdicts(verdicts, asked.level),
        "problems": [_problem(shown, place) for place, shown in enumerate(problems)],
        "settings": setting_rows(material),
        "method": [
            _method(name) for name in (*METHOD, *(METHOD_OF_TREES if any(shown.tree for shown in problems) else ()))
        ],
        "paper": PAPER,
    }
    drawn = {name: (light.figure, dark.figure) for name, (light, dark) in figures.items()}
    return _page("report.html.jinja", values, drawn), curves.title


def index_page(reports: Sequence[Mapping[str, Any]]) -> str:
    """Return the page that lists reports: benchmark, title, file, bytes of each."""
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    values = {"reports": reports, "made_at": made, "version": version(), "style": Markup(_ours("report.css"))}  # noqa: S704
    return _environment().get_template("index.html.jinja").render(values)


def _page(template: str, values: dict[str, Any], figures: dict[str, tuple[Any, Any]]) -> str:
    """Fill a template; its two scripts are named to the page's policy by their hashes, and no other may run."""
    texts = {
        f"{name}-{ink}": Markup(figure_text(figure))  # noqa: S704 — every < in it is written as \u003c
        for name, pair in figures.items()
        for ink, figure in zip(("light", "dark"), pair, strict=True)
    }
    scripts = [plotly_script(), _ours("report.js").replace("CONFIG_OF_CHARTS", json.dumps(CONFIG))]
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            figures=texts,
            scripts=[Markup(script) for script in scripts],  # noqa: S704 — both are ours
            hashes=" ".join(f"'sha256-{_hash(script)}'" for script in scripts),
            style=Markup(_ours("report.css")),  # noqa: S704 — ours
        )
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _ours(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("jinja",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["tamed"] = lambda text: tamed(str(text))
    made.filters["said"] = _said
    return made


def _said(value: object) -> str:
    """A cell of a table: nothing where it is not known, whole numbers with their thousands apart."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) >= 1000 else f"{value:g}"
    return tamed(str(value))


def _words(drawing: Drawing) -> dict[str, str]:
    return {"title": drawing.title, "subtitle": drawing.subtitle}


def _figures(material: Material, asked: Asked, problems: Sequence[Shown]) -> dict[str, tuple[Drawing, Drawing]]:
    """Every figure of the report in light and in dark ink."""
    draws = {"curves": draw_curves, "boundary": draw_boundary, "bins": draw_bins, "moves": draw_moves}
    drawn = {name: (draw(material, asked), draw(material, asked, dark=True)) for name, draw in draws.items()}
    for place, shown in enumerate(problems):
        light, dark = (
            Drawing(
                figure=counts_figure(shown.counts, dark=ink),
                title=shown.problem.problem,
                subtitle="correct of scored samples · whiskers: 95 % Wilson interval",
            )
            for ink in (False, True)
        )
        drawn[f"problem-{place}"] = light, dark
        if shown.tree is not None:
            drawn[f"tree-{place}"] = both_inks(shown.tree, TREE_PIXELS)
    return drawn


def _curve_words(material: Material, asked: Asked) -> list[tuple[str, list[str]]]:
    """What the curves show beyond the finding, under three headings."""
    base, rlvr = (material.labels[run] for run in material.pair)
    counts = material.compared
    rows = delta(counts, level=asked.level, seed=asked.seed)
    found = crossover(counts, level=asked.level, seed=asked.seed)
    gap = gap_in_words(efficiency_gap(counts, level=asked.level), base, rlvr)
    said = (
        ("Difference", difference_in_words(rows, len(counts), base, rlvr)),
        ("Crossover", crossover_in_words(found, base, rlvr, asked.level)),
        ("Sampling efficiency", [gap]),
    )
    return [(title, [sentence for sentence in sentences if sentence]) for title, sentences in said]


def _notes(material: Material, asked: Asked) -> list[str]:
    points = curve_points(material, asked)
    scored = material.counts[material.counts["n"] > 0]
    left_out = scored["problem"].nunique() - int(points.loc[points["part"] == "all", "problems"].iloc[0])
    notes = [*notes_on_curves(points, material.runs, left_out), *doubts(points, asked.found, asked.interval)]
    if material.undrawn:
        notes.append(f"{material.undrawn:,} problems of the benchmark were drawn by neither run.")
    if material.corrected:
        notes.append(f"The reference answers of {material.corrected:,} problems were corrected in this store.")
    return notes


def _verdicts(rows: pd.DataFrame, level: float) -> dict[str, Any]:
    """The verdict table: the surest first, cut where it would be too long to open."""
    sizes = rows["verdict"].value_counts()
    kept = rows.sort_values(["p", "problem"], kind="stable").head(MOST_VERDICT_ROWS)
    table = verdict_table(kept, level)
    share = [f"{value:.1f} %" for value in table["Base ahead"]]
    numbers = {
        "Base": kept["c_base"] / kept["n_base"],
        "RLVR": kept["c_rlvr"] / kept["n_rlvr"],
        "q": kept["q"],
        "p": kept["p"],
        "Base ahead": kept["probability"],
        "More samples": kept["more_samples"].astype("Float64"),
    }
    table = table.assign(**{"Base ahead": share})
    keys = {name: [None if pd.isna(value) else float(value) for value in values] for name, values in numbers.items()}
    cells = [
        [(name, row[name], keys[name][at] if name in keys else None) for name in map(str, table)]
        for at, row in enumerate(table.to_dict("records"))
    ]
    return {
        "columns": [(str(name), str(name) in keys) for name in table],
        "rows": cells,
        "total": len(rows),
        "sizes": [(verdict, int(sizes.get(verdict, 0))) for verdict in VERDICTS],
        "wide": SAYING,
    }


def _problem(shown: Shown, place: int) -> dict[str, Any]:
    return {
        "name": f"problem-{place}",
        "problem": shown.problem,
        "tree": None if shown.tree is None else {"name": f"tree-{place}", "sentences": shown.tree.sentences},
        "runs": [
            {
                "label": label,
                "said": chosen_in_words(shown, run),
                "samples": [_sample(sample) for sample in shown.samples[run]],
            }
            for run, label in zip(shown.counts["run"], shown.counts["label"], strict=True)
        ],
    }


def _sample(sample: Sample) -> dict[str, Any]:
    mark = MARKS[mark_of(sample.verdict, sample.finish_reason)]
    head, tail, left_out = shortened(sample.completion or "", MOST_LETTERS)
    return {"sample": sample, "mark": mark, "head": tamed(head), "tail": tamed(tail), "left_out": left_out}


def _method(name: str) -> dict[str, Any]:
    """A paragraph of docs/method.md as HTML; its links into the repository become plain words."""
    title, _, body = paragraphs()[name].partition("\n")
    body = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", body)
    html = MarkdownIt("commonmark", {"html": False}).render(body)
    return {"title": title, "html": Markup(html)}  # noqa: S704 — made of a document of ours
