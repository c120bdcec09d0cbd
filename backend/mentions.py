"""Whether a text mentions its reference answer as a whole: in a box, near its end, or anywhere."""

import re
from functools import lru_cache

from backend.answers import last_boxed, stated_reference
from backend.normal_forms import canonical

NEAR_END = 120
"""Characters before the end of a text that count as near it."""
LONGEST_REFERENCE = 200


def mention(text: str, reference: str) -> str | None:
    """Return where a text mentions the reference answer: `boxed`, `end` or `text`; None where it does not.

    A number is mentioned only as a whole number, a word only as a whole word: 12 is not in 3.12, 120 or x12.
    """
    pattern, wanted = _pattern(reference)
    if pattern is None:
        return None
    boxed = last_boxed(text)
    if boxed and canonical(boxed) == wanted:
        return "boxed"
    if pattern.search(text[-NEAR_END:]):
        return "end"
    return "text" if pattern.search(text) else None


@lru_cache(maxsize=4096)
def _pattern(reference: str) -> tuple[re.Pattern[str] | None, str]:
    stated = stated_reference(reference)
    if not stated or len(stated) > LONGEST_REFERENCE:
        return None, ""
    before = r"(?<![\w.,])" if stated[0].isalnum() else r"(?<!\w)"
    after = r"(?![\w%])(?![.,]\d)" if stated[-1].isalnum() else r"(?!\w)"
    return re.compile(before + re.escape(stated) + after), canonical(stated)
