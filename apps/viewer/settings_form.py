"""The form in Streamlit's sidebar: the settings that make the labels."""

from __future__ import annotations

from apps.viewer.shown import Shown
from projection import InputError
from squeezeseg.weights.model import shipped_models


def settings_form(shown: Shown) -> None:
    """Show the settings, and use them when the button is pressed."""
    import streamlit as st

    st.subheader("Segmentation")
    settings = shown.settings
    if settings is None:
        st.caption("These labels are read as they are: there is no network to set.")
        return
    names = networks(settings.model)
    with st.form("settings", border=False):
        chosen = {
            "model": st.selectbox("Network", names, index=names.index(settings.model)),
            "crf": st.toggle("Conditional random field", settings.crf, help="Refines the labels of pixels."),
            "objects": st.toggle("Objects", settings.objects, help="What hangs together gets one class."),
            "neighbours": st.slider("Votes for hidden points", 0, max(9, settings.neighbours), settings.neighbours),
            "unknown_below": st.slider(
                "Unknown below a confidence of", 0.0, 1.0, settings.unknown_below, 0.05, help="0: never."
            ),
        }
        pressed = st.form_submit_button("Segment again", type="primary", width="stretch")
    if not pressed:
        return
    try:
        shown.change(**chosen)
    except InputError as error:
        st.error(str(error))
    else:
        st.success("All frames are segmented anew as you look at them.")


def networks(now: str) -> list[str]:
    """The embedded weights' names, and before them the weights in use, where these are others."""
    names = list(shipped_models())
    return names if now in names else [now, *names]
