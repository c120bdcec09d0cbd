r"""The normal form of an answer: the same text for every spelling of one answer.

It serves equality and majority votes, and keeps values: nothing is rounded, and no float is ever made.
"""

import re
from fractions import Fraction

LONGEST_ANSWER = 2_000
"""Characters of an answer; what is longer is prose that lost its end."""
DEEPEST_LIST = 6
"""How deep lists within lists are looked into."""
LONGEST_NUMBER = 400
"""Digits of a number whose value is compared; longer ones are compared as text."""

_SIGNS = str.maketrans(
    {
        "−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "π": "\\pi ", "∞": "\\infty ", "√": "\\sqrt ", "°": "",
        "\u00a0": " ", "\u202f": "", "\u2009": "", "（": "(", "）": ")", "，": ",", "％": "%", "∪": "\\cup ",
        "€": "", "£": "", "≤": "\\le ", "≥": "\\ge ", "’": "'",
    }
)  # fmt: skip
_REWRITES = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"\\(?:left|right|displaystyle|limits|bigl?|bigr|Bigl?|Bigr)(?![a-zA-Z])\.?", ""),
        (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
        (r"\\!|(?<=\d)\\,(?=\d{3})", ""),
        (r"\\(?:[,;: ]|q?quad(?![a-zA-Z]))|~", " "),
        (r"\\[()\[\]]|\\?\$", ""),
        (r"\\%", "%"),
        (r"\^\s*(?:\\circ(?![a-zA-Z])|\{\s*\\circ\s*\})|\\degree(?![a-zA-Z])", ""),
        (r"\\(?:cdot|times)(?![a-zA-Z])\s?", "*"),
        (r"\\(leq?|geq?)(?![a-zA-Z])", lambda m: "\\" + m[1][:2]),
        (r"(?<=\d)\{,\}(?=\d{3})", ","),
        (r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname|boldsymbol|mathit)\s*\{([^{}]*)\}", r" \1 "),
        (r"\\frac\s*(\d)\s*(\d)(?!\d)", r"\\frac{\1}{\2}"),
        (r"\\frac\s*(\d)\s*\{", r"\\frac{\1}{"),
        (r"\\sqrt\s*(\w)", r"\\sqrt{\1}"),
        (r"([_^])\{(\w)\}", r"\1\2"),
    )
)
_NAMED = re.compile(r"\\?[A-Za-z]{1,10}(?:_\w|'|\([a-z]\))?\s*(?:=|\\in(?![a-zA-Z]))\s*([^=]+)")
_UNIT = re.compile(
    r"(.*[\d})])(?:\s+(?!(?:pi|or|and|to|by|mod)\b)(?:[A-Za-z][A-Za-z./'-]+|[msghL])(?:\s?\^?[23])?(?:\s+[A-Za-z./'-]+)*"
    r"|\s?(?:%|percent|cm|mm|km|kg|ml|mL)(?:\^[23])?)\s*",
    re.A | re.S,
)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.A)
_DECIMAL = re.compile(r"([-+]?)(\d*)(?:\.(\d*))?", re.A)
_RATIO = re.compile(r"(?P<sign>[-+]?)\(?\s*(?P<above>[-+]?\d+)\s*\)?\s*/\s*\(?\s*(?P<below>[-+]?\d+)\s*\)?", re.A)
_FRACTION = re.compile(
    r"(?P<sign>[-+]?)\s*(?:(?P<whole>\d+)\s*)?\\frac\s*\{\s*(?P<above>[-+]?\d+)\s*\}\s*\{\s*(?P<below>[-+]?\d+)\s*\}",
    re.A,
)
_MIXED = re.compile(r"(?P<sign>[-+]?)\s*(?P<whole>\d+)\s+(?P<above>\d+)\s*/\s*(?P<below>\d+)", re.A)
_SCIENTIFIC = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*(?:\*\s*10\s*\^\s*\{?|[eE])([-+]?\d{1,3})\}?", re.A)
_PLAIN_WORDS = re.compile(r"[^\W\d_]+(?:(?:\s+|['.-]|, ?)[^\W\d_]+)*\.?")


def undressed(answer: str) -> str:
    """Return an answer without the dress of LaTeX and markdown: spacing, sizes, `\\text{}`, dollars, degrees."""
    text = answer.strip().strip("*`").translate(_SIGNS)
    for pattern, by in _REWRITES:
        text = pattern.sub(by, text)
    return text.strip().rstrip(".").strip()


def number(answer: str) -> Fraction | None:
    """Return the number that an answer is, its unit or percent sign left aside; None where it is none."""
    text = undressed(answer[:LONGEST_ANSWER])
    named = _NAMED.fullmatch(text)
    text = named[1].strip() if named else text
    value = _value(text)
    if value is None and (unit := _UNIT.fullmatch(text)):
        value = _value(unit[1])
    return value


def _value(text: str) -> Fraction | None:
    """Return the value of a plain number, fraction, mixed or scientific number."""
    text = text.strip()
    if len(text) > LONGEST_NUMBER:
        return None
    if text.startswith("(") and text.endswith(")") and "," not in text and "(" not in text[1:]:
        text = text[1:-1].strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    found = _DECIMAL.fullmatch(text)
    if found and (found[2] or found[3]):
        return Fraction(f"{found[1]}{found[2] or 0}.{found[3] or 0}")
    if found := _SCIENTIFIC.fullmatch(text):
        return Fraction(found[1]) * Fraction(10) ** int(found[2])
    for pattern in (_FRACTION, _MIXED, _RATIO):
        if (found := pattern.fullmatch(text)) and int(found["below"]):
            whole = int(found.groupdict().get("whole") or 0)
            value = whole + Fraction(int(found["above"]), int(found["below"]))
            return -value if found["sign"] == "-" else value
    return None


def canonical(answer: str) -> str:
    """Return the normal form of an answer: equal for spellings of one answer, for comparison and majority votes.

    Numbers become whole or reduced (`0.50` and `\\frac12` both `1/2`; `073` is `73`; `1,000` is `1000`), units,
    percent signs and a leading `x =` go, sets are sorted, words are lower case. `50%` is `50`, never `1/2`.
    """
    return " ".join(answer.split()) if len(answer) > LONGEST_ANSWER else _normal(answer, DEEPEST_LIST)


def _normal(answer: str, depth: int) -> str:
    value = number(answer)
    if value is not None:
        return str(value)
    text = undressed(answer)
    named = _NAMED.fullmatch(text)
    text = named[1].strip() if named else text
    if _PLAIN_WORDS.fullmatch(text):
        return " ".join(text.rstrip(".").split()).casefold()
    return (_listed(text, depth - 1) if depth else None) or "".join(text.split())


def _listed(text: str, depth: int) -> str | None:
    """Return the normal form of a tuple, interval, set or bare list; None for what is no list."""
    opening = next((o for o in ("\\{", "(", "[") if text.startswith(o)), "")
    closing = next((c for c in ("\\}", ")", "]") if text.endswith(c)), "") if opening else ""
    inner = text[len(opening) : len(text) - len(closing)] if closing else text
    parts = _parts(inner)
    if not parts or (len(parts) == 1 and not closing):
        return None
    normal = [_normal(part, depth) for part in parts]
    if opening == "\\{":
        normal.sort()
    if len(parts) == 1 and opening == "(":
        return normal[0]
    return f"{opening}{','.join(normal)}{closing}" if closing else ",".join(normal)


def _parts(text: str) -> list[str]:
    """Split at the commas outside all brackets; empty where the brackets are not balanced or a part is empty."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return []
        if sign == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return [] if depth or not all(part.strip() for part in parts) else parts
