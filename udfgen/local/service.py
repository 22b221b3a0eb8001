"""The Invoke API: one request in, one reply out."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping, Sequence

from udfgen.local import answers, api, faults, signature
from udfgen.local.events import Events
from udfgen.local.faults import Injector
from udfgen.local.functions import LATEST, Call, LocalFunction, Outcome
from udfgen.local.journal import Invocation, Journal
from udfgen.local.keys import Keyring, utc_now
from udfgen.local.runtime import Place, Pool
from udfgen.local.wire import Refused, Reply, Request, is_loopback_name, json_reply

INVOCATIONS = "/_udfgen/invocations"


class Service:
    """Answers requests to the Invoke API for a closed list of functions of one region and account."""

    def __init__(
        self,
        functions: Mapping[str, LocalFunction],
        place: Place,
        account: str,
        *,
        keyring: Keyring,
        journal: Journal,
        injector: Injector,
        retry_delays: Sequence[float],
    ) -> None:
        self.injector = injector
        self._functions = functions
        self._place = place
        self._account = account
        self._keyring = keyring
        self._journal = journal
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str], Pool] = {}
        self.events = Events(self._run, delays=retry_delays, log=place.log)

    def respond(self, request: Request) -> Reply:
        """Answer a request; every POST to the Invoke API is recorded, refused ones included."""
        if request.path == INVOCATIONS:
            return self._list(request)
        request_id = str(uuid.uuid4())
        name = api.invoked_name(request)
        entry = self._record(request, name, request_id)
        started = time.perf_counter()
        try:
            reply = self._answer(request, name, request_id)
        except Refused as refused:
            self._place.log(f"refused: {refused}")
            reply = refused.reply(request_id)
        if entry is not None:
            self._conclude(entry, reply, time.perf_counter() - started)
        return reply

    def pids(self) -> list[int]:
        """Return the process ids of the handlers' children."""
        with self._lock:
            pools = list(self._pools.values())
        return [pid for pool in pools for pid in pool.pids()]

    def stop(self) -> None:
        """Stop the handlers' children and the event queue."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.close()
        self.events.stop()

    def _answer(self, request: Request, name: str | None, request_id: str) -> Reply:
        signature.verify(request, self._keyring, utc_now(), region=self._place.region)
        target = self._target(request, name)
        function = self._find(target)
        wish = api.read_wish(request)
        call = self._call(target, request_id, api.read_payload(request, wish.type), wish)
        fault = self.injector.pick(function.name)
        outcome = faults.before(fault, request_id) if fault is not None else None
        reply = self._invoke(function, call, wish, outcome)
        return reply if fault is None else faults.spoil(fault, reply)

    def _target(self, request: Request, name: str | None) -> api.Target:
        if name is None:
            raise Refused(404, "UnknownOperationException", "This endpoint serves the Invoke operation of Lambda only.")
        if request.method != "POST":
            raise Refused(405, "MethodNotAllowedException", "Invoke is a POST.")
        if request.header("content-length") is None and request.header("transfer-encoding") is None:
            raise Refused(411, "LengthRequiredException", "An Invoke has a Content-Length or a chunked body.")
        return api.read_target(name, request)

    def _find(self, target: api.Target) -> LocalFunction:
        region, account = target.region or self._place.region, target.account or self._account
        here = (region, account) == (self._place.region, self._account)
        if not here or target.name not in self._functions:
            asked = api.arn(region, account, target.name, target.qualifier or LATEST)
            raise Refused(404, "ResourceNotFoundException", f"Function not found: {asked}")
        return self._functions[target.name]

    def _call(self, target: api.Target, request_id: str, payload: bytes, wish: api.Wish) -> Call:
        invoked = api.arn(self._place.region, self._account, target.name, target.qualifier)
        # Lambda hands a client context on for synchronous calls only.
        context = wish.client_context if wish.type == api.SYNC else None
        return Call(target.name, api.version_of(target.qualifier), invoked, payload, request_id, context)

    def _invoke(self, function: LocalFunction, call: Call, wish: api.Wish, outcome: Outcome | None) -> Reply:
        if wish.type == api.SYNC:
            return api.reply(outcome or self._run(function, call), call, wish)
        if outcome is None and function.handler is None:
            # An example may say that the API itself refuses this call.
            outcome = answers.answer(function, call)
        elif wish.type == api.EVENT:
            self.events.submit(function, call, outcome)
        return api.accepted(call, wish.type)

    def _run(self, function: LocalFunction, call: Call) -> Outcome:
        pool = self._pool(function, call.version)
        if pool is None:
            return answers.answer(function, call)
        outcome = pool.invoke(call)
        for line in outcome.log.decode("utf-8", "replace").splitlines():
            self._place.log(f"{function.name} | {line}")
        return outcome

    def _pool(self, function: LocalFunction, version: str) -> Pool | None:
        if function.handler is None:
            return None
        with self._lock:
            key = (function.name, version)
            if key not in self._pools:
                self._pools[key] = Pool(function, function.handler, version, self._place)
            return self._pools[key]

    def _record(self, request: Request, name: str | None, request_id: str) -> Invocation | None:
        if name is None or request.method != "POST":
            return None
        function, qualifier = _names(name, request)
        return self._journal.open(
            function=function,
            qualifier=qualifier,
            invocation_type=request.header("x-amz-invocation-type") or api.SYNC,
            payload=request.body,
            client_context=request.header("x-amz-client-context"),
            log_type=request.header("x-amz-log-type"),
            request_id=request_id,
        )

    def _conclude(self, entry: Invocation, reply: Reply, seconds: float) -> None:
        self._journal.update(entry.number, status=reply.status or None)
        name = f"{entry.function}:{entry.qualifier}" if entry.qualifier else entry.function
        status = reply.status or "reset"
        self._place.log(f"{status} {entry.invocation_type} {name} {seconds * 1000:.0f} ms {entry.request_id}")

    def _list(self, request: Request) -> Reply:
        """Answer GET /_udfgen/invocations?after=N, unsigned: what the journal holds, as JSON."""
        if request.method != "GET" or not is_loopback_name(request.header("host")):
            return Refused(403, "AccessDeniedException", "This page is for programs on this machine.").reply("")
        after = dict(request.query).get("after", "0")
        if not (after.isascii() and after.isdigit()):
            return Refused(400, "ValidationException", "after is the number of an invocation.").reply("")
        return json_reply(200, {"invocations": [entry.describe() for entry in self._journal.after(int(after))]})


def _names(name: str, request: Request) -> tuple[str, str | None]:
    """Return the plain name and the qualifier for the journal, of a request that may be wrong."""
    try:
        target = api.read_target(name, request)
    except Refused:
        return name, None
    return target.name, target.qualifier
