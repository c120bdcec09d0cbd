"""Two runs on a benchmark whose names and texts do their worst."""

from pathlib import Path

import pytest

from backend.importers import import_file
from backend.store.database import Store
from tests.conftest import drawn, write_rows

HOSTILE = (
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "<!--<script>",
    "<style>@import 'http://127.0.0.1:9/x.css'</style>",
    "<svg onload=\"document.title='taken'\">",
    "<iframe src='http://127.0.0.1:9/'></iframe><base href='http://127.0.0.1:9/'>",
    "<meta http-equiv='refresh' content='0;url=http://127.0.0.1:9/'>",
    "![remote](http://127.0.0.1:9/remote.png) {{ 7 * 7 }} {% raw %} ${7*7}",
    '</pre></details></body><a href="javascript:alert(1)" autofocus onfocus="document.title=\'taken\'">',
    "\u202egnihton\u2066 \x00\x1b[31m \u2028 \u2029 ]]> &lt;script&gt;",
)
NAMES = ("<b>base</b><script>document.title='taken'</script>", '=HYPERLINK("http://127.0.0.1:9","rlvr")')


@pytest.fixture
def hostile_store(store: Store, tmp_path: Path) -> Store:
    """A base and an RLVR run; problem ids, statements, answers and completions hold the corpus."""
    for at, (name, training) in enumerate(zip(NAMES, ("base", "rlvr"), strict=True)):
        rows = [
            {**row, "question": text, "reference_answer": text, "answer": text, "completion": text, "level": text,
             "topic": text}
            for place, text in enumerate(HOSTILE)
            for row in drawn(f"{place} {text}", [draw % 2 == at or place % 3 == at for draw in range(6)],
                             benchmark="<i>sums</i>", model=name, run=name, training=training)
        ]  # fmt: skip
        import_file(store, write_rows(tmp_path / f"run-{at}.jsonl", rows), strict=True)
    return store


@pytest.fixture
def two_runs(store: Store, tmp_path: Path) -> Store:
    """Counts of 12 problems, 8 samples each, base the broader and RLVR the surer."""
    for name, training, solved in (("base", "base", 1), ("rlvr", "rlvr", 6)):
        rows = [
            row
            for number in range(12)
            for row in drawn(
                f"p{number:02}", [draw < (solved if number % 3 or name == "base" else 0) for draw in range(8)],
                benchmark="sums", model=name, run=name, training=training, temperature=1.0, question="1 + 1?",
                reference_answer="2", answer="-2", verifier="exact",
            )
        ]  # fmt: skip
        import_file(store, write_rows(tmp_path / f"{name}.jsonl", rows), strict=True)
    return store
