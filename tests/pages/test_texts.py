"""Text that is not ours, on its way to the screen."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.exports.hostile import tamed
from pages.shared.texts import JOINER, counted, formula_or_text, inline, rendered, shortened


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"so \(x^2\) holds", "so $x^2$ holds"),
        (r"so \boxed{\frac{1}{2}}.", r"so $\boxed{\frac{1}{2}}$."),
        (r"\[ a = b \]", "\n\n$$\na = b\n$$\n\n"),
        ("$$a\n\n= b$$", "\n\n$$\na\n= b\n$$\n\n"),
        (r"\begin{align*} a &= b \end{align*}", "\n\n$$\n\\begin{aligned} a &= b \\end{aligned}\n$$\n\n"),
        ("it is $x$", "it is $x$"),
        ("it costs $5 or $6", r"it costs \$5 or \$6"),
        (r"it costs \$5", r"it costs \$5"),
        (r"\(\text{costs $5}\)", r"$\text{costs \$5}$"),
        ("one\ntwo", "one  \ntwo"),
        ("**bold** and *slanted*", "**bold** and *slanted*"),
        ("- one\n- two", "- one  \n- two"),
    ],
)
def test_formulas_and_formatting_are_kept(text: str, expected: str) -> None:
    assert rendered(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>x</script>", r"\<script>x\</script>"),
        ("![x](http://evil/x.png)", rf"!\[x\](http:{JOINER}//evil/x.png)"),
        ("[x](javascript:1)", rf"\[x\](javascript:{JOINER}1)"),
        ("http://evil", f"http:{JOINER}//evil"),
        ("www.evil.example", f"www{JOINER}.evil.example"),
        ("me@evil.example", f"me@{JOINER}evil.example"),
        (":red[x]", rf":{JOINER}red\[x\]"),
        (":material/home:", f":{JOINER}material/home:"),
        (":smile:", f":{JOINER}smile:"),
        ("# Big", "**Big**"),
        ("- # Big", r"- \# Big"),
        ("Big\n===", "Big  \n\\==="),
        ("Big\n---", "Big  \n\\---"),
        ("a -> b", f"a -{JOINER}> b"),
        ("5 -- 3", f"5 -{JOINER}- 3"),
        ("a <- b", rf"a \<{JOINER}- b"),
        ("run --all", "run --all"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("```mermaid\ngraph TD\n```", "\n```text\ngraph TD\n```\n"),
        ("~~~mermaid\ngraph TD\n~~~", "\n```text\ngraph TD\n```\n"),
        ("> ~~~mermaid", f"> ~{JOINER}~~mermaid"),
        (r"\(\href{http://evil}{x}\)", r"` \href{http://evil}{x} `"),
        (r"$\rule{999em}{999em}$", r"` \rule{999em}{999em} `"),
        ("$$ never closed", r"\$\$ never closed"),
        ("$$$$", r"\$\$\$\$"),
        ("$$$$$", r"\$\$\$\$\$"),
        (r"so \[ \] it is", r"so \\\[ \\\] it is"),
        (r"a \[ never closed", r"a \\\[ never closed"),
        ("`never closed <b>", r"\`never closed \<b>"),
        ("a\u202eb", "aU+202Eb"),
        ("a\x00b", "a\ufffdb"),
        ("a" + "\u0301" * 50, "a" + "\u0301" * 3),
    ],
)
def test_what_would_take_effect_is_defused(text: str, expected: str) -> None:
    assert rendered(text) == expected


@given(st.text(alphabet="[]()<>{}:!#*_|&@-=\\\n \tabhtp/w.0", max_size=200))
def test_in_prose_every_bracket_tag_and_heading_stands_behind_a_backslash(text: str) -> None:
    without_formulas = text.replace("\\[", "[").replace("\\(", "(")
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]<#]", rendered(without_formulas))


@given(st.text(max_size=300))
def test_any_text_can_be_rendered_and_none_is_lost_whole(text: str) -> None:
    assert bool(rendered(text).strip()) == bool(tamed(text).strip())


@given(st.text("$ \\[]()\nx", max_size=12))
def test_signs_of_formulas_alone_are_text(text: str) -> None:
    assert bool(rendered(text).strip()) == bool(text.strip())
    assert formula_or_text(text).strip("*") or not text.strip()


@pytest.mark.parametrize(
    "piece",
    [
        "$",
        "$x",
        "\\(",
        "\\[",
        "`",
        "```\n",
        "[",
        "<",
        ":red[",
        "\\boxed{",
        "{",
        ">",
        "#",
        "\\begin{align}",
        "$$",
        "| a ",
    ],
)
def test_a_long_hostile_text_is_rendered(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    assert len(rendered(text)) >= len(text.strip())


def test_a_name_is_one_line_without_effect() -> None:
    assert inline("*a*\n# b [c](d) :red[e]") == rf"\*a\* \# b \[c\](d) :{JOINER}red\[e\]"


def test_a_reference_answer_is_a_formula_where_it_is_written_as_one() -> None:
    assert formula_or_text(r"\frac{3}{4}") == r"$\frac{3}{4}$"
    assert formula_or_text("$x^2$") == "$x^2$"
    assert formula_or_text("42") == "**42**"
    assert formula_or_text("$$") == r"**\$\$**"


def test_a_long_text_is_cut_in_the_middle() -> None:
    assert shortened("abcdefgh", 4) == ("ab", "gh", 4)
    assert shortened("abcd", 4) == ("abcd", "", 0)


def test_counts_take_their_plural() -> None:
    assert (counted(1, "run"), counted(0, "run"), counted(1234, "run")) == ("1 run", "0 runs", "1,234 runs")
