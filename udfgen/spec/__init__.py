"""The front end: a spec's text becomes a Document with positions, then a checked Spec.

document.py   text -> Document: YAML nodes that know their line and column
check.py      Document -> Checked: every problem at once
model.py      the spec's shape, and with it the JSON Schema that editors use
rules.py      what must hold between the parts of a spec
schema.py     the JSON Schema, printed by `python -m udfgen.spec.schema`
"""
