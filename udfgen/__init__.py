"""udfgen: one YAML spec, typed SQL functions that reach AWS Lambda."""

__version__ = "0.1.0"
