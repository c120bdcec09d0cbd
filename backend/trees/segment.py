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
LOOK_AHEAD = 64
"""Characters behind a place that are read to tell what it is: more than a turn of thought or a tag is long."""

Since = tuple[int, bool, int]
"""From where a text can be read on: behind a step, whether that is a border of what is thought, and how many characters
had to be read to tell."""
BEGIN: Since = (0, True, 0)

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
    ends = [end for end, _, _ in step_ends(text)]
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def step_ends(text: str, since: Since = BEGIN) -> Iterator[tuple[int, Since, int]]:
    """Yield where each step ends, in order, reading no farther than the steps that are asked for (and one more).

    Beside each end: from where reading on gives this and all later ends again, and how many characters had to be read
    to tell; a text that begins with as many of the same has the same ends up to here. Reading on gives the place itself
    first, as an end.
    """
    start, apart, _ = since
    ready = start
    for at, hard, seen in _breaks(text, start, since[2]):
        if not hard and at - start < LONGEST:
            piece = text[start:at].strip()
            if len(piece) < SHORTEST or (piece[-1] == ":" and _DISPLAY.match(text, at)):
                continue
        if ready:
            yield ready, since, seen
        if at - start > LONGEST:
            for cut in _cuts(text, start, at):
                yield cut, since, seen
        start, ready, apart = at, at, hard
        since = (start, apart, seen)
    seen = len(text) + 1
    if start < len(text):
        if ready and (apart or len(text) - start >= LONGEST or len(text[start:].strip()) >= SHORTEST):
            yield ready, since, seen
        for cut in _cuts(text, start, len(text)):
            yield cut, since, seen
    if text:
        yield len(text), since, seen


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


def _breaks(text: str, at: int, seen: int) -> Iterator[tuple[int, bool, int]]:
    """Yield where a step may end, whether it must (at the border of what is thought), and how far was read for that."""
    closing, search, last, length = _Closing(text, seen), _MARK.search, at, len(text)
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
            yield offset, hard, max(closing.seen, at + LOOK_AHEAD)


def _behind_white(text: str, at: int) -> int:
    found = _WHITE.match(text, at)
    return found.end() if found else at


class _Closing:
    """Finds what closes a fence or a display; each kind of closing sign is searched through the text only once."""

    def __init__(self, text: str, seen: int) -> None:
        self._text = text
        self._next: dict[str, int] = {}
        self.seen = seen
        """How many characters of the text had to be read for what was found so far."""

    def behind(self, sign: str, start: int, end: int) -> int:
        """Return the offset behind the span that the sign at [start, end) opens, or `end` where it opens none.

        What holds a reasoning tag is no span.
        """
        fence = sign[0] in "`~"
        if fence and self._text[max(0, start - 8) : start].rpartition("\n")[2].strip(" "):
            return end
        closing = _CLOSES.get(sign) or sign.replace("begin", "end")
        close = self._find(closing, end)
        farthest = len(self._text) if fence else end + LONGEST_DISPLAY
        far = not 0 <= close <= farthest
        self.seen = max(self.seen, (farthest if far else close) + LOOK_AHEAD)
        return end if far or self._tag_before(close, end) else close + len(closing)

    def _tag_before(self, close: int, after: int) -> bool:
        return any(self._text.find(tag, after, close) >= 0 for tag in ("<think>", "</think>"))

    def _find(self, closing: str, after: int) -> int:
        known = self._next.get(closing)
        if known is None or 0 <= known < after:
            known = self._next[closing] = self._text.find(closing, after)
        return known
