"""`python -m tests.statistics [SUITE…]`: run the simulations in full, print what they measured."""

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.statistics.report import ERRORS, Row, printed
from tests.statistics.shapes import SEED
from tests.statistics.suites import FULL, SUITES, Task, tasks


def main(names: list[str]) -> int:
    """Run the suites of these names, or all; return the exit code."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    begin, every = time.monotonic(), list[Row]()
    print(f"Seed {SEED}. ! marks a bound that is missed by more than {ERRORS:g} standard errors of the simulation.\n")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as workers:
        for name in names or SUITES:
            rows = [row for found in workers.map(Task.run, tasks(name, FULL)) for row in found]
            for table in dict.fromkeys(row.table for row in rows):
                print(printed([row for row in rows if row.table == table]), end="\n\n", flush=True)
            every += rows
    broken = [row for row in every if row.broken]
    print(f"{len(every):,} numbers in {time.monotonic() - begin:,.0f} s, {len(broken):,} of them past their bounds.")
    for row in broken:
        print(f"  {row.table}: {row.case}, {row.column}: {row.value:.3f}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
