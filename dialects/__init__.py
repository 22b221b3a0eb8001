"""One folder, one engine: found by looking, never listed."""
