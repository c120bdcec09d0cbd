"""The command line: everything the pages can do. `--json` prints JSON and nothing else on stdout."""

from backend.cli import boundary, comparisons, grading, imports, runs
from backend.cli.asking import app

__all__ = ["app", "boundary", "comparisons", "grading", "imports", "runs"]
