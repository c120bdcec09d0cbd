"""The report: one file, complete, and nothing that is not ours takes effect in it."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from backend.commands import trees
from backend.errors import BadInput, NotFound
from backend.exports.bundle import report_of
from backend.exports.material import Asked, gather
from backend.importers import import_file
from backend.store.database import Store
from backend.store.queries import runs
from tests.backend.exports.conftest import HOSTILE
from tests.conftest import write_rows


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text outside scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside


def page_of(store: Store, **asked: object) -> str:
    keys = [str(run) for run in runs(store)["run"]]
    html, _ = report_of(store, keys[0], keys[1], Asked(**asked))  # type: ignore[arg-type]
    return html


def test_it_tells_finding_table_verdicts_settings_sources_method_and_citation(two_runs: Store) -> None:
    html = page_of(two_runs)
    text = Elements(html).text
    material = gather(two_runs, ["base", "rlvr"])
    assert "rlvr leads at k = 1" in text
    assert "With 4 samples a problem RLVR loses" in text
    for words in (
        "SRR, retained",
        "RLVR-favoured",
        "Scored samples a problem, n",
        "arXiv:2504.13837",
        "Fisher's exact",
    ):
        assert words in text
    for digest in material.files["sha256"]:
        assert digest in text
    for figure in ("curves", "boundary", "bins", "moves"):
        for ink in ("light", "dark"):
            assert f'id="figure-{figure}-{ink}"' in html


def test_only_its_own_two_scripts_may_run_and_nothing_is_fetched(hostile_store: Store) -> None:
    html = page_of(hostile_store)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    allowed = re.findall(r"'sha256-([^']+)'", policy[1])
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    assert [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts] == allowed
    assert len(allowed) == 2


def test_hostile_texts_stay_texts(hostile_store: Store) -> None:
    html = page_of(hostile_store)
    page = Elements(html)
    tags = {tag for tag, _ in page.found}
    assert not tags & {"img", "svg", "iframe", "base", "link", "object", "embed", "form", "b", "i"}
    assert not [name for _, attributes in page.found for name in attributes if name.startswith("on")]
    assert not [a for _, attributes in page.found for a in ("src", "srcset", "action") if a in attributes]
    assert all((attributes.get("href") or "#").startswith("#") for _, attributes in page.found)
    assert [a.get("http-equiv") for tag, a in page.found if tag == "meta" and "http-equiv" in a] == [
        "Content-Security-Policy"
    ]
    assert "{{ 7 * 7 }} {% raw %} ${7*7}" in page.text
    assert "U+202Egnihton" in page.text
    assert HOSTILE[0] in page.text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", page.text)


def test_the_figures_data_cannot_end_its_element(hostile_store: Store) -> None:
    html = page_of(hostile_store)
    blocks = re.findall(r'<script type="application/json" id="figure-[^"]+">(.*?)</script>', html, flags=re.DOTALL)
    assert len(blocks) >= 8
    assert not any("<" in block for block in blocks)


def test_named_problems_are_shown_with_samples_of_both_runs(two_runs: Store) -> None:
    html, title = report_of(two_runs, "base", "rlvr", Asked(), problems=["p01"], samples=3)
    text = Elements(html).text
    assert title.startswith("rlvr leads")
    assert "3 of 8 samples" in text
    assert len(re.findall(r"<pre[^>]*>try \d</pre>", html)) == 6
    with pytest.raises(NotFound, match="no problem p99"):
        report_of(two_runs, "base", "rlvr", Asked(), problems=["p99"])


def test_a_budget_beyond_the_samples_is_refused_by_its_number(two_runs: Store) -> None:
    with pytest.raises(BadInput, match="m is 9"):
        page_of(two_runs, m=9)


def test_a_problem_has_its_tree_with_the_words_and_numbers_of_the_command(two_runs: Store) -> None:
    html, _ = report_of(two_runs, "base", "rlvr", Asked(tree_seed=3), problems=["p01", "p02"], samples=1)
    text = Elements(html).text
    for problem in ("p01", "p02"):
        told = trees.tree(two_runs, problem, ["base", "rlvr"], seed=3)["headline"]
        assert f"{told['seen_only']['base']} correct path" in text
        assert f"p = {told['p']:.2g}" in text
    for name in ("tree-0-light", "tree-0-dark", "tree-1-light", "tree-1-dark"):
        assert f'id="figure-{name}"' in html
    assert "Sample trees" in text, "the method of trees is told"
    assert "steps merged by normalised" in text


def test_a_problem_without_texts_has_no_tree(store: Store, tmp_path: Path) -> None:
    for name in ("base", "rlvr"):
        rows = [{"problem_id": f"p{at}", "n": 8, "c": at + (name == "rlvr"), "benchmark": "sums", "model": name,
                 "run": name, "training": name} for at in range(3)]  # fmt: skip
        import_file(store, write_rows(tmp_path / f"{name}.jsonl", rows), strict=True)
    html, _ = report_of(store, "base", "rlvr", Asked(), problems=["p1"])
    assert "figure-tree" not in html
    assert "Sample tree" not in Elements(html).text
