"""What a DSN of this engine may say."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from udfgen.connect import Dsn
from udfgen.errors import UsageError
from udfgen.redact import Secret

PORT = 1433

OPTIONS = {"encrypt": ("yes", "login", "no"), "cafile": (), "connect_timeout": ()}
"""The options, and the values of those that have few.

`encrypt` is what TLS protects: all that is said (the default, as in Microsoft's own drivers), the login or nothing.
`cafile` names the PEM file of the authorities that may have signed the server's certificate, by default the system's;
the name in the certificate is checked too. `connect_timeout` is in seconds, 10 by default.
"""

READABLE = "write encrypt=no in the DSN where nobody can listen: the password then travels readable"


def options(dsn: Dsn) -> dict[str, str]:
    """Return the options; UsageError for one that is not known, which would be lost in silence."""
    given = {key: each.reveal() if isinstance(each, Secret) else each for key, each in dsn.options.items()}
    for key, value in given.items():
        few = OPTIONS.get(key)
        if few is None or (few and value not in few) or (key == "connect_timeout" and not value.isdecimal()):
            raise UsageError(f"a DSN of this engine has no option of that name or value: it has {', '.join(OPTIONS)}")
    return given


def authorities(given: Mapping[str, str]) -> str:
    """Return the path of the file of authorities; UsageError where there is none."""
    path = given.get("cafile") or ssl.get_default_verify_paths().cafile
    if not (path and Path(path).is_file()):
        raise UsageError(f"encryption needs a PEM file of authorities: name one as cafile in the DSN; or {READABLE}")
    return path
