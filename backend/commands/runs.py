"""Commands about runs and their samples."""

from backend.commands.plain import Plain, plain, records
from backend.errors import NotFound
from backend.store import problem_queries, queries
from backend.store.database import Store
from backend.store.writes import delete_run, rename_run, set_model

RUN_COLUMNS = (
    *("run", "key", "model", "training", "base_model", "checkpoint_step", "benchmark", "problems", "samples"),
    *("correct", "no_answer", "errors", "unscored", "temperature", "top_p", "max_tokens", "verifier"),
)


def runs(store: Store) -> list[dict[str, Plain]]:
    """List the runs."""
    frame = queries.runs(store).rename(columns={"run": "key"}).rename(columns={"name": "run"})
    return records(frame[list(RUN_COLUMNS)])


def counts(store: Store, run: str) -> list[dict[str, Plain]]:
    """List n and c of each problem of a run."""
    return records(queries.correct_counts(store, [queries.find_run(store, run)])[["problem", "n", "c"]])


def samples(store: Store, run: str, problem: str) -> list[dict[str, Plain]]:
    """List a run's samples of one problem with their texts, as rows that can be imported again."""
    key = queries.find_run(store, run)
    known = queries.runs(store).set_index("run").loc[key]
    frame = queries.samples_with_texts(store, key, problem)
    if frame.empty:
        raise NotFound(
            f"Run {run} has no samples of problem {problem}.", "`python -m backend counts` lists its problems."
        )
    stated = problem_queries.problem(store, str(known["benchmark"]), problem)
    correct = frame["verdict"].map({"correct": True, "incorrect": False, "no_answer": False})
    head = {"benchmark": known["benchmark"], "problem_id": problem}
    if stated:
        head |= {"question": stated.question, "reference_answer": stated.reference_answer}
    head |= {"model": known["model"], "training": known["training"], "base_model": known["base_model"],
             "checkpoint_step": known["checkpoint_step"], "run": known["name"]}  # fmt: skip
    settings = {s: known[s] for s in ("temperature", "top_p", "max_tokens")}
    frame = frame.drop(columns=["metadata"])
    frame.insert(3, "correct", correct)
    return [plain({**head, **row, **settings}) for row in frame.to_dict("records")]


def delete(store: Store, run: str) -> dict[str, Plain]:
    """Delete a run and give its space back."""
    return {"deleted": run, "bytes_freed": delete_run(store, queries.find_run(store, run))}


def rename(store: Store, run: str, name: str) -> dict[str, Plain]:
    """Give a run another name; links to it stay."""
    rename_run(store, queries.find_run(store, run), name)
    return {"renamed": run, "name": name.strip()}


def model(
    store: Store,
    model: str,
    *,
    training: str | None = None,
    base_model: str | None = None,
    checkpoint_step: int | None = None,
) -> dict[str, Plain]:
    """Say how a model came to be; what is left out is taken back."""
    set_model(store, model, training=training, base_model=base_model, checkpoint_step=checkpoint_step)
    return {"model": model, "training": training, "base_model": base_model, "checkpoint_step": checkpoint_step}
