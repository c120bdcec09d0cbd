"""Each role on each page, as Streamlit's own sign-in tells who is there; strangers; reading only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backend.access.roles import Role, Visitor, Way
from backend.access.rules import rules
from backend.commands import COMMANDS, perform
from backend.config import settings
from backend.errors import Forbidden
from backend.store import queries
from backend.store.database import Store
from tests.conftest import ME
from tests.pages.conftest import ROUTER, texts

PAGES = ("overview", "curves", "boundary", "claims", "problem", "tree", "paths", "launch", "library", "shares")
ACCESS = """
sign_in = "oidc"
[roles]
curator = ["ada@example.org"]
sampler = ["sam@example.org"]
viewer = ["vic@example.org"]
"""
PEOPLE = {"viewer": "vic@example.org", "sampler": "sam@example.org", "curator": "ada@example.org"}
OpenAs = Callable[..., AppTest]


@pytest.fixture
def open_as(two_runs: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenAs:
    """Open a page as somebody whom an identity provider vouches for; nobody where no claims are given."""
    assert two_runs.path
    (tmp_path / "access.toml").write_text(ACCESS)
    monkeypatch.setenv("BOUNDARY_ACCESS", str(tmp_path / "access.toml"))
    monkeypatch.setenv("BOUNDARY_IMPORT_FOLDERS", str(tmp_path))
    for kept in (settings, rules):
        kept.cache_clear()

    def open_(page: str, claims: dict[str, Any] | None, **parameters: str) -> AppTest:
        app = AppTest.from_file(ROUTER, default_timeout=60)
        app.user = {"is_logged_in": False} if claims is None else {"is_logged_in": True, **claims}
        if page != "overview":
            app.run().switch_page(f"{page}.py")
        for key, value in parameters.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return open_


def who(role: str) -> dict[str, str]:
    return {"email": PEOPLE[role]}


def keys(app: AppTest) -> set[str]:
    """The keys of all widgets on the page."""
    kinds = (app.button, app.text_input, app.selectbox, app.dataframe, app.text_area, app.checkbox)
    return {str(element.key) for kind in kinds for element in kind if element.key}


def test_viewers_watch_and_samplers_launch(open_as: OpenAs) -> None:
    watching, launching = (open_as("launch", who(role)) for role in ("viewer", "sampler"))
    assert "is a viewer here and may not draw samples." in texts(watching)
    assert "may not" not in texts(launching)
    assert ("launch" in keys(watching), "launch" in keys(launching)) == (False, True)


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_sees_the_way_to_sign_in_and_nothing_of_any_page(open_as: OpenAs, page: str) -> None:
    app = open_as(page, None, base="base", rlvr="rlvr", benchmark="sums", edit="base")
    assert keys(app) == {"sign_in"}
    assert app.info[0].value == "Sign in first."
    assert "sums" not in texts(app)
    assert not app.dataframe


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "eve@elsewhere.org"},
        {"email": "ada@example.org", "email_verified": False},
        {"email": "ada@example.org eve"},
        {"email": ["ada@example.org"]},
        {"sub": "group:reasoning", "groups": {"a": 1}},
        {},
    ],
)
def test_whoever_signs_in_without_a_role_sees_nothing_but_that(open_as: OpenAs, claims: dict[str, Any]) -> None:
    app = open_as("library", claims)
    assert keys(app) == {"sign_out"}
    assert not app.dataframe


@pytest.mark.parametrize("role", list(PEOPLE))
def test_pages_offer_what_the_role_may_do(open_as: OpenAs, two_runs: Store, role: str) -> None:
    curator = role == "curator"
    share = perform("share", two_runs, {"page": "curves", "runs": ["base", "rlvr"]}, ME)["share"]
    editor = open_as("library", who(role), view="runs", edit="base", about="change")
    assert ("delete" in keys(editor)) is curator
    judging = open_as("library", who(role), view="runs", edit="base")
    assert ("regrade" in keys(judging)) is curator
    importing = open_as("library", who(role), view="import", import_path=str(two_runs.path))
    assert ("import_submit" in keys(importing)) is curator
    assert bool(importing.get("file_uploader")) is curator
    listed = open_as("library", who(role), view="deeds")
    assert bool(listed.dataframe) is curator
    for app in (editor, judging, importing, listed):
        assert ("may not" in texts(app)) is not curator
        assert f"{PEOPLE[role]} · {role}" in texts(app).replace("\u2060", "")
    problem = open_as("problem", who(role), benchmark="sums", problem="both")
    assert ("correct_both" in keys(problem)) is curator
    shown = open_as("shares", who(role), id=share)
    assert ("revoke_share" in keys(shown)) is curator


@pytest.mark.parametrize("role", list(PEOPLE))
def test_everyone_with_a_role_may_freeze_a_view_and_signs_it(open_as: OpenAs, two_runs: Store, role: str) -> None:
    app = open_as("curves", who(role), benchmark="sums")
    app.session_state["share_control"] = True
    app.run()
    assert "share_author" not in keys(app)
    app.button(key="share_submit").click().run()
    (kept,) = perform("shares", two_runs, {}, ME)
    assert kept["author"] == PEOPLE[role]
    own = open_as("shares", who(role), id=kept["share"])
    other = open_as("shares", who("viewer" if role != "viewer" else "sampler"), id=kept["share"])
    assert "revoke_share" in keys(own)
    assert "revoke_share" not in keys(other)
    own.button(key="revoke_share").click().run()
    assert perform("shares", two_runs, {}, ME) == []


def test_a_button_pressed_after_the_role_was_lost_does_nothing(open_as: OpenAs, two_runs: Store) -> None:
    app = open_as("library", who("curator"), view="runs", edit="base", about="change")
    app.text_input(key="name_base").set_value("mine")
    app.user = {"is_logged_in": True, **who("viewer")}
    app.button(key="rename_submit_base").click().run()
    assert "base" in set(queries.runs(two_runs)["name"])


@pytest.mark.parametrize("role", [Role.NONE, Role.VIEWER, Role.SAMPLER])
def test_the_gate_refuses_though_a_page_forgot(two_runs: Store, role: Role) -> None:
    by = Visitor(name="vic@example.org", role=role, way=Way.SIGN_IN)
    before = two_runs.version()
    for name, command in COMMANDS.items():
        if command.role > role:
            with pytest.raises(Forbidden):
                perform(name, two_runs, {}, by)
    assert two_runs.version() == before


def test_for_reading_only_pages_offer_no_change(two_runs: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_runs.path
    two_runs.close()
    monkeypatch.setenv("BOUNDARY_READ_ONLY", "1")
    settings.cache_clear()
    app = AppTest.from_file(ROUTER, default_timeout=60).run()
    assert "nothing can be changed" in texts(app)
    app.switch_page("library.py")
    app.query_params["view"] = "import"
    app.run()
    assert not app.exception
    assert "import_submit" not in keys(app)
    assert "started for reading only" in texts(app)


def test_deeds_are_listed_for_curators_and_say_who(open_as: OpenAs) -> None:
    app = open_as("library", who("curator"), view="runs", edit="base", about="change")
    app.text_input(key="name_base").set_value("mine")
    app.button(key="rename_submit_base").click().run()
    assert not app.exception
    shown = open_as("library", who("curator"), view="deeds").dataframe[0].value
    assert shown.iloc[0][["Who", "What", "On", "Outcome"]].tolist() == [
        "ada@example.org", "Rename", "base; mine", "done",
    ]  # fmt: skip
