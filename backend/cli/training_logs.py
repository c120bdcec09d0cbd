"""The commands about training logs."""

from backend.cli.asking import AsJson, Database, app, respond, use


@app.command("training-logs")
def training_logs(as_json: AsJson = False, database: Database = None) -> None:
    """List the training logs, with the models that came out of them."""
    use(database)
    respond("training_logs", {}, as_json)


@app.command("delete-training-log")
def delete_training_log(log: str, as_json: AsJson = False, database: Database = None) -> None:
    """Delete a training log by its name."""
    use(database)
    respond("delete_training_log", {"log": log}, as_json)
