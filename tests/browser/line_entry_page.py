"""The page of that application: a slow server that refuses some lines and saves the others once for their number.

The address says how: ``delay`` milliseconds for a run, ``whole=1`` without a fragment, ``lose=n`` loses the first n
answers, ``store`` names what is entered. A line with an ``x`` in it is refused; the ``x`` is at fault.
"""

import json
import os
import time
from pathlib import Path

import streamlit as st

from pages._shell.line_entry import BoxWords, LineAnswer, SentLine, line_box, unanswered_lines

WORDS = BoxWords("Next form", "unit answers", "{n} on the way", "{n} kept here", "To mend")
SAVED = Path(os.environ["LINES_SAVED"])


def save(line: SentLine) -> LineAnswer:
    at = line.text.find("x")
    if at >= 0:
        return LineAnswer(line.id, ok=False, says=f"refused: {line.text}", at=at, length=1)
    saved = [json.loads(row)["id"] for row in SAVED.read_text(encoding="utf-8").splitlines()]
    if line.id not in saved:
        with SAVED.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"id": line.id, "text": line.text}) + "\n")
    return LineAnswer(line.id, ok=True, says=f"saved: {line.text}")


def entry() -> None:
    delay, chosen = int(st.query_params.get("delay", 0)) / 1000, 2 if st.session_state.get("second") else 1
    store = st.query_params.get("store", f"round-{chosen}.user-1")
    lines = unanswered_lines("entry", store)
    time.sleep(delay / 2)
    answers = [save(line) for line in lines]
    lost = st.session_state.get("lost", 0)
    if lines and lost < int(st.query_params.get("lose", 0)):
        st.session_state["lost"], answers = lost + 1, []
    time.sleep(delay / 2)
    st.caption(f"{len(lines)} lines in this run")  # a place where a run can be interrupted
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    line_box(key="entry", store=store, answers=answers, words=WORDS)
    st.button("Nothing")
    st.text(f"entry runs: {st.session_state['runs']}")


st.session_state["whole"] = st.session_state.get("whole", 0) + 1
if st.session_state.get("elsewhere"):
    st.text("No box here")
elif "whole" in st.query_params:
    entry()
else:
    st.fragment(entry)()
st.text(f"whole runs: {st.session_state['whole']}")
st.toggle("Something else")
st.toggle("Second round", key="second")
st.toggle("Elsewhere", key="elsewhere")
