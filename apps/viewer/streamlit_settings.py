"""Streamlit's settings, which hold whatever its configuration files say."""

from __future__ import annotations

from typing import Any

from squeezeseg.plotting.palette import DARK, LIGHT

SETTINGS: dict[str, Any] = {
    # Nothing is sent to anyone, nothing is fetched from anywhere, nothing is served but this page.
    "browser.gatherUsageStats": False,
    "client.allowedOrigins": [],
    "server.enableAgentApi": False,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.maxMessageSize": 16,
    "server.maxUploadSize": 1,
    "server.showEmailPrompt": False,
    "server.headless": True,
    # No watching of files, no developer's menus, no faults of ours shown to whoever looks at the page.
    "client.showErrorDetails": "none",
    "client.showSidebarNavigation": False,
    "client.toolbarMode": "minimal",
    "global.developmentMode": False,
    "runner.magicEnabled": False,
    "server.fileWatcherType": "none",
    **{
        f"theme.{theme}.{setting}": colours[name]
        for theme, colours in (("dark", DARK), ("light", LIGHT))
        for setting, name in (
            ("primaryColor", "accent"),
            ("backgroundColor", "paper"),
            ("secondaryBackgroundColor", "card"),
            ("textColor", "ink"),
        )
    },
}


def apply(host: str, port: int) -> None:
    """Use them in this process, for a server that listens on this host and port."""
    from streamlit import config

    for option, value in {**SETTINGS, "server.address": host, "server.port": port}.items():
        config.set_option(option, value)
