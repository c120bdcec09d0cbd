"""Completions on their way through the tree: where each stands, and who reads the steps for whom.

Reading is what a tree costs. Of texts that begin with the same characters only one is read; the others take its steps
as long as what had to be read for them is the same in both.
"""

from itertools import pairwise
from operator import attrgetter

from backend.trees.merge import Reading, Steps

SAME_AT_ONCE = 1_024
"""So many characters of two texts are compared at once."""
WORTH_FOLLOWING = 4_096
"""Two texts must be alike for so many characters more before one takes the other's steps."""


class Walk:
    """One distinct text on its way through the tree.

    It reads its own steps, or takes those of another whose text begins with the same characters, as long as it does.
    """

    __slots__ = ("_ahead", "_read", "_shared", "_steps", "at", "next", "row", "terminal", "text")

    def __init__(self, text: str | None, read: Reading, row: int) -> None:
        self.text = text or ""
        self.row = row
        self._read = read
        self._steps: Steps = read(text) if text else iter(())
        self._ahead: Walk | None = None
        self._shared = 0
        self.at = 0
        self.next = next(self._steps, None)
        self.terminal = 0

    def step(self) -> None:
        """Take the next step; whom this walk follows has taken it already."""
        if self.next is None:
            return
        coming = self._ahead.next if self._ahead else None
        if coming is None or coming.seen > self._shared:
            self.lead()
            coming = next(self._steps, None)
        self.at, self.next = self.next.end, coming

    def lead(self) -> None:
        """Follow nobody: read on from where this walk stands."""
        if self._ahead is not None and self.next is not None:
            self._steps = self._read(self.text, self.next.since)
            at = self.next.since[0]
            while at < self.next.end:
                at = next(self._steps).end
        self._ahead = None

    def follow(self, other: "Walk") -> None:
        """Follow a walk that has taken as many steps, if both texts are alike for a good while yet."""
        shared, size = 0, min(len(self.text), len(other.text))
        if other.next is not None and other.next.seen + WORTH_FOLLOWING <= size:
            while shared < size and self.text.startswith(other.text[shared : shared + SAME_AT_ONCE], shared):
                shared += SAME_AT_ONCE
        if other.next is None or shared < other.next.seen + WORTH_FOLLOWING:
            self.lead()
        else:
            self._ahead, self._shared, self._steps = other, min(shared, size), iter(())


def led(group: list[Walk]) -> list[Walk]:
    """Let each walk of a group follow the one whose text is the most like its own; return them in such order."""
    in_turn = sorted(group, key=attrgetter("text"))
    in_turn[0].lead()
    for before, walk in pairwise(in_turn):
        walk.follow(before)
    return in_turn
