"""Text that is not ours, made fit for the screen: formulas readable, and nothing in it takes effect.

A completion may hold HTML, remote images (which the viewer's browser would fetch), links, Streamlit's directives,
headings that blow up the page, formulas that fill it. `rendered` keeps bold, lists, tables, code and formulas, and
defuses the rest.
"""

import re
from collections.abc import Iterator

from backend.comparison.words import counted as counted
from backend.exports.hostile import shortened as shortened
from backend.exports.hostile import tamed

JOINER = "\u2060"
"""Word joiner: invisible, and no pattern that Streamlit replaces in texts matches across it."""

MOST_FORMULA_LETTERS = 4_000
_DISPLAY_ENVIRONMENTS = "equation|align|gather|multline|eqnarray|alignat|flalign"
_OPENERS = re.compile(
    r"(?P<fence>^[ \t]{0,3}(?:`{3,}|~{3,}))|(?P<tick>`+)|(?P<dollars>\$\$)|(?P<square>\\\[)|(?P<round>\\\()"
    rf"|\\begin\{{(?P<name>(?:{_DISPLAY_ENVIRONMENTS})\*?)\}}|(?P<boxed>\\boxed\s*\{{)|(?P<escaped>\\\$)|(?P<dollar>\$)",
    re.MULTILINE,
)
_HARMFUL = re.compile(
    r"\\(?:href|url|includegraphics|html\w*|rule|kern|mkern|hskip|mskip|mspace|hspace|vspace|raisebox|[gex]?def|let|futurelet|global"
    r"|(?:re)?newcommand|providecommand|require|input|include|char|mathchoice|label|ref|Huge|huge)(?![a-zA-Z])"
    r"|\\\\\s*\[\s*-?[\d.]{3}|(?:\{[^{}]*){60}"
)
_UNKNOWN_ENVIRONMENT = {"equation": "aligned", "multline": "aligned", "eqnarray": "aligned", "flalign": "aligned"}


def rendered(text: str) -> str:
    """`text` as Markdown for `st.markdown`, with its formulas in KaTeX's notation and everything else defused."""
    return "".join(_pieces(tamed(text)))


def formula_or_text(answer: str) -> str:
    """A reference answer on one line: as a formula where it is written in LaTeX, else as it stands."""
    answer = answer.strip()
    answer = answer.strip("$") or answer
    return _formula(answer, display=False) if re.search(r"\\[a-zA-Z]|[\^_]", answer) else f"**{inline(answer)}**"


def _pieces(text: str) -> Iterator[str]:
    """Walk through the text once: formulas and code are copied in a safe form, prose in between is defused."""
    missing: set[str] = set()
    place = prose_from = 0
    while found := _OPENERS.search(text, place):
        piece, end = _piece(text, found, missing)
        if end < 0:
            place = found.end()
            continue
        yield _prose(text[prose_from : found.start()])
        yield piece
        place = prose_from = end
    yield _prose(text[prose_from:])


def _piece(text: str, found: re.Match[str], missing: set[str]) -> tuple[str, int]:
    """The safe form of what opens at `found`, and where it ends (-1: nothing opens here, it is prose)."""
    kind, start = found.lastgroup, found.end()
    if kind == "fence":
        return _fence(text, start, found[0].strip())
    if kind == "escaped":
        return r"\$", start
    if kind == "boxed":
        end = _closing_brace(text, start, missing)
        return _formula(text[found.start() : max(end, 0)], display=False), end
    if kind == "dollar":
        end = _find(text, "$", start, missing)
        return (_formula(text[start:end], display=False), end + 1) if _is_formula(text, start, end) else (r"\$", start)
    closer = {"dollars": "$$", "square": r"\]", "round": r"\)", "tick": found[0]}.get(kind or "")
    closer = closer or rf"\end{{{found['name']}}}"
    end = _find(text, closer, start, missing)
    if end < 0:
        return "", -1
    inside, after = text[start:end], end + len(closer)
    if kind == "tick":
        return _inline_code(inside), after
    if not inside.strip():
        return _prose(text[found.start() : after]), after
    return _formula(_environment(found["name"], inside) if kind == "name" else inside, display=kind != "round"), after


def _find(text: str, closer: str, start: int, missing: set[str]) -> int:
    """Like `str.find`, but a closer that was once not found is not looked for again: hostile text costs linear time."""
    if closer in missing:
        return -1
    end = text.find(closer, start)
    if end < 0:
        missing.add(closer)
    return end if end - start <= MOST_FORMULA_LETTERS or closer[0] == "`" else -1


def _is_formula(text: str, start: int, end: int) -> bool:
    """`$5 and $6` is money: a formula has no space inside its dollars, no digit after, and keeps to its paragraph."""
    inside, after = text[start : max(end, start)], text[end + 1 : end + 2]
    return bool(inside) and inside == inside.strip() and not after.isdigit() and "\n\n" not in inside


def _closing_brace(text: str, start: int, missing: set[str]) -> int:
    """Where the brace that opened before `start` closes; once that is not so, it is not tried again."""
    depth = 1
    for place in range(start, start if "}" in missing else min(len(text), start + MOST_FORMULA_LETTERS)):
        depth += {"{": 1, "}": -1}.get(text[place], 0) if text[place - 1] != "\\" else 0
        if not depth:
            return place + 1
    missing.add("}")
    return -1


def _environment(name: str, inside: str) -> str:
    """KaTeX knows the starred and inner environments only within a display; numbered ones lose their numbers."""
    plain = name.rstrip("*")
    name = _UNKNOWN_ENVIRONMENT.get(
        plain, {"align": "aligned", "gather": "gathered", "alignat": "alignedat"}.get(plain, plain)
    )
    return rf"\begin{{{name}}}{inside}\end{{{name}}}"


def _formula(tex: str, *, display: bool) -> str:
    tex = re.sub(r"(?<!\\)\$", r"\\$", tex.strip())
    if _HARMFUL.search(tex) or len(tex) > MOST_FORMULA_LETTERS:
        return _inline_code(tex)
    tex = re.sub(r"\n\s*\n+", "\n", tex)
    return f"\n\n$$\n{tex}\n$$\n\n" if display else f"${tex}$".replace("\n", " ")


def _inline_code(text: str) -> str:
    text = re.sub(r"\s*\n\s*", " ", text)
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if text.strip() else fence + " " + fence


def _fence(text: str, start: int, opener: str) -> tuple[str, int]:
    """A fenced block keeps its text and loses its language: Streamlit would run `mermaid` as a drawing."""
    line_end = text.find("\n", start)
    if line_end < 0:
        return "", -1
    closer = re.compile(rf"^[ \t]{{0,3}}{re.escape(opener[0])}{{{len(opener)},}}[ \t]*$", re.MULTILINE)
    closed = closer.search(text, line_end + 1)
    body = text[line_end + 1 : closed.start() if closed else len(text)].rstrip("\n")
    fence = "`" * max(3, max(map(len, re.findall("`+", body)), default=0) + 1)
    return f"\n{fence}text\n{body}\n{fence}\n", closed.end() if closed else len(text)


def _prose(text: str) -> str:
    """Prose between formulas: what Markdown and Streamlit would act on becomes plain letters.

    Bold, lists, quotes and tables stay. A line ends where the model ended it, for many models write one step a line.
    """
    text = re.sub(r"(?m)^([ \t>]*)#{1,6}[ \t]+(\S.*?)[ \t#]*$", r"\1**\2**", text.replace("\\", "\\\\"))
    text = re.sub(r"[`$\[\]<#]|&(?=[#\w])", r"\\\g<0>", text)
    text = re.sub(r"(?m)^([ \t>]*)([=-])(?=[=\- \t]*$)", r"\1\\\2", text)
    text = re.sub(r"(?m)^[ \t]*>[> \t]{6,}", lambda found: found[0].replace(">", r"\>"), text)
    text = re.sub(r"(?m)^(?:\t| {4,})[ \t]*", "   ", text)
    text = re.sub(r"(?<=[^\n ])[ ]*\n(?=[^\n])", "  \n", text)
    text = re.sub(r":(?=\S)", f":{JOINER}", text)
    text = re.sub(r"(?i)\bwww(?=\.)|(?<=\S)@(?=\S)|~(?=~~)", rf"\g<0>{JOINER}", text)
    return re.sub(
        r"(?<!\S)(?:\\?<->|->|\\?<-|--|>=|\\?<=|~=)(?!\S)", lambda found: found[0][:-1] + JOINER + found[0][-1], text
    )


def inline(text: str, most: int = 300) -> str:
    """A name, id or sentence that is not ours, on one line of Markdown, with nothing in it taking effect."""
    line = " ".join(text.split())
    head, tail, left_out = shortened(line, most)
    safe = _prose(f"{head} … {tail}" if left_out else head)
    return re.sub(r"[*_~|>]|^[-+]|^\d+(?=[.)])", r"\\\g<0>", safe)


def unbroken(title: str) -> str:
    """A title in which p and its value stay on one line."""
    return title.replace("(p = ", "(p\u00a0=\u00a0")
