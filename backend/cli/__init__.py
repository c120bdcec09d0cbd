"""The command line: everything the pages can do. `--json` prints JSON and nothing else on stdout."""

from backend.cli import comparisons, grading, imports, runs, trees
from backend.cli.asking import app

__all__ = ["app", "comparisons", "grading", "imports", "runs", "trees"]
