"""`python -m tests.statistics [SUITE…]`: run the simulations in full, print what they measured."""

import multiprocessing
import os
import sys
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

from tests.statistics.report import ERRORS, Row, printed
from tests.statistics.shapes import SEED
from tests.statistics.suites import FULL, SUITES, Task, tasks


def main(names: list[str]) -> int:
    """Run the suites of these names, or all; return the exit code."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    begin, wanted = time.monotonic(), [task for name in names or SUITES for task in tasks(name, FULL)]
    print(f"Seed {SEED}. ! marks a bound that is missed by more than {ERRORS:g} standard errors of the simulation.\n")
    spawn = multiprocessing.get_context("spawn")
    found: dict[str, list[Row]] = defaultdict(list)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as workers:
        for rows in workers.map(Task.run, wanted):
            for row in rows:
                found[row.table].append(row)
    for rows in found.values():
        print(printed(rows), end="\n\n", flush=True)
    broken = [row for rows in found.values() for row in rows if row.broken]
    total = sum(map(len, found.values()))
    print(f"{total:,} numbers in {time.monotonic() - begin:,.0f} s, {len(broken):,} of them past their bounds.")
    for row in broken:
        print(f"  {row.table}: {row.case}, {row.column}: {row.value:.3f}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
