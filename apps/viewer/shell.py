"""Streamlit's script: the page around the viewer, and the settings that need Python. Frames don't pass through it."""

from __future__ import annotations

import streamlit as st

from apps.viewer.server import PATH, STATIC
from apps.viewer.settings_form import settings_form
from apps.viewer.shown import shown

icon = str(STATIC / "icon.svg")  # one of Streamlit's own names would be fetched from elsewhere
st.set_page_config(page_title="squeezeseg", page_icon=icon, layout="wide", initial_sidebar_state="collapsed")
st.html(f"<style>{(STATIC / 'shell.css').read_text('utf-8')}</style>")
with st.sidebar:
    settings_form(shown())
st.iframe(f"{PATH}/", height=600)
