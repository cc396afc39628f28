"""The unit of the speed bars: a page with one button, behind the portal's own gate, policy and start-up settings."""

import streamlit as st
from starlette.middleware import Middleware

from pages._shell import startup
from pages._shell.gate import Gate

app = st.App(
    "blank_page.py",
    middleware=[Middleware(Gate, find=lambda _token: 1, rules=startup.gate_rules())],
)
