"""The latency table: what each layer case takes in an engine on a processor."""
