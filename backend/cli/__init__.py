"""The command line: everything the pages can do. `--json` prints JSON and nothing else on stdout."""

from backend.cli import (
    access,
    boundary,
    claims,
    comparisons,
    exports,
    grading,
    imports,
    runs,
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
    "exports",
    "grading",
    "imports",
    "runs",
    "serving",
    "shares",
    "training_logs",
    "trees",
]
