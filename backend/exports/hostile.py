"""Text that is not ours, made fit for any page: what it says stays, what would rule over the text around it goes."""

import re

_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_STACKED = re.compile(f"([{_MARKS}]{{3}})[{_MARKS}]+")
"""Accents upon accents, which would climb over the lines above."""
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def tamed(text: str) -> str:
    """`text` without control signs, with signs that turn the direction of writing spelled out, lines ended by \\n."""
    text = _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _STACKED.sub(r"\1", _BIDI.sub(lambda found: f"U+{ord(found[0]):04X}", text))


def shortened(text: str, most: int) -> tuple[str, str, int]:
    """Head and tail of a text that is longer than `most` letters, and how many letters were left out between them."""
    if len(text) <= most:
        return text, "", 0
    half = most // 2
    return text[:half], text[-half:], len(text) - 2 * half
