"""What the program can be asked, as functions from plain arguments to plain data: the command line and the app's
HTTP interface both call these, so that each gives the same answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.commands import boundary, comparisons, grading, imports, runs
from backend.commands.plain import Plain


@dataclass(frozen=True)
class Command:
    """One command: what answers it, and whether it changes the store."""

    answer: Callable[..., Plain]
    writes: bool = False


COMMANDS: Mapping[str, Command] = {
    "import": Command(imports.import_, writes=True),
    "formats": Command(imports.formats),
    "inspect": Command(imports.inspect),
    "save_mapping": Command(imports.save_mapping),
    "verifiers": Command(grading.verifiers),
    "regrade": Command(grading.regrade, writes=True),
    "verdicts": Command(grading.verdicts),
    "count_by": Command(grading.count_by, writes=True),
    "correct": Command(grading.correct, writes=True),
    "hygiene": Command(grading.hygiene),
    "runs": Command(runs.runs),
    "counts": Command(runs.counts),
    "curve": Command(comparisons.curves),
    "compare": Command(comparisons.compare),
    "histogram": Command(boundary.histogram),
    "trajectories": Command(boundary.trajectories),
    "solved": Command(boundary.solved),
    "lucky": Command(boundary.lucky),
    "lenient": Command(boundary.lenient),
    "samples": Command(runs.samples),
    "delete": Command(runs.delete, writes=True),
    "demo": Command(imports.demo, writes=True),
}
