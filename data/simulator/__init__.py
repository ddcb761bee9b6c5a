"""A simulator that makes labelled drives."""
