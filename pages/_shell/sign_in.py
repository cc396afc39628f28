"""Who is at this browser: read from the cookie of the present connection on every rerun, never from session state."""

import streamlit as st

COOKIES = ("__Host-guanjia_session", "guanjia_session")


def current_token() -> str:
    """The session token this connection's handshake carried, or nothing. Tests replace this one function."""
    for name in COOKIES:
        token = st.context.cookies.get(name)
        if token:
            return str(token)
    return ""


def present_address() -> str:
    """The network address of this connection, as far as it is known."""
    address = st.context.ip_address
    return address if isinstance(address, str) else ""
