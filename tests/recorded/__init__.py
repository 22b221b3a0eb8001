"""The installer against a model of an Oracle schema: behind python-oracledb's interface, statement by statement.

The model knows the statements that udfgen runs, and no other: what it does not know is an error of the test.
"""
