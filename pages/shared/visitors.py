"""Who looks at the page, and what of it they may use; the sign-in that stands in the way of strangers."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from backend.access.admission import admit
from backend.access.roles import Role, Visitor, Way, turned_away
from backend.access.rules import Rules, of_claims, of_headers, rules
from backend.commands import COMMANDS
from backend.commands.gate import for_its_owner, refusal
from backend.config import settings
from pages.shared.texts import inline


def visitor() -> Visitor:
    """Return who looks at the page, as the server's door or Streamlit's own sign-in vouch for them."""
    known = rules()
    if known.sign_in == "oidc":
        return of_claims(known, st.user.to_dict())
    if known.sign_in == "proxy":
        return _of_proxy(known)
    return Visitor(name="local", role=Role.VIEWER if settings().read_only else Role.CURATOR, way=Way.PAGE)


def _of_proxy(known: Rules) -> Visitor:
    said = st.context.headers
    return of_headers(known, said.get_all(known.user_header), said.get_all(known.groups_header))


def may(command: str, owner: str | None = None) -> bool:
    """Tell whether the visitor may run a command, on a thing of this owner, so that a page can leave it out."""
    by = visitor()
    return refusal(command, for_its_owner(COMMANDS[command], owner, by), by) is None


def refused(command: str) -> str | None:
    """Return the sentence that tells why the visitor may not run a command; None where they may."""
    error = refusal(command, COMMANDS[command], visitor())
    return None if error is None else str(error)


def show_refused(command: str) -> bool:
    """Say why the visitor may not run a command, where they may not; tell whether that was so."""
    why = refused(command)
    if why:
        st.caption(f":material/lock: {inline(why, 400)}")
    return why is not None


def let_in() -> bool:
    """Tell whether the visitor may see anything, and let the server's door know whether their files are welcome.

    Whoever may not sees why, and how to sign in; no page is run for them.
    """
    by = visitor()
    context = get_script_run_ctx()
    if context is not None:
        admit(context.session_id, uploads=refusal("import", COMMANDS["import"], by) is None)
    if by.role > Role.NONE:
        return True
    _show_turned_away(by)
    return False


def _show_turned_away(by: Visitor) -> None:
    known = rules()
    st.title("Reasoning Boundary Explorer", anchor=False)
    message, hint = turned_away(by)
    if known.sign_in == "proxy" and not by.name:
        hint = "Open the app through the address that signs you in; this one was reached past it."
    st.info(hint, title=inline(message), icon=":material/lock:")
    if known.sign_in == "oidc" and not by.name:
        if st.user.to_dict().get("is_logged_in"):
            st.caption("The identity provider told no verified e-mail address of yours.")
            st.button("Sign out", key="sign_out", on_click=st.logout)
        else:
            st.button("Sign in", key="sign_in", type="primary", on_click=st.login, args=_provider(known))
    elif known.sign_in == "oidc":
        st.button("Sign out", key="sign_out", on_click=st.logout)


def _provider(known: Rules) -> tuple[str, ...]:
    return (known.provider,) if known.provider else ()


def show_who() -> None:
    """Say in the sidebar who is signed in with which role, or that nothing can be changed here."""
    by = visitor()
    if by.way is Way.PAGE:
        if settings().read_only:
            st.caption(":material/lock: Read only: nothing can be changed here.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{inline(by.name, 80)} · {by.role.word}{' · read only' if settings().read_only else ''}")
        if by.way is Way.SIGN_IN:
            st.button("Sign out", key="sign_out", on_click=st.logout, type="tertiary", icon=":material/logout:")
