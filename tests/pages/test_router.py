"""What holds for every page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import ROUTER

PAGES = ("overview", "curves", "boundary", "claims", "problem", "launch", "library")


@pytest.mark.parametrize("page", PAGES)
def test_a_store_that_cannot_be_opened_is_a_sentence_with_what_to_do(own_database: Path, page: str) -> None:
    own_database.write_text("this is no database, but a file of words that someone named so by mistake")
    app = AppTest.from_file(ROUTER, default_timeout=30).run()
    app.switch_page(f"{page}.py").run()
    assert not app.exception
    assert "--database" in app.error[0].value


def test_a_defect_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pages.shared.cache.totals", broken)
    app = AppTest.from_file(ROUTER, default_timeout=30).run()
    assert len(app.exception) == 1
    assert not app.error
