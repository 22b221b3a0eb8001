"""The installer against a model of SQL Server: over a real socket, in the protocol TDS 7.4, with the real driver.

wire.py speaks the protocol, the other modules are the database behind it. The model knows the batches that udfgen
sends, and no other: what it does not know is an error of the test.
"""
