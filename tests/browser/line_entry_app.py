"""A small application around the box for one line after another, behind the portal's own gate and page policy."""

import streamlit as st
from starlette.middleware import Middleware

from pages._shell import startup
from pages._shell.gate import Gate

app = st.App(
    "line_entry_page.py",
    middleware=[Middleware(Gate, find=lambda _token: 1, rules=startup.gate_rules())],
)
