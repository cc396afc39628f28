"""The door for people: sign-in pages, the gate, and the portal behind it.

Run it with ``streamlit run app.py``: only that command hears all options (a bare ASGI server does not).
"""

import streamlit as st
from starlette.middleware import Middleware

from pages._shell import startup
from pages._shell.gate import Gate
from pages._shell.session_routes import ROUTES, find_session

startup.refuse_unsafe()
app = st.App(
    "pages/_shell/portal.py",
    routes=ROUTES,
    middleware=[Middleware(Gate, find=find_session, rules=startup.gate_rules())],
    lifespan=startup.lifespan,
    on_script_error=startup.show_script_error,
)
