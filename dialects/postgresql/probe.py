"""What only the server process can tell: a DO block loads the core, looks around and says so in notices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from udfgen.connect import Check
from udfgen.ir import Program, describe_binding
from udfgen.redact import hide_likely

from . import lower, quote

Notices = Callable[[str], list[str]]
"""Runs a statement and returns the notices that it raised."""

PREFIX = "udfgen probe: "

LOOK = """
import json
import sys
def udfgen_say(name, is_fine, found, advice=""):
    plpy.notice({prefix} + json.dumps([name, is_fine, found, advice]))
udfgen_say("python", True, sys.version.split()[0] + " inside the server, " + sys.prefix)
udfgen_say("endpoint", True, udfgen_core.endpoint)
try:
    udfgen_say("credentials", True, "found in: " + udfgen_core.credentials_source())
except Exception as udfgen_error:
    udfgen_say("credentials", False, str(udfgen_error), "they are looked for by the server process, not by this client")
for udfgen_binding in {bindings}:
    try:
        udfgen_core.dry_run(udfgen_binding)
        udfgen_say("binding " + udfgen_binding["name"], True, "DryRun says that it may be called")
    except Exception as udfgen_error:
        udfgen_say("binding " + udfgen_binding["name"], False, type(udfgen_error).__name__ + ": " + str(udfgen_error))
"""

ENDPOINT = """
plpy.notice({prefix} + udfgen_core.endpoint)
"""


def checks(notices: Notices, program: Program) -> Iterator[Check]:
    """Yield what the server process finds: its Python, the endpoint, credentials, each binding by DryRun."""
    bindings = quote.python([describe_binding(binding) for binding in program.bindings])
    code = LOOK.format(prefix=quote.python(PREFIX), bindings=bindings)
    for said in _said(notices, program, code):
        name, is_fine, found, advice = json.loads(said)
        if name == "endpoint":
            hide_likely(found)  # an address with a login in it, which no call takes
        yield Check(name, is_fine, found, advice)


def endpoint(notices: Notices, program: Program) -> str:
    """Return the URL of the endpoint that the server process would use."""
    found = next(_said(notices, program, ENDPOINT.format(prefix=quote.python(PREFIX))))
    hide_likely(found)
    return found


def _said(notices: Notices, program: Program, code: str) -> Iterator[str]:
    body = quote.dollar(lower.loader(program) + code)
    heard = notices(f"set local client_min_messages = notice; do language plpython3u {body};")
    return (each[len(PREFIX) :] for each in heard if each.startswith(PREFIX))
