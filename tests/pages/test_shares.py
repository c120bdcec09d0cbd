"""The Share control and the page of frozen shares."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from backend.commands import perform
from backend.commands.figures_out import FIGURES
from backend.commands.tables_out import TABLES
from backend.store import shares as stored
from backend.store.database import Store
from backend.store.writes import delete_run
from pages.shared import cache, paths_data, sharing
from pages.shared.link import OLD_PAGES
from pages.shared.share_control import needed
from tests.conftest import ME
from tests.pages.conftest import ROUTER, OpenPage, in_link, texts


def shared(store: Store, page: str = "boundary", **more: Any) -> str:
    arguments = {"page": page, "runs": ["base", "rlvr"], "title": "What was lost", **more}
    return str(perform("share", store, arguments, ME)["share"])


def with_control(app: AppTest) -> AppTest:
    app.session_state["share_control"] = True
    return app.run()


def test_an_empty_list_says_how_a_view_is_frozen(open_page: OpenPage) -> None:
    app = open_page("shares")
    assert not app.exception
    assert "share comparison" in app.info[0].value


@pytest.mark.parametrize("page", ["overview", "curves", "boundary"])
def test_a_share_is_shown_as_it_was_after_its_runs_were_deleted(
    open_page: OpenPage, two_runs: Store, page: str
) -> None:
    share = shared(two_runs, page, note="<b>bold</b> :red[x]", author="A. Author")
    before = texts(open_page("shares", id=share))
    assert "live data are still the same" in before
    delete_run(two_runs, "base")
    app = open_page("shares", id=share)
    assert not app.exception
    assert app.title[0].value == "What was lost"
    after = texts(app)
    assert "base is no longer in the store" in after
    assert "A. Author" in after
    assert r"\<b>bold\</b>" in after
    assert [c.value for c in app.caption if "sums" in str(c.value)] == [
        line for line in before.split("\n") if "sums ·" in line or "· sums ·" in line
    ]


def test_a_shared_problem_shows_samples_of_both_runs(open_page: OpenPage, two_runs: Store) -> None:
    app = open_page("shares", id=shared(two_runs, "problem", problem="both"))
    assert not app.exception
    assert texts(app).count("try 0") == 2
    app.selectbox(key="sample_0").select("3").run()
    assert "try 3" in texts(app)
    assert in_link(app, "sample_0") == ["3"]


def test_live_data_stand_beside_it_on_demand(open_page: OpenPage, two_runs: Store) -> None:
    app = open_page("shares", id=shared(two_runs), live="on")
    assert not app.exception
    assert "As it was shared" in texts(app)
    assert "As it is now" in texts(app)


def test_the_list_opens_renames_and_revokes(open_page: OpenPage, two_runs: Store) -> None:
    share = shared(two_runs)
    app = open_page("shares")
    assert app.dataframe[0].value["Title"].tolist() == ["What was lost"]
    app.selectbox(key="id").select(share).run()
    assert in_link(app, "id") == [share]
    app.text_input(key=f"title_{share}").set_value("What was gained")
    app.button(key="rename_share_submit").click().run()
    assert app.title[0].value == "What was gained"
    app.button(key="revoke_share").click().run()
    assert "was revoked" in texts(app)
    assert stored.shares(two_runs).empty
    told = open_page("shares", id=share)
    assert "Ask whoever shared it" in told.error[0].value
    assert not told.exception


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("overview", {}),
        ("curves", {"metric": "pass_hat_k"}),
        ("boundary", {"m": "1"}),
        ("problem", {"problem": "both"}),
        ("tree", {"problem": "both", "merge": "exact"}),
        ("claims", {"q": "0.05", "tolerance": "0.02"}),
        ("paths", {"merge": "exact", "only": "base"}),
    ],
)
def test_every_page_freezes_what_it_shows(
    open_page: OpenPage, two_runs: Store, page: str, parameters: dict[str, str]
) -> None:
    app = with_control(open_page(page, **parameters))
    assert not app.exception
    app.text_input(key="share_title").set_value("mine")
    app.button(key="share_submit").click().run()
    assert not app.exception
    (kept,) = perform("shares", two_runs, {}, ME)
    assert (kept["title"], kept["page"]) == ("mine", page)
    told = perform("share_open", two_runs, {"share": kept["share"]}, ME)
    for key, value in parameters.items():
        assert told["link"][key] == [value]
    assert told["link"]["benchmark"] == ["sums"]
    assert {run["run"] for run in told["about"]["runs"]} == {"base", "rlvr"}


@pytest.mark.usefixtures("two_runs")
def test_the_link_names_what_hangs_on_the_store_and_opens_the_same_view(open_page: OpenPage) -> None:
    app = with_control(open_page("boundary"))
    link = next(block.value for block in app.code if "boundary?" in block.value)
    assert "benchmark=sums&base=base&rlvr=rlvr&m=2" in link


@pytest.mark.usefixtures("two_runs")
def test_nothing_is_worked_out_while_the_control_is_closed(open_page: OpenPage) -> None:
    app = open_page("boundary")
    assert not [box for box in app.text_input if box.key == "share_title"]


def test_what_a_colleague_needs_hangs_on_the_host() -> None:
    assert "this machine alone" in needed("127.0.0.1")
    assert "whoever reaches" in needed("lab.example")


def test_old_addresses_lead_to_pages_that_exist() -> None:
    assert all((ROUTER.parent / page).is_file() for page in OLD_PAGES.values())


@pytest.mark.parametrize(
    ("page", "parameters", "figures", "tables"),
    [
        ("problem", {"problem": "both"}, {"problem"}, {"samples"}),
        ("tree", {"problem": "both"}, {"tree", "tree-difference", "problem"}, {"tree", "samples"}),
        ("paths", {}, {"paths"}, {"paths", "paths-curves", "retention"}),
        ("claims", {}, {"claim-1", "claim-2", "claim-3"}, {"claims"}),
        ("boundary", {"view": "runs"}, {"boundary", "patterns"}, {"verdicts", "patterns"}),
        ("boundary", {"view": "luck"}, {"boundary"}, {"luck"}),
        ("curves", {"guess": "9", "extrapolate": "on"}, {"curves"}, {"guessing", "beyond", "difference"}),
    ],
)
@pytest.mark.usefixtures("two_runs")
def test_each_page_offers_the_pictures_and_the_data_of_what_it_shows(
    open_page: OpenPage, page: str, parameters: dict[str, str], figures: set[str], tables: set[str]
) -> None:
    app = with_control(open_page(page, **parameters))
    assert not app.exception
    offered = app.session_state["share_offer"]
    assert figures <= set(offered.figures) <= set(FIGURES)
    assert tables <= set(offered.tables) <= set(TABLES)
    for name in tables:
        assert sharing.data(cache.store(), offered, name, "csv").startswith(b"# ")
    assert "share_submit" in {button.key for button in app.button}


def test_a_shared_tree_is_drawn_again_after_its_runs_were_deleted(open_page: OpenPage, two_runs: Store) -> None:
    share = shared(two_runs, "tree", problem="both")
    delete_run(two_runs, "base")
    app = open_page("shares", id=share)
    assert not app.exception
    said = texts(app)
    assert "correct paths seen only in base" in said
    assert "base is no longer in the store" in said
    assert "try 0" in said


def test_shared_claims_are_told_as_they_were_after_a_run_was_deleted(open_page: OpenPage, two_runs: Store) -> None:
    share = shared(two_runs, "claims", more={"tolerance": 0.02})
    before = texts(open_page("shares", id=share))
    assert "live data are still the same" in before
    assert "tolerances: 2 % of solved problems" in before
    delete_run(two_runs, "rlvr")
    app = open_page("shares", id=share, live="on")
    assert not app.exception
    after = texts(app)
    assert "rlvr is no longer in the store" in after
    assert "The live data cannot be drawn" in " ".join(str(block.proto) for block in app.info)
    told = [line for line in before.split("\n") if line.startswith("| ")]
    assert len(told) == 8, "a row a claim and the head"
    assert [line for line in after.split("\n") if line.startswith("| ")] == told


def listed(app: AppTest) -> pd.DataFrame:
    """The paths that a share lists."""
    (found,) = [table.value for table in app.dataframe if "Only in" in table.value]
    return found


def test_shared_paths_are_listed_as_they_were_after_a_run_was_deleted(open_page: OpenPage, two_runs: Store) -> None:
    share = shared(two_runs, "paths", merge="exact", link={"only": ["base"], "merge": ["exact"]})
    app = open_page("shares", id=share)
    assert "live data are still the same" in texts(app)
    before = listed(app)
    assert set(before["Only in"]) == {"base"}, "the list opens as it was filtered"
    app.pills(key="only_share").set_value("rlvr").run()
    assert set(listed(app)["Only in"]) == {"rlvr"}
    delete_run(two_runs, "base")
    app = open_page("shares", id=share)
    assert not app.exception
    assert "base is no longer in the store" in texts(app)
    assert "expected if the models were the same" in texts(app)
    assert listed(app).equals(before)


@pytest.mark.parametrize("page", ["claims", "paths"])
def test_live_claims_and_paths_stand_beside_the_shared_ones(open_page: OpenPage, two_runs: Store, page: str) -> None:
    share = shared(two_runs, page)
    app = open_page("shares", id=share, live="on")
    assert not app.exception
    assert "As it is now" in texts(app)
    assert len(app.get("plotly_chart")) == 2 * len(open_page("shares", id=share).get("plotly_chart")) > 0


def test_paths_of_many_samples_are_not_read_while_the_page_waits(
    open_page: OpenPage, two_runs: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = shared(two_runs, "paths")
    monkeypatch.setattr(paths_data, "READ_AT_ONCE", 0)
    assert "live data are still the same" in texts(open_page("shares", id=share)), "they were read for the share"
    for kept in tmp_path.rglob("*.arrow"):
        kept.unlink()
    app = open_page("shares", id=share, live="on")
    assert not app.exception
    assert "Whether the paths are was not read" in texts(app)
    assert "have not been read yet" in " ".join(str(block.proto) for block in app.info)


def test_a_share_of_another_version_opens_and_says_what_is_not_known_here(open_page: OpenPage, two_runs: Store) -> None:
    content = json.loads(stored.share(two_runs, shared(two_runs)).content)
    del content["asked"]["zoomed"], content["asked"]["verifier"]
    content["asked"] |= {"weather": "fine :red[x]", "moon": None}
    share, _ = stored.keep_share(two_runs, json.dumps(content).encode(), page="boundary", title="From elsewhere")
    app = open_page("shares", id=share)
    assert not app.exception
    assert app.title[0].value == "From elsewhere"
    assert [box.value for box in app.warning] == [
        "Not known here: weather. What is shown may differ by it; the counts are those that were kept."
    ]
    assert "only base solves" in str([chart.proto for chart in app.get("plotly_chart")])
