"""`python -m bench [imports|estimator|pages|sampling|trees]`: run the named benchmarks, or all."""

import sys

from bench import estimator, imports, pages, sampling, trees

ALL = {
    "estimator": estimator.main,
    "imports": imports.main,
    "pages": pages.main,
    "sampling": sampling.main,
    "trees": trees.main,
}

for name in sys.argv[1:] or ALL:
    ALL[name]()
