"""A network run in an engine, step by step: what each took, against what the machine can do."""
