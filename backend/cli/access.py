"""The commands about who may do what."""

from typing import Annotated, Literal

import typer

from backend.cli.asking import (
    DONE,
    NOTHING,
    AsJson,
    Database,
    Limit,
    Offset,
    app,
    done,
    print_json,
    print_plain,
    respond,
    use,
)
from backend.commands.access import DEFAULT_DAYS

token = typer.Typer(no_args_is_help=True, help="Tokens with which programs ask the app.")
app.add_typer(token, name="token")

Days = Annotated[int, typer.Option(min=1, help="After how many days it ends.")]
RoleName = Annotated[Literal["viewer", "sampler", "curator"], typer.Option(help="What it may do.")]


@token.command()
def create(
    name: str,
    role: RoleName = "viewer",
    days: Days = DEFAULT_DAYS,
    never_ends: Annotated[bool, typer.Option("--never-ends", help="Let it last until it is revoked.")] = False,
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Make a token; it is printed once, and kept as a hash."""
    use(database)
    respond("token_create", {"name": name, "role": role, "days": None if never_ends else days}, as_json)


@token.command("list")
def list_(as_json: AsJson = False, database: Database = None) -> None:
    """List the tokens."""
    use(database)
    respond("token_list", {}, as_json, empty_is_fine=True)


@token.command()
def revoke(
    token: Annotated[str, typer.Argument(help="The token's id or name, as `token list` tells it.")],
    as_json: AsJson = False,
    database: Database = None,
) -> None:
    """Take a token back."""
    use(database)
    respond("token_revoke", {"token": token}, as_json)


@app.command("audit-list")
def audit_list(limit: Limit = 100, offset: Offset = 0, as_json: AsJson = False, database: Database = None) -> None:
    """List who did what, the newest first."""
    use(database)
    found = done("audit_list", {"limit": limit, "offset": offset}, as_json)
    if as_json:
        print_json(found)
    else:
        print_plain(found["deeds"])
    raise typer.Exit(DONE if found["deeds"] else NOTHING)
