"""`python -m bench [comparisons|estimator|hostile|imports|pages|sampling|trees]`: run the named benchmarks, or all."""

import sys

from bench import comparisons, estimator, hostile, imports, pages, sampling, trees

ALL = {
    "comparisons": comparisons.main,
    "estimator": estimator.main,
    "hostile": hostile.main,
    "imports": imports.main,
    "pages": pages.main,
    "sampling": sampling.main,
    "trees": trees.main,
}

wanted = sys.argv[1:] or list(ALL)
if unknown := [name for name in wanted if name not in ALL]:
    sys.exit(f"There is no benchmark {unknown[0]}; there are {', '.join(ALL)}.")
for name in wanted:
    ALL[name]()
