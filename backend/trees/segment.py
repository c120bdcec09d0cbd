"""Where the steps of a completion end: rules for prose and mathematics, reading from left to right and only once.

A step ends at a blank line, before a list item or a heading, and before a turn of thought ("Wait", "However"). Code
fences and displayed formulas are not cut at those places; a lead-in that ends in a colon stays with the formula that
it leads to; pieces of under 20 characters join a neighbour; steps of over 2,048 characters are cut between words.
Reasoning tags are never cut, and what is thought and what is answered never share a step. Put together again, the steps
are the text.
"""

import re
from collections.abc import Iterator

SHORTEST = 20
"""Characters of a step, white space at its ends aside, unless a reasoning tag or the text's end leaves it alone."""
LONGEST = 2_048
"""Characters of a step, about 512 tokens."""
LONGEST_DISPLAY = 4_096
"""Characters of a displayed formula; where the closing sign is farther away, the opening one opens nothing."""

_HEAD = r"[ \t]{0,8}(?:\#{1,6}[ ]|[-*+•][ ]|\d{1,3}[.)][ ]|\*\*\w)"
_TURN = r"""(?:(?:But[ ]w|W)ait|However|Alternatively|Hmm+|Actually|On[ ]second[ ]thought
    |Let[ ]me[ ](?:re-?|double[- ])?(?:check|evaluate|consider|examine|verify|think|try)|Let's[ ](?:check|verify))\b"""
_ENVIRONMENTS = (
    *("equation", "align", "aligned", "alignat", "gather", "gathered", "multline", "split", "eqnarray", "cases"),
    *("array", "matrix", "pmatrix", "bmatrix", "vmatrix", "tabular", "verbatim", "lstlisting"),
)
_MARK = re.compile(
    rf"""\n(?:[ \t\r]*+\n\s*+|(?={_HEAD}|{_TURN})) | \.[ ](?={_TURN}) | ![ ](?={_TURN}) | \?[ ](?={_TURN})
    | \$\$ | \\(?:\[|begin\{{(?:{"|".join(_ENVIRONMENTS)})\*?\}}) | ``` | ~~~ | <(?:think|/think)> """,
    re.X,
)
"""Each branch begins with a sign of its own, which lets the search pass over letters quickly."""
_DISPLAY = re.compile(r"\s*+(?:\$\$|\\\[|\\begin\{|```|~~~)")
_TAG = re.compile(r"<(?:think|/think)>")
_WHITE = re.compile(r"\s*+")
_CLOSES = {"$$": "$$", "\\[": "\\]", "```": "```", "~~~": "~~~"}


def segment(text: str) -> list[tuple[int, int]]:
    """Return the steps of a text as (start, end), each beginning where the one before ends, together the whole text."""
    ends = list(step_ends(text))
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def step_ends(text: str) -> Iterator[int]:
    """Yield where each step ends, in order, reading no farther than the steps that are asked for (and one more)."""
    start, ready, apart = 0, 0, True
    for at, hard in _breaks(text):
        if not hard and at - start < LONGEST:
            piece = text[start:at].strip()
            if len(piece) < SHORTEST or (piece[-1] == ":" and _DISPLAY.match(text, at)):
                continue
        if ready:
            yield ready
        if at - start > LONGEST:
            yield from _cuts(text, start, at)
        start, ready, apart = at, at, hard
    if start < len(text):
        if ready and (apart or len(text) - start >= LONGEST or len(text[start:].strip()) >= SHORTEST):
            yield ready
        yield from _cuts(text, start, len(text))
    if text:
        yield len(text)


def thinking_ends(text: str) -> int:
    """Return where the answer begins: behind the last `</think>`; the text's end where thinking never ended, else 0."""
    closed = text.rfind("</think>")
    if closed < 0:
        return len(text) if "<think>" in text else 0
    return _behind_white(text, closed + len("</think>"))


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where an overlong step is cut: behind a line or a word where there is one, never within a tag."""
    while end - start > LONGEST + SHORTEST:
        last, half = start + LONGEST, start + LONGEST // 2
        cut = text.rfind("\n", half, last) + 1 or text.rfind(" ", half, last) + 1 or last
        tag = text.rfind("<", cut - 8, cut)
        start = tag if tag > start and _TAG.match(text, tag) else cut
        yield start


def _breaks(text: str) -> Iterator[tuple[int, bool]]:
    """Yield where a step may end, and whether it must: at the border of what is thought."""
    closing, search, at, last, length = _Closing(text), _MARK.search, 0, 0, len(text)
    while found := search(text, at):
        start, at = found.span()
        sign = text[start]
        if sign in "$\\`~":
            at = closing.behind(found[0], start, at)
            continue
        hard, offset = sign == "<", at
        if hard:
            offset = start if found[0] == "<think>" else _behind_white(text, at)
            at = max(at, offset)
        if last < offset < length:
            last = offset
            yield offset, hard


def _behind_white(text: str, at: int) -> int:
    found = _WHITE.match(text, at)
    return found.end() if found else at


class _Closing:
    """Finds what closes a fence or a display; each kind of closing sign is searched through the text only once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._has_tags = "think>" in text
        self._next: dict[str, int] = {}

    def behind(self, sign: str, start: int, end: int) -> int:
        """Return the offset behind the span that the sign at [start, end) opens, or `end` where it opens none.

        What holds a reasoning tag is no span.
        """
        fence = sign[0] in "`~"
        if fence and self._text[max(0, start - 8) : start].rpartition("\n")[2].strip(" "):
            return end
        closing = _CLOSES.get(sign) or sign.replace("begin", "end")
        close = self._find(closing, end)
        far = close < 0 or (not fence and close - end > LONGEST_DISPLAY)
        return end if far or self._tag_before(close, end) else close + len(closing)

    def _tag_before(self, close: int, after: int) -> bool:
        return self._has_tags and any(0 <= self._find(tag, after) < close for tag in ("<think>", "</think>"))

    def _find(self, closing: str, after: int) -> int:
        known = self._next.get(closing)
        if known is None or 0 <= known < after:
            known = self._next[closing] = self._text.find(closing, after)
        return known
