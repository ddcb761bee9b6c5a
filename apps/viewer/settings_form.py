"""The form in Streamlit's sidebar: how the labels are made."""

from __future__ import annotations

from apps.viewer.shown import Shown
from projection import InputError

NETWORKS = ("squeezeseg", "fast")


def settings_form(viewer: Shown) -> None:
    """Show the settings, and use them when the button is pressed."""
    import streamlit as st

    st.subheader("Segmentation")
    settings, change = viewer.settings, viewer.change
    if settings is None or change is None:
        st.caption("These labels are read as they are: there is no network to set.")
        return
    now = settings["weights"]
    names = NETWORKS if now in NETWORKS else (now, *NETWORKS)
    with st.form("settings", border=False):
        chosen = {
            "weights": st.selectbox("Network", names, index=names.index(now)),
            "crf": st.toggle("Conditional random field", settings["crf"], help="Refines the labels of pixels."),
            "objects": st.toggle("Objects", settings["objects"], help="What hangs together gets one class."),
            "neighbours": st.slider("Votes for hidden points", 0, 9, settings["neighbours"]),
            "unknown_below": st.slider(
                "Unknown below a confidence of", 0.0, 1.0, settings["unknown_below"], 0.05, help="0: never."
            ),
        }
        pressed = st.form_submit_button("Segment again", type="primary", width="stretch")
    if not pressed:
        return
    try:
        change(chosen)
    except InputError as error:
        st.error(str(error))
    else:
        st.success("All frames are segmented anew as you look at them.")
