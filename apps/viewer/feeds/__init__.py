"""Feeds: labelled frames, encoded for the browser."""
