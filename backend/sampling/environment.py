"""The environment that vLLM lives in: built once, in the background, one step after another, told as it goes."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from backend.config import ROOT, settings
from backend.errors import EngineFailed

TAIL_LINES = 12
CPU_TORCH = "https://download.pytorch.org/whl/cpu"
"""Where PyTorch keeps its builds for processors alone, asked only where the machine's own sources have none."""
STEPS = ("making the environment", "installing vLLM", "trying it out")
BEGIN_SECONDS = 60.0
"""How long a building may take to write its first note, on a busy machine."""

_builders: list["subprocess.Popen[bytes]"] = []
"""Those that this process started, so that none that has ended stays in the system's list."""
_beginning = threading.Lock()


class Built(StrEnum):
    """How the environment stands."""

    MISSING = "missing"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The environment, and how far its building is."""

    state: Built
    flavour: str
    """`gpu` or `cpu`."""
    folder: str
    step: str = ""
    done: int = 0
    of: int = len(STEPS)
    seconds: float = 0.0
    """How long the building has been going on, or took."""
    error: str = ""
    log: tuple[str, ...] = ()
    """The last lines of the building's log."""


def flavour() -> str:
    """Tell which vLLM fits this machine, by looking for an NVIDIA GPU."""
    return "gpu" if shutil.which("nvidia-smi") and Path("/proc/driver/nvidia/gpus").exists() else "cpu"


def requirements() -> Path:
    """Return the file that pins this machine's vLLM."""
    return ROOT / ("requirements-vllm.txt" if flavour() == "gpu" else "requirements-vllm-cpu.txt")


def python() -> Path:
    """Return the environment's Python."""
    return settings().engine_environment / "bin" / "python"


def _note() -> Path:
    folder = settings().engine_environment
    return folder.with_name(f"{folder.name}.build.json")


def _log() -> Path:
    return _note().with_suffix(".log")


def environment() -> Environment:
    """Return how the environment stands."""
    folder = settings().engine_environment
    whole = Environment(state=Built.READY, flavour=flavour(), folder=str(folder), done=len(STEPS))
    note = _noted()
    if note.get("state", Built.READY) == Built.READY and not (folder / "made").exists():
        return Environment(state=Built.MISSING, flavour=flavour(), folder=str(folder))
    if not note:
        return whole
    told = {**asdict(whole), **{k: note[k] for k in ("state", "step", "done", "error")}, "log": log_tail()}
    seconds = note["seconds"] if note["state"] != Built.BUILDING else time.time() - note["began"]
    found = Environment(**{**told, "state": Built(note["state"]), "seconds": seconds})
    if found.state is Built.BUILDING and not alive(int(note["pid"])):
        return Environment(**{**asdict(found), "state": Built.FAILED, "error": "The building was interrupted."})
    return found


def _noted() -> dict[str, Any]:
    """What a building wrote down last; empty where none was begun."""
    try:
        return dict(json.loads(_note().read_text()))
    except (OSError, ValueError):
        return {}


def log_tail(path: Path | None = None) -> tuple[str, ...]:
    """Return the last lines of a log, by default the building's."""
    try:
        with (path or _log()).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
            return tuple(file.read().decode(errors="replace").splitlines()[-TAIL_LINES:])
    except OSError:
        return ()


def alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        pass
    if Path("/proc/self").exists():
        return False
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, 0)
        return True
    return False


def require() -> Path:
    """Return the environment's Python. Raises EngineFailed, saying what to do, where it is not there."""
    found = environment()
    if found.state is Built.READY and python().exists():
        return python()
    if found.state is Built.BUILDING:
        raise EngineFailed(f"vLLM is still being installed: {found.step}.", "Wait for it; `engine status` tells more.")
    what = f"could not be installed: {found.error}" if found.state is Built.FAILED else "is not installed"
    raise EngineFailed(f"vLLM {what}", "`python -m backend engine build` installs it; it takes a few minutes.")


def begin_building() -> Environment:
    """Begin to build the environment, in a process that outlives this one, and return how it stands.

    Raises EngineFailed where it is there, is being built, or the building does not begin.
    """
    with _beginning:
        if environment().state is Built.READY:
            raise EngineFailed("vLLM is installed already.", "`engine build` installs it anew.")
        _require_no_building()
        gently = [nice] if (nice := shutil.which("nice")) else []
        builder = subprocess.Popen(
            [*gently, sys.executable, "-m", "backend", "engine", "build"], cwd=ROOT, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _builders[:] = [*(ours for ours in _builders if ours.poll() is None), builder]
        deadline = time.monotonic() + BEGIN_SECONDS
        while _noted().get("pid") != builder.pid:
            if builder.poll() is not None or time.monotonic() > deadline:
                raise EngineFailed("The installing of vLLM did not begin.", "`engine build` shows why.")
            time.sleep(0.05)
        return environment()


def _require_no_building() -> None:
    if environment().state is Built.BUILDING:
        raise EngineFailed("vLLM is being installed already.", "`engine status` tells how far it is.")


def build(tell: Callable[[str, int, int], None] | None = None) -> Environment:
    """Build the environment anew and return how it stands. Raises EngineFailed where a step fails, or one is under way.

    tell: told each step, how many are done, and of how many.
    """
    _require_no_building()
    folder, began = settings().engine_environment, time.time()
    _log().parent.mkdir(parents=True, exist_ok=True)
    _log().write_text("")

    def note(state: Built, done: int, error: str = "") -> None:
        step = STEPS[min(done, len(STEPS) - 1)]
        said = {"state": state, "step": step, "done": done, "error": error, "pid": os.getpid(), "began": began}
        part = _note().with_suffix(".part")
        part.write_text(json.dumps({**said, "seconds": time.time() - began}))
        part.replace(_note())
        if tell:
            tell(step, done, len(STEPS))

    for done, do in enumerate((_make, _install, _try)):
        note(Built.BUILDING, done)
        try:
            do(folder)
        except (OSError, EngineFailed) as error:
            note(Built.FAILED, done, str(error))
            raise EngineFailed(f"vLLM could not be installed: {error}", f"{_log()} has the whole log.") from error
    (folder / "made").write_text(flavour())
    note(Built.READY, len(STEPS))
    return environment()


def _make(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])


def _install(folder: Path) -> None:
    """Install what is pinned and nothing else: vLLM asks for packages that text models never use."""
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    try:
        _run([*pip, "-r", str(requirements())])
    except EngineFailed:
        torch = next((line for line in requirements().read_text().splitlines() if line.startswith("torch==")), "")
        if "+cpu" not in torch or not any(f"No matching distribution found for {torch}" in line for line in log_tail()):
            raise
        _run([*pip, "--index-url", CPU_TORCH, torch])
        _run([*pip, "-r", str(requirements())])


def _try(folder: Path) -> None:
    _run([str(folder / "bin" / "python"), "-c", "import vllm.entrypoints.openai.api_server"])


def _run(command: Sequence[str]) -> None:
    """Run one command, its output into the log. Raises EngineFailed with its last line of error."""
    with _log().open("ab") as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        lines = [line for line in log_tail() if line.strip()]
        words = next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "")
        raise EngineFailed(f"{words.strip()} (exit code {done.returncode}).")
