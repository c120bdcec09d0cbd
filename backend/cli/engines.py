"""The commands about the local engine."""

import sys
from typing import Annotated

import typer

from backend.cli.asking import AsJson, Database, app, print_json, print_plain, refuse, respond, use
from backend.commands.engines import local_status
from backend.config import settings
from backend.errors import AppError
from backend.sampling import engine as local
from backend.sampling import environment

engine = typer.Typer(no_args_is_help=True, help="The vLLM server that the program starts itself.")
app.add_typer(engine, name="engine")


@engine.command()
def start(
    model: Annotated[str, typer.Argument(help="A model's folder, its Hugging Face id, or one of the tiny family.")],
    seed: Annotated[int | None, typer.Option(help="The engine's seed; a fresh one unless said.")] = None,
    scoring: Annotated[bool, typer.Option("--scoring", help="Keep no prefixes, as scoring needs.")] = False,
    max_model_len: Annotated[int | None, typer.Option(min=1, help="The longest text, in tokens.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it is ready.")] = True,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Start the engine with a model, in place of the one that runs; it ends by itself when nobody uses it."""
    use(database)
    said = {"model": model, "seed": seed, "scoring": scoring, "max_model_len": max_model_len, "wait": wait}
    respond("engine_start", said, as_json)


@engine.command()
def stop(as_json: AsJson = False, database: Database = None) -> None:
    """Stop the engine."""
    use(database)
    answer = {"stopped": local.stop(settings().database)}
    print_json(answer) if as_json else print_plain(answer)


@engine.command()
def status(as_json: AsJson = False, database: Database = None) -> None:
    """Tell how the engine and its environment stand, and which servers are configured."""
    use(database)
    try:
        answer = local_status(settings().database)
    except AppError as error:
        refuse(error, as_json)
        return
    print_json(answer) if as_json else print_plain(answer)


@engine.command()
def served(
    name: Annotated[str, typer.Argument(help="A configured server's name, or a URL.")],
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Ask a server what it is and which models it serves."""
    use(database)
    respond("served", {"engine": name}, as_json)


@engine.command()
def build(as_json: AsJson = False) -> None:
    """Install vLLM into an environment of its own; it takes a few minutes."""

    def tell(step: str, done: int, of: int) -> None:
        print(f"{min(done + 1, of)} of {of}: {step}" if done < of else "done", file=sys.stderr, flush=True)

    try:
        built = environment.build(tell)
    except AppError as error:
        refuse(error, as_json)
        return
    answer = {"state": built.state, "folder": built.folder, "flavour": built.flavour, "seconds": built.seconds}
    print_json(answer) if as_json else print_plain(answer)
