"""`python -m bench [imports|estimator|pages]`: run the named benchmarks, or all."""

import sys

from bench import estimator, imports, pages

ALL = {"estimator": estimator.main, "imports": imports.main, "pages": pages.main}

for name in sys.argv[1:] or ALL:
    ALL[name]()
