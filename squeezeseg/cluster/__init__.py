"""Work spread over the processes of a Ray cluster. Nothing of Ray is imported before a session begins."""
