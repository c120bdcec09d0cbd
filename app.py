"""The server: Streamlit's UI script, and our own HTTP routes beside it."""

from importlib import import_module

import streamlit as st

from backend import api

import_module("backend.figures")  # Plotly takes a second to load: at the start, not under the first visitor.

app = st.App(
    "pages/router.py",
    routes=api.routes,
    lifespan=api.lifespan(st.get_option("server.address") or "127.0.0.1", int(st.get_option("server.port"))),
)
