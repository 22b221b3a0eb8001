"""Hand-written cores, one folder per engine: code that does not vary by spec."""
