r"""How a step is spelt: the form in which spellings of one step are equal, and the claims that it makes.

Only dress is taken off: white space, markdown, list numbers, LaTeX's sizes and spacing, the capital letter of a word.
Numbers, operators and variables stay as they are, so that two steps of one form say the same.
"""

import re
import unicodedata
from collections import Counter

_ABOVE = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ", "0123456789+-ni")
_BELOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
_SMALL = re.compile(r"([⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ]+)|([₀₁₂₃₄₅₆₇₈₉₊₋]+)|([¼-¾⅐-⅞])")
"""Small digits, which NFKC would make plain ones: x² is no x2, and 2½ no 21/2."""
_DELIMITER = re.compile(r"(\$\$|\$|\\\(|\\\)|\\\[|\\\])")
_OPENS = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_ITEM = re.compile(r"^[ \t]*(?:\#{1,6}[ \t]+|[-*+•][ \t]+|\d{1,3}[.)][ \t]+(?=[^\W\d_]|[*$\\]))+", re.M)
_STEP_NUMBER = re.compile(r"^[ \t]*step \d{1,3}[:.)][ \t]*", re.M | re.I)
_BOLD = re.compile(r"(?<![^\s(\[\"'])\*\*(?=\S)([^*\n]{1,300}?)(?<=\S)\*\*(?![\w*])")
_NAME = re.compile(r"(?<![\\A-Za-z])[A-Z][a-z]+(?![A-Za-z])")
_IN_FORMULAS = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"\\(?:left|right|displaystyle|limits|[bB]ig{1,2}[lr]?)(?![a-zA-Z])\.?", ""),
        (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
        (r"\\!|(?<=\d)\\,(?=\d{3})|(?<=\d)\{,\}(?=\d{3})", ""),
        (r"\\(?:[,;: ]|q?quad(?![a-zA-Z]))|~", " "),
        (r"\\frac\s*(\d)\s*(\d)(?!\d)", r"\\frac{\1}{\2}"),
        (r"([_^])\{(\w)\}", r"\1\2"),
        (r"(?<=\d)\s+(?=\d)|(\\[A-Za-z]+)\s+(?=[A-Za-z])", lambda m: f"{m[1] or ''}\0"),
        (r"\s+", ""),
        (r"\0", " "),
    )
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_RELATION = re.compile(r"[=<>≤≥≠]|\\(?:[lg]eq?|ne)(?![a-z])")
_BETWEEN = re.compile(r"[\s$,;:]+")
_AROUND = re.compile(r"\s*([-+*/=<>^×÷·−≤≥≠])\s*")


def normal_step(text: str) -> str:
    """Return the normal form of a step: equal for two spellings of one step."""
    text = (text if text.isascii() else _compatible(text)).strip()
    parts, closing, out = _DELIMITER.split(_undressed(text)), "", []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            out.append(_formula(part) if closing else _NAME.sub(lambda m: m[0].lower(), part))
        elif closing in ("", part):
            closing = "" if closing else _OPENS.get(part, "")
            out.append("$")
        else:
            out.append(part)
    return " ".join("".join(out).split())


def normal_operation(text: str) -> str:
    """Return the normal form of one operation of Countdown: without blanks, its signs plain, its order as it is."""
    return "".join(text.translate(str.maketrans("×÷−", "*/-")).split())


def claims(step: str) -> tuple[tuple[str, int], ...]:
    """Return what a normal step claims: its numbers and equations, each with how often it stands there, in order.

    Steps that claim different things are never one step, however alike their words are.
    """
    pieces = _BETWEEN.split(_AROUND.sub(r"\1", step))
    found = Counter(_NUMBER.findall(step)) + Counter(p.rstrip(".") for p in pieces if _RELATION.search(p))
    return tuple(sorted(found.items()))


def _compatible(text: str) -> str:
    """Return the text with compatible signs made one (NFKC), small digits marked as such and the minus sign plain."""
    return unicodedata.normalize("NFKC", _SMALL.sub(_marked, text)).replace("−", "-")


def _marked(found: re.Match[str]) -> str:
    above, below, fraction = found.groups()
    if above:
        return f"^{{{above.translate(_ABOVE)}}}" if len(above) > 1 else f"^{above.translate(_ABOVE)}"
    if below:
        return f"_{{{below.translate(_BELOW)}}}" if len(below) > 1 else f"_{below.translate(_BELOW)}"
    return f" {unicodedata.normalize('NFKC', fraction).replace('⁄', '/')} "


def _undressed(text: str) -> str:
    return _STEP_NUMBER.sub("", _BOLD.sub(r"\1", _ITEM.sub("", text)))


def _formula(text: str) -> str:
    for pattern, by in _IN_FORMULAS:
        text = pattern.sub(by, text)
    return text
