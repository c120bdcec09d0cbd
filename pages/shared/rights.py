"""Who is at the page, and whether they may launch sampling here."""

import streamlit as st

from backend.commands.sampling import may_launch
from backend.config import settings


def user() -> str | None:
    """Return the address of whoever is signed in; else None, or nothing where launching asks for somebody."""
    email = st.user.get("email")
    return str(email) if email else "" if settings().launchers else None


def refusal() -> str | None:
    """Say why this visitor may not launch sampling; None where they may."""
    if may_launch(user()):
        return None
    return f"Only {', '.join(settings().launchers)} may launch sampling here; watching is open to everyone."
