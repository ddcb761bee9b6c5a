"""The error that bad input raises, anywhere in the application."""


class InputError(ValueError):
    """Input that cannot be used. The message is one line: what, where, and what to do about it."""
