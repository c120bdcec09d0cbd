"""The server: Streamlit's UI script, our own HTTP routes beside it, and the door before both."""

import sys
from importlib import import_module
from importlib.util import find_spec

import streamlit as st
from starlette.middleware import Middleware

from backend import api
from backend.access.door import Door
from backend.access.returning import Returning
from backend.access.rules import rules
from backend.access.starting import require_safe_start
from backend.errors import AppError

import_module("backend.figures")  # Plotly takes a second to load: at the start, not under the first visitor.


def what_sign_in_lacks() -> str:
    """Say what Streamlit's sign-in lacks; nothing where it works."""
    if st.get_option("server.trustedUserHeaders"):
        return "Streamlit's server.trustedUserHeaders would let every visitor say who they are"
    if not st.secrets.load_if_toml_exists() or "auth" not in st.secrets:
        return "Streamlit's secrets have no [auth]"
    return "" if find_spec("authlib") else "Authlib is not installed"


address = st.get_option("server.address")
try:
    lacks = what_sign_in_lacks() if rules().sign_in == "oidc" else ""
    require_safe_start(address, rules(), sign_in_works=not lacks, what_lacks=lacks)
except AppError as error:
    sys.exit(f"{error}")

app = st.App(
    "pages/router.py",
    routes=api.routes,
    middleware=[Middleware(Door, rules=rules(), address=address), Middleware(Returning, rules=rules())],
    lifespan=api.lifespan(address, int(st.get_option("server.port"))),
)
