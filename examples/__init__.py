"""Examples; the first one, quickstart, is also what `udfgen init` writes and `udfgen demo` runs."""
