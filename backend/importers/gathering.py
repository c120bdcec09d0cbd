"""Samples of nested files, gathered by column until they fill a batch."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from backend.errors import BadInput
from backend.importers.documents import Row, json_text
from backend.importers.rows import Given, batch_of, with_rejected
from backend.importers.source import Source
from backend.importers.values import OtherScale, Unfit, told
from backend.store.incoming import Batch, Form, Rejection

ROWS_A_BATCH = 50_000
CHARACTERS_A_BATCH = 16 * 1024 * 1024
SAMPLES_LOOKED_AT = 500


class Gathering:
    """Rows by column, and the reasons of those that could not be read."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._lines: list[int] = []
        self._columns: dict[str, list[Any]] = {}
        self._rejected: list[Rejection] = []
        self._weight = 0
        self._notes: Counter[str] = Counter()

    @property
    def full(self) -> bool:
        """Whether enough rows have come for a batch."""
        return len(self._lines) >= ROWS_A_BATCH or self._weight >= CHARACTERS_A_BATCH

    def reject(self, line: int, reason: str) -> None:
        """Take note of a row that could not be read."""
        self._rejected.append(Rejection(line, reason))

    def note(self, text: str | None) -> None:
        """Take note of what somebody should know of how a sample was read."""
        if text:
            self._notes[text] += 1

    def add(
        self,
        line: int,
        same: Mapping[str, Any],
        lists: Mapping[str, Sequence[Any]] | None = None,
        once: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one sample, or, with `lists`, one for each entry of these lists, which are of one length.

        `same` holds for all of them. `once` is said by the first and the last of them only: what belongs to
        the problem need not be repeated for each sample.
        """
        before = len(self._lines)
        count = 1 if lists is None else len(next(iter(lists.values()), ()))
        self._lines += [line] * count
        for name, value in same.items():
            if value is not None:
                self._column(name, before).extend([value] * count)
        for name, values in (lists or {}).items():
            self._column(name, before).extend(values)
        for name, value in (once or {}).items():
            if value is not None and count:
                self._column(name, before).extend([value, *[None] * (count - 2), value][:count])
        texts = lists.get("completion", ()) if lists else (same.get("completion"),)
        self._weight += sum(len(t) for t in texts if isinstance(t, str))

    def _column(self, name: str, length: int) -> list[Any]:
        column = self._columns.setdefault(name, [])
        column.extend([None] * (length - len(column)))
        return column

    def batch(self, given: Given, bytes_done: int, form: Form = Form.SAMPLES) -> Batch:
        """Return what was gathered, checked, and begin anew."""
        for name in self._columns:
            self._column(name, len(self._lines))
        checked = replace(batch_of(self._lines, self._columns, form, given), notes=self._notes)
        batch = with_rejected(checked, self._rejected, bytes_done)
        self._begin()
        return batch


def batches(
    source: Source,
    given: Given,
    rows: Iterable[tuple[int, Row]],
    add: Callable[[Gathering, int, dict[str, Any]], None],
    form: Form = Form.SAMPLES,
) -> Iterator[Batch]:
    """Yield batches of the samples that `add` finds in each row; it raises Unfit where a row holds none.

    Raises BadInput where one of them shows that the scores before it were taken for what they are not.
    """
    gathered = Gathering()
    for line, row in rows:
        try:
            if isinstance(row, str):
                raise Unfit(row)
            add(gathered, line, row)
        except OtherScale as other:
            raise BadInput(f"{source.name}, line {line}: {other}.", "Nothing was stored.") from other
        except Unfit as unfit:
            gathered.reject(line, str(unfit))
        if gathered.full:
            yield gathered.batch(given, source.bytes_done, form)
    yield gathered.batch(given, source.bytes_done, form)


def label(value: Any) -> Any:
    """Return an answer as text or number; what is nested as JSON text."""
    return json_text(value) if isinstance(value, list | dict) else value


def id_of(*said: Any) -> str:
    """Name a problem that has no id by what it says."""
    text = "\0".join(v.strip() if isinstance(v, str) else json_text(v) for v in said)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:12]


def lists_of(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return the lists of a row that lie side by side; raises Unfit where one is no list or of another length."""
    found: dict[str, list[Any]] = {}
    for name in names:
        value = row.get(name)
        if value is None:
            continue
        if not isinstance(value, list):
            raise Unfit(f"{name} is a {type(value).__name__}; it must be a list, one entry a sample")
        found[name] = value
    lengths = {len(v) for v in found.values()}
    if len(lengths) > 1:
        said = ", ".join(f"{name} has {len(values)}" for name, values in found.items())
        raise Unfit(f"its lists differ in length: {said}; they must have one entry a sample")
    return found


def needed(row: Mapping[str, Any], *names: str) -> Any:
    """Return the first of these that a row has; raises Unfit where it has none."""
    for name in names:
        if row.get(name) is not None:
            return row[name]
    raise Unfit(f"{' or '.join(names)} is missing")


def name_of(row: Mapping[str, Any], name: str) -> str | int | float:
    """Return what a row calls its problem; raises Unfit where that is missing, or neither text nor number."""
    value = needed(row, name)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    raise Unfit(f"{name} is {told(value)}; it must be text or a number")


def counting(verdicts: Iterable[Mapping[str, Any]]) -> str | None:
    """Return which of a file's verifiers counts: of those that judge any of these samples, the first.

    verdicts: for each sample, what each verifier says of it, in order of preference. The same one counts for all
    samples: where it is silent, the sample is unscored, whatever the others say.
    """
    order: dict[str, bool] = {}
    for said in islice(verdicts, SAMPLES_LOOKED_AT):
        for name, verdict in said.items():
            order[name] = order.get(name, False) or verdict is not None
        if next(iter(order.values()), False):
            break
    return next((name for name, judges in order.items() if judges), None)


def without_none(**columns: Any) -> dict[str, Any]:
    """Return the columns that say something."""
    return {name: value for name, value in columns.items() if value is not None}
