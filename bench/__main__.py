"""`python -m bench [comparisons|estimator|hostile|imports|pages|trees]`: run the named benchmarks, or all."""

import sys

from bench import comparisons, estimator, hostile, imports, pages, trees

ALL = {
    "comparisons": comparisons.main,
    "estimator": estimator.main,
    "hostile": hostile.main,
    "imports": imports.main,
    "pages": pages.main,
    "trees": trees.main,
}

for name in sys.argv[1:] or ALL:
    ALL[name]()
