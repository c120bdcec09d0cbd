"""The command that starts the app."""

import os
import socket
import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer

from backend.access.rules import rules
from backend.access.starting import is_loopback, require_safe_start
from backend.cli.asking import Database, app, refuse, use
from backend.config import ROOT, settings
from backend.errors import AppError

Port = Annotated[int, typer.Option(min=1, max=65_535, help="The port to listen on.")]


@app.command()
def serve(
    address: Annotated[
        str, typer.Option(help="The address to listen on; others than this machine's need a sign-in.")
    ] = ("127.0.0.1"),
    port: Port = 8501,
    read_only: Annotated[bool, typer.Option("--read-only", help="Let nobody change anything.")] = False,
    database: Database = None,
) -> None:
    """Start the app; on an address that others reach, only with a sign-in or for reading only."""
    use(database)
    if read_only:
        os.environ["BOUNDARY_READ_ONLY"] = "1"
        settings.cache_clear()
    try:
        require_safe_start(address, rules(), sign_in_works=True)  # app.py asks Streamlit itself whether it does
    except AppError as error:
        refuse(error, as_json=False)
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    command += ["--server.address", address, "--server.port", str(port)]
    if not is_loopback(address):  # else Streamlit asks a host on the internet under which address it is seen from there
        command += [
            "--browser.serverAddress",
            urlsplit(f"//{rules().public_host or socket.getfqdn()}").hostname or address,
        ]
    os.execv(sys.executable, command)  # noqa: S606
