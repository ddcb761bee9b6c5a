"""The browser viewer: feeds of labelled scans, a server that sends them, and the page that draws them."""
