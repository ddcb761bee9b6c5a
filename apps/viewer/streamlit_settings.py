"""How Streamlit is set, whatever its configuration files say."""

from __future__ import annotations

from typing import Any

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
    # The colours of static/theme.css.
    "theme.dark.primaryColor": "#35aef0",
    "theme.dark.backgroundColor": "#16191e",
    "theme.dark.secondaryBackgroundColor": "#1d2127",
    "theme.dark.textColor": "#e8eaed",
    "theme.light.primaryColor": "#0072b2",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f5f7f9",
    "theme.light.textColor": "#1b1f24",
}


def apply(host: str, port: int) -> None:
    """Use them in this process, for a server that listens on this host and port."""
    from streamlit import config

    for option, value in {**SETTINGS, "server.address": host, "server.port": port}.items():
        config.set_option(option, value)
