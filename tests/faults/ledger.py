"""A Lambda endpoint that writes down, by the number in each payload, every request that arrives and every effect.

Of a batch it writes down under which id each request came: https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-lambda-sql-udf.html
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any, TypeVar

from tests.scripted import REGION, REQUEST_ID
from udfgen.local import signature
from udfgen.local.keys import Key, Keyring, new_key, utc_now
from udfgen.local.wire import LoopbackServer, Refused, Reply, Request, silent

USUAL = (("x-amzn-RequestId", REQUEST_ID), ("Content-Type", "application/json"))

Entered = TypeVar("Entered", bound="Ledger")


class Ledger:
    """The endpoint, running from `with` to the end of it.

    A payload's `n`, or the first argument of a batch's rows, is the number of the call.
    """

    def __init__(self, key: Key | None = None) -> None:
        self.requests: Counter[int] = Counter()
        self.effects: Counter[int] = Counter()
        self.ids: defaultdict[int, Counter[str]] = defaultdict(Counter)
        """How often each id of a request came, by the number of the call."""

        self.skew = timedelta(0)
        """How far its clock is ahead."""

        self.keyring = Keyring()
        self.key = self.keyring.add(key or new_key())
        self.lock = threading.Lock()

    def __enter__(self: Entered) -> Entered:
        signature.prepare()
        self.server = self.listen()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.stop()

    def listen(self) -> LoopbackServer:
        """Return the server that hands it requests."""
        return LoopbackServer(self.respond, port=0, tls=None, log=silent)

    @property
    def url(self) -> str:
        """Return where it listens, once it runs."""
        return f"http://127.0.0.1:{self.server.port}"

    def environment(self) -> dict[str, str]:
        """Return the variables with which a core calls this endpoint."""
        return {
            "AWS_ENDPOINT_URL_LAMBDA": self.url,
            "AWS_ACCESS_KEY_ID": self.key.access_key,
            "AWS_SECRET_ACCESS_KEY": self.key.secret_key,
        }

    def respond(self, request: Request) -> Reply:
        """Write a request down, before anything is made of it, and answer it."""
        said = json.loads(request.body)
        called = int(said["arguments"][0][0] if "arguments" in said else said["n"])
        with self.lock:
            self.requests[called] += 1
            self.ids[called].update([said["request_id"]] if "arguments" in said else [])
        try:
            self.verify(request)
            return self.answer(request, called)
        except Refused as refused:
            return refused.reply(REQUEST_ID)

    def verify(self, request: Request) -> None:
        """Raise Refused as AWS does for a signature that is wrong, too old, or by a key that has expired."""
        signature.verify(request, self.keyring, utc_now() + self.skew, region=REGION)

    def answer(self, request: Request, called: int) -> Reply:
        """Answer a request whose signature is right; here without a fault."""
        return self.run(request, called)

    def run(self, request: Request, called: int) -> Reply:
        """Have the effect of a call, and return the reply: the call's own number, alone and as a row."""
        with self.lock:
            self.effects[called] += 1
        if request.header("x-amz-invocation-type") == "Event":
            return Reply(202, b"", USUAL)
        return Reply(200, json.dumps(_result(json.loads(request.body), called)).encode(), USUAL)


def _result(said: Any, called: int) -> Any:
    """Return the call's own number: alone and as a row, or for each row of a batch."""
    if "arguments" in said:
        count = said["num_records"]
        return {"success": True, "num_records": count, "results": [called] * count}
    return {"n": called, "rows": [{"n": called}]}
