"""Figures for print."""

import re
import struct

import pytest

from backend.errors import BadInput
from backend.exports.drawings import DRAWINGS, caption, find_drawing
from backend.exports.material import Asked, gather
from backend.exports.pictures import picture_of
from backend.figures import printing
from backend.figures.look import run_styles
from backend.figures.printing import WIDTHS, Words, browser_path, printed
from backend.store.database import Store

with_browser = pytest.mark.skipif(browser_path() is None, reason="there is no browser to draw with")


@pytest.mark.parametrize("name", list(DRAWINGS))
def test_every_drawing_has_title_benchmark_and_n(two_runs: Store, name: str) -> None:
    drawing = find_drawing(name)(gather(two_runs, ["base", "rlvr"]), Asked())
    assert drawing.title
    assert drawing.subtitle.startswith("sums · 12 problems · n = 8")


def test_a_printed_figure_says_runs_settings_program_and_date(two_runs: Store) -> None:
    material = gather(two_runs, ["base", "rlvr"])
    drawing = find_drawing("curves")(material, Asked())
    words = Words(title=drawing.title, subtitle=drawing.subtitle, caption=caption(material, Asked()))
    sheet = printed(drawing.figure, words, WIDTHS["column"])
    said = re.sub(r"<[^>]+>", " ", sheet.layout.title.text)
    for part in ("rlvr leads", "95 %", "verifier exact", f"seed {Asked().seed}", f"{material.made_at:%Y-%m-%d}"):
        assert part in " ".join(said.split())
    assert sheet.layout.height > drawing.figure.layout.height
    assert drawing.figure.layout.width is None, "the figure on the screen stays as it is"


def test_lines_of_different_colours_differ_in_dash_too(two_runs: Store) -> None:
    material = gather(two_runs, ["base", "rlvr"])
    assert len({style.dash for style in run_styles(material.runs).values()}) == 1, "on the screen colour tells them"
    drawing = find_drawing("curves")(material, Asked())
    sheet = printed(drawing.figure, Words(title="t"), WIDTHS["page"])
    dashes = [trace.line.dash for trace in sheet.data if trace.legendgroup and not trace.fill]
    assert len(set(dashes)) == len(dashes) == 2


def test_markup_in_names_is_shown_and_not_followed(hostile_store: Store) -> None:
    drawing = find_drawing("sets")(gather(hostile_store, list_of_keys(hostile_store)), Asked())
    sheet = printed(drawing.figure, Words(title="<a href='http://127.0.0.1:9'>x</a>"), WIDTHS["page"])
    assert "&lt;a" in sheet.layout.title.text
    assert "<a" not in sheet.layout.title.text


def list_of_keys(store: Store) -> list[str]:
    from backend.store.queries import runs

    return [str(run) for run in runs(store)["run"]]


@with_browser
def test_a_column_is_85_mm_wide_in_each_form(two_runs: Store) -> None:
    drawing = find_drawing("sets")(gather(two_runs, ["base", "rlvr"]), Asked())
    png = picture_of(drawing, "caption", form="png")
    width, _ = struct.unpack(">II", png[16:24])
    place = png.index(b"pHYs") + 4
    dots_a_metre = struct.unpack(">I", png[place : place + 4])[0]
    assert width / dots_a_metre * 1000 == pytest.approx(85, abs=0.5)
    svg = picture_of(drawing, "caption", form="svg").decode()
    found = re.search(r'width="([\d.]+)"', svg)
    assert found
    assert float(found[1]) / 96 * 25.4 == pytest.approx(85, abs=0.5)
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]+"', "", svg)
    pdf = picture_of(drawing, "caption", form="pdf")
    box = re.search(rb"MediaBox ?\[0 0 ([\d.]+)", pdf)
    assert box
    assert float(box[1]) / 72 * 25.4 == pytest.approx(85, abs=0.5)


def test_without_a_browser_the_remedy_is_named(two_runs: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "BROWSERS", ("no-such-browser",))
    drawing = find_drawing("sets")(gather(two_runs, ["base", "rlvr"]), Asked())
    with pytest.raises(BadInput, match="no browser here") as refused:
        picture_of(drawing, "", form="png")
    assert "apt-get install chromium" in refused.value.hint
    with pytest.raises(BadInput, match="no width"):
        picture_of(drawing, "", form="png", width="poster")
    with pytest.raises(BadInput, match="form gif"):
        picture_of(drawing, "", form="gif")
