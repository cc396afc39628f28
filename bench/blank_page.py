"""One button, and how often it was pressed."""

import streamlit as st

st.session_state["pressed"] = st.session_state.get("pressed", 0) + int(st.button("Press"))
st.text(f"pressed {st.session_state['pressed']}")
