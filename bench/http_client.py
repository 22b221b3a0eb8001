"""The same core on http.client: what a careful author would write with the standard library and keep-alive.

Everything but the wire is udfgen's: types, payload, signature with its caches, errors. calls.py loads it.
"""

from __future__ import annotations

import http.client
import os
import ssl
import time
from typing import Any


class HttpClient:
    """A transport for `Core` that sends by http.client, on one connection that is kept."""

    def __init__(self, module: Any, core: Any) -> None:
        self._module = module
        self._native = module.Native(core.config, module.Url(core.endpoint), core.keeper)
        url = module.Url(core.endpoint)
        if url.scheme == "https":
            context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
            self._connection: Any = http.client.HTTPSConnection(url.host, url.port, timeout=30, context=context)
        else:
            self._connection = http.client.HTTPConnection(url.host, url.port, timeout=30)
        self._fixed: dict[bytes, tuple[str, dict[str, str]]] = {}

    def post(self, binding: Any, body: bytes, context: str, patience: Any) -> Any:
        """Send one POST and return its reply, as `udfgen_core.Native.post` does."""
        native, signer = self._native, self._native.signer
        second = int(time.time())
        if second != native.second or native.keeper.held is not signer.credentials:
            signer.turn(second, native.keeper.current(patience))
            native.second = second
            native.heads.clear()
            self._fixed.clear()
        known = native.heads.get(binding)
        if known is None or known[0] != context:
            known = native.heads[binding] = (context, signer.head(binding, context, False))
        head = known[1]
        target, headers = self._fixed.get(head.before) or self._split(head.before)
        message = signer.message(head, body)
        signature = message[len(head.before) : message.index(b"\r", len(head.before))].decode()
        signed = headers | {"Authorization": headers["Authorization"] + signature}
        self._connection.request("POST", target, body, signed)
        reply = self._connection.getresponse()
        found = {name.lower(): value for name, value in reply.getheaders()}
        return self._module.Reply(reply.status, b"", reply.read(), found)

    def _split(self, before: bytes) -> tuple[str, dict[str, str]]:
        """Return a head's target and headers, kept for the second in which they hold."""
        line, *rest = before.decode().split("\r\n")
        headers = dict(each.split(": ", 1) for each in rest)
        self._fixed[before] = (line.split(" ")[1], headers)
        return self._fixed[before]
