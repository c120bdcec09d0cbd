"""The script that the server runs for every view: page config, navigation, the link, the one error boundary."""

from pathlib import Path

import streamlit as st

from backend.errors import AppError
from pages.shared import freshness, link, messages, share_control, visitors

ICON = Path(__file__).parent / "shared" / "icon.svg"
"""A file of ours: for a name of Streamlit's the visitor's browser would ask another host."""

st.set_page_config(page_icon=ICON, layout="wide", initial_sidebar_state=200)
page = st.navigation(
    [
        st.Page("overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page("curves.py", title="Curves", icon=":material/show_chart:"),
        st.Page("boundary.py", title="Boundary", icon=":material/join_inner:"),
        st.Page("claims.py", title="Claims", icon=":material/fact_check:"),
        st.Page("problem.py", title="Problem", icon=":material/quiz:"),
        st.Page("tree.py", title="Tree", icon=":material/account_tree:"),
        st.Page("paths.py", title="Paths", icon=":material/route:"),
        st.Page("launch.py", title="Launch", icon=":material/rocket_launch:"),
        st.Page("shares.py", title="Shares", icon=":material/ac_unit:", url_path="share"),
        st.Page("library.py", title="Library", icon=":material/inventory_2:"),
        *(
            st.Page(link.forward_to(page), title=old.capitalize(), url_path=old, visibility="hidden")
            for old, page in link.OLD_PAGES.items()
        ),
    ],
    position="sidebar" if visitors.visitor().role else "hidden",
)
st.set_page_config(page_title=f"{page.title} · Reasoning Boundary Explorer")
link.open_page(page.url_path)
messages.begin()
share_control.begin()
top = st.container()
try:
    if visitors.let_in():
        freshness.begin()
        page.run()
        link.write_link()
        with st.sidebar:
            share_control.show_control(page.url_path)
            visitors.show_who()
        freshness.keep_fresh(page.url_path)
except AppError as error:
    with top:
        messages.show_error(error)
