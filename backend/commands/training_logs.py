"""Commands about training logs."""

from backend.commands.plain import Plain, records
from backend.store import training_logs as stored
from backend.store.database import Store


def training_logs(store: Store) -> list[dict[str, Plain]]:
    """List the training logs, with the models that came out of them."""
    return records(stored.training_logs(store))


def delete_training_log(store: Store, log: str) -> dict[str, Plain]:
    """Delete a training log."""
    return {"deleted": log, "steps": stored.delete_training_log(store, log)}
