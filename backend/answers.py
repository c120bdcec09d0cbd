r"""The final answer of a completion, found.

What the writer marked is looked for first, and only then what stands last: the last balanced `\boxed{}`, the last
`<answer>` tag, `#### x`, "the answer is x", the last number or formula. Any text gives an
answer or None, in time linear in its length.
"""

import re
from collections.abc import Callable

from backend.normal_forms import LONGEST_ANSWER, undressed

MOST_TRIES = 40
"""How many marks, from the last one back, are tried before the next kind of mark is."""
TAIL = 2_000
"""How far from the end an unmarked answer is looked for."""

_BOXED = re.compile(r"\\(?:boxed|fbox)\s*(?:\{|([^\s{}$\\]{1,100}))")
_SAID = re.compile(
    r"answers?(?:[ *_]*[:=]|(?: to [^.\n:]{1,80}?| choice| option)? (?:is|are|would be|should be|must be)\b"
    r"|[*_]*\s*\n)[\s:*_=]*",
    re.I,
)
_SENTENCE_END = re.compile(r"\.(?=\s|\*|$)|。|,? (?:because|since|so|as|which|and therefore)\b|, (?=[a-z]{3})")
_CLOSED_BY = {"\\[": "\\]", "\\(": "\\)", "$$": "$$", "$": "$"}
_HASHED = re.compile(r"[-+]?[$€£]?\s?[-+]?[\d.,/ ]*\d\s?%?", re.A)
_NUMBER_AT_END = re.compile(r"(?:(?<![\w.])[-−+]\s?|(?<=\()[-−])?[$€£]?(?:\d[\d,]*\.?\d*|\.\d+)(?:/\d+)?\s?\\?%?", re.A)
_FORMULA = re.compile(r"\$([^$\n]{1,300})\$|\\\((.{1,300}?)\\\)|\\\[(.{1,500}?)\\\]", re.S)
_WORDS = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{3,}")
_WORKED = re.compile(r"(?:A|Answer|Final answer) ?: ?(\S.{0,300})", re.I)
_TAG = re.compile(r"<answer>(.{0,2000}?)</answer>", re.S | re.I)

_LETTER = re.compile(r"\W*([A-Z])(?![\w'’])")
_LONE_LETTER = re.compile(r"[\s(\[*{$\"'<]*([A-Za-z])[\s)\].*}$:,\"'>]*")
_OPTION = re.compile(r"\b(?:options?|choices?|letter) \W{0,4}([A-Z])(?![\w'’])")
_PARENTHESISED = re.compile(r"\(([A-Z])\)")


def final_answer(completion: str) -> str | None:
    """Return the final answer as it is written, without its mark; None where the text holds none."""
    return marked_answer(completion) or last_expression(completion)


def marked_answer(completion: str) -> str | None:
    """Return the answer that the writer marked as such; None where no mark is found."""
    for find in (last_boxed, _tagged, _hashed, _said):
        found = find(completion)
        if found and (answer := found.strip().strip("*").strip()):
            return answer
    return None


def _from_last(text: str, marks: tuple[str, ...], read: Callable[[str, int], str | None]) -> str | None:
    """Return what is read at the last of the marks at which something can be read."""
    end = len(text)
    for _ in range(MOST_TRIES):
        start = max(text.rfind(mark, 0, end) for mark in marks)
        if start < 0:
            return None
        if found := read(text, start):
            return found
        end = start
    return None


def last_boxed(text: str) -> str | None:
    r"""Return the content of the last `\boxed{}` (or `\fbox{}`) whose braces are balanced."""
    return _from_last(text, ("\\boxed", "\\fbox"), _box_at)


def _box_at(text: str, start: int) -> str | None:
    found = _BOXED.match(text, start)
    content = (found[1] or _until_closed(text, found.end())) if found else None
    return content if content and content.strip() else None


def _until_closed(text: str, start: int) -> str | None:
    """Return what stands between an opened brace and the one that closes it; `\\{` and `\\}` close nothing."""
    depth, at = 1, start
    stop = min(len(text), start + LONGEST_ANSWER)
    while at < stop:
        sign = text[at]
        at += 2 if sign == "\\" else 1
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return text[start : at - 1]
    return None


def _tagged(text: str) -> str | None:
    return _from_last(text, ("<answer>", "<Answer>", "<ANSWER>"), _tag_at)


def _tag_at(text: str, start: int) -> str | None:
    found = _TAG.match(text, start)
    return found[1] if found else None


def _hashed(text: str) -> str | None:
    return _from_last(text, ("####",), _hashes_at)


def _hashes_at(text: str, start: int) -> str | None:
    """Return what follows `####`, unless that is a heading above more text."""
    line = text[start + 4 : start + LONGEST_ANSWER].lstrip("#").partition("\n")[0].strip()
    last = not text[start + 4 : start + LONGEST_ANSWER].lstrip("#").partition("\n")[2].strip("# \n\t")
    return line if line and (last or _HASHED.fullmatch(line)) else None


def _said(text: str) -> str | None:
    return _from_last(text, ("answer", "Answer", "ANSWER"), _said_at)


def _said_at(text: str, start: int) -> str | None:
    """Return what "answer is …" or "Answer: …" says, up to the end of the sentence or the line."""
    found = _SAID.match(text, start)
    return _sentence(text[found.end() : found.end() + LONGEST_ANSWER]) if found else None


def _sentence(text: str) -> str:
    for opening, closing in _CLOSED_BY.items():
        if text.startswith(opening):
            inner, closed, _ = text[len(opening) :].partition(closing)
            if closed and "\n\n" not in inner:
                return inner.strip()
    line = text.partition("\n")[0]
    found = _SENTENCE_END.search(line)
    return (line[: found.start()] if found else line).strip(" *_\"'")


def last_expression(text: str) -> str | None:
    """Return the last number of a text, or the right side of the last formula where the number is part of one."""
    tail = text[-TAIL:]
    last = max((tail.rfind(digit) for digit in "0123456789"), default=-1)
    if last < 0:
        return None
    for found in reversed(list(_FORMULA.finditer(tail))):
        if found.start() < last < found.end():
            inner = next(group for group in found.groups() if group)
            if not _WORDS.search(inner):
                return inner.rpartition("=")[2].strip() or None
    numbers = [found[0] for found in _NUMBER_AT_END.finditer(tail)]
    return numbers[-1].rstrip(".,").strip() if numbers else None


def final_choice(completion: str) -> str | None:
    """Return the letter that a completion chooses, in upper case; None where it chooses none."""
    for found in (last_boxed(completion), _tagged(completion), _said(completion)):
        if found and (letter := choice_letter(found)):
            return letter
    lines = [line for line in completion[-TAIL:].split("\n") if line.strip()]
    if lines and (lone := _LONE_LETTER.fullmatch(lines[-1])):
        return lone[1].upper()
    for pattern in (_OPTION, _PARENTHESISED):
        if letters := pattern.findall(completion[-TAIL:]):
            return str(letters[-1])
    start = re.match(r"\s*\(?([A-Z])[.):\n]", completion)
    return start[1] if start else None


def choice_letter(answer: str) -> str | None:
    r"""Return the letter that an answer is or begins with: `B`, `(b)`, `B. Paris`, `\text{(B)}`; None for others."""
    plain = undressed(answer).strip()
    if lone := _LONE_LETTER.fullmatch(plain):
        return lone[1].upper()
    found = _OPTION.match(plain) or _LETTER.match(plain)
    return found[1] if found else None


def stated_reference(reference: str) -> str:
    r"""Return the answer that a reference states: what is boxed in it, follows its `####`, or ends a worked solution.

    A worked solution is one whose last line is `A: x` or `Answer: x`. Any other reference is an answer as it is.
    """
    worked = _WORKED.fullmatch(reference.rstrip().rpartition("\n")[2].strip())
    return (last_boxed(reference) or _hashed(reference) or (worked[1] if worked else reference)).strip()
