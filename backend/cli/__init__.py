"""The command line: everything the pages can do. `--json` prints JSON and nothing else on stdout."""

from backend.cli import (
    boundary,
    claims,
    comparisons,
    engines,
    exports,
    grading,
    imports,
    runs,
    sampling,
    scoring,
    shares,
    training_logs,
    trees,
)
from backend.cli.asking import app

__all__ = [
    "app",
    "boundary",
    "claims",
    "comparisons",
    "engines",
    "exports",
    "grading",
    "imports",
    "runs",
    "sampling",
    "scoring",
    "shares",
    "training_logs",
    "trees",
]
