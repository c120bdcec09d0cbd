"""The command line: everything the pages can do. `--json` prints JSON and nothing else on stdout."""

from backend.cli import (
    access,
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
    serving,
    shares,
    training_logs,
    trees,
)
from backend.cli.asking import app

__all__ = [
    "access",
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
    "serving",
    "shares",
    "training_logs",
    "trees",
]
