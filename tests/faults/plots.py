"""The faults, as data: what the endpoint does to a call, and what the call must be told by the contract."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from udfgen.ir import Function, Invoke
from udfgen.local.wire import Delivery, Refused, Reply, Request, deliver, render_head, reset_on_close

if TYPE_CHECKING:
    from tests.faults.endpoint import FaultyLambda

Play: TypeAlias = "Callable[[FaultyLambda, Request, int], Reply]"
Scene: TypeAlias = "Callable[[FaultyLambda], object]"

LATE = 2.5
"""Seconds that a slow reply takes: longer than the hasty bindings wait, by more than a call may be late."""

FOR_GOOD = 1_000_000
"""A number of requests that no call sends."""


@dataclass(frozen=True)
class Plot:
    """One fault: the code that a call ends with while the fault lasts, None for success.

    `begin` happens before the call, `admit` to its connection before a byte is answered, `play` in place of the answer.
    """

    name: str
    code: str | None
    play: Play | None = None
    begin: Scene | None = None
    admit: Callable[[socket.socket], object] | None = None
    retried: bool = False
    """Whether an idempotent binding sends the request again."""

    has_effect: bool = False
    """Whether the function ran although the call failed."""

    needs_body: bool = False
    """Whether it needs a reply with a body, which a queued call has not."""

    is_slow: bool = False
    """Whether it takes longer than a hasty binding waits."""

    is_unreachable: bool = False
    """Whether the endpoint never gets to know of it."""

    is_elsewhere: bool = False
    """Whether the call is one of the program whose endpoint has no address."""

    pad: int = 1
    """The length of a text in the payload, of those of all rows where it has several."""

    pause: float = 0.0
    """Seconds until the next call, which finds what the fault left of the connection."""

    def fits(self, function: Function) -> bool:
        """Tell whether a function of the suite is called under this fault."""
        is_queued = function.binding.invoke is Invoke.ASYNC
        # The second request of a batch comes at once: whether it finds such a connection open is a race.
        is_race = bool(self.pause and function.batch)
        is_for_it = not (self.needs_body and is_queued) and not is_race
        return is_for_it and self.is_slow == function.binding.name.startswith("hasty")


@dataclass(frozen=True)
class Expected:
    """What must come of a call: its code, the requests that arrive, the effects; of slow calls that is the most."""

    code: str | None
    requests: int
    effects: int


PLAIN = Plot("none", None)


def expected(plot: Plot, function: Function, times: int) -> Expected:
    """Return what must come of a call whose first requests, that many, meet a fault."""
    if plot.is_unreachable:
        return Expected(plot.code, 0, 0)
    if plot.code is None:
        return Expected(None, request_count(function), request_count(function))
    tries = allowed(function) if plot.retried else 1
    failing = min(times, tries)
    well = request_count(function) if failing < tries else 0
    return Expected(None if well else plot.code, failing + well, well + failing * plot.has_effect)


def allowed(function: Function) -> int:
    """Return how often a request may be sent, and have its effect, at most."""
    return 1 + function.binding.retries if function.binding.idempotent else 1


def row_count(function: Function) -> int:
    """Return how many rows a call hands over: one more than a request takes."""
    return function.batch.max_rows + 1 if function.batch else 1


def request_count(function: Function) -> int:
    """Return how many requests a call is, where all is well."""
    return 2 if function.batch else 1


# --- ways to answer --------------------------------------------------------------------------------------------


def unrun(delivery: Delivery) -> Play:
    """Answer in a way of its own; the function does not run."""
    return lambda endpoint, request, called: Reply(200, b"{}", delivery=delivery)


def after_run(delivery: Delivery) -> Play:
    """Let the function run, and deliver its reply in a way of its own."""
    return lambda endpoint, request, called: replace(endpoint.run(request, called), delivery=delivery)


def saying(body: bytes, **headers: str) -> Play:
    """Let the function run, and put another body and more headers into its reply."""
    more = tuple((name.replace("_", "-"), value) for name, value in headers.items())

    def play(endpoint: FaultyLambda, request: Request, called: int) -> Reply:
        reply = endpoint.run(request, called)
        return replace(reply, body=body, headers=reply.headers + more)

    return play


def refusing(status: int, type_: str, message: str = "A fault asked for this.", retry_after: int | None = None) -> Play:
    """Refuse as AWS does; the function does not run."""

    def play(endpoint: FaultyLambda, request: Request, called: int) -> Reply:
        raise Refused(status, type_, message, retry_after=retry_after)

    return play


def reset(connection: socket.socket, reply: Reply) -> bool:
    reset_on_close(connection)
    return False


def close(connection: socket.socket, reply: Reply) -> bool:
    return False


def cut_head(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(render_head(reply)[:30])
    return False


def cut_body(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(render_head(reply, ("Content-Length", str(len(reply.body) + 9))) + reply.body)
    return False


def cut_chunk(connection: socket.socket, reply: Reply) -> bool:
    chunk = b"%x\r\n%s\r\n" % (len(reply.body), reply.body)
    connection.sendall(render_head(reply, ("Transfer-Encoding", "chunked")) + chunk)
    return False


def reset_body(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(render_head(reply, ("Content-Length", str(len(reply.body) + 9))) + reply.body)
    time.sleep(0.02)  # A reset overtakes what was sent just before.
    reset_on_close(connection)
    return False


def no_http(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    return False


def late(connection: socket.socket, reply: Reply) -> bool:
    time.sleep(LATE)
    return deliver(connection, reply)


def drip_head(connection: socket.socket, reply: Reply) -> bool:
    _drip(connection, b"HTTP/1.1 100 Continue\r\nx-slow: " + b"y" * 25)
    return False


def drip_body(connection: socket.socket, reply: Reply) -> bool:
    connection.sendall(render_head(reply, ("Content-Length", str(len(reply.body) + 25))))
    _drip(connection, b" " * 25 + reply.body)
    return True


def _drip(connection: socket.socket, data: bytes) -> None:
    for number in range(25):
        connection.sendall(data[number : number + 1])
        time.sleep(LATE / 25)
    connection.sendall(data[25:])


def hang_up(connection: socket.socket, reply: Reply) -> bool:
    deliver(connection, reply)
    return False


def reset_idle(connection: socket.socket, reply: Reply) -> bool:
    deliver(connection, reply)
    time.sleep(0.02)
    return reset(connection, reply)


def twice(connection: socket.socket, reply: Reply) -> bool:
    """Send one reply more than was asked for, in one piece with the right one."""
    length = ("Content-Length", str(len(reply.body)))
    unasked = render_head(reply, ("Content-Length", str(len(UNASKED)))) + UNASKED
    connection.sendall(render_head(reply, length) + reply.body + unasked)
    return True


def later_again(connection: socket.socket, reply: Reply) -> bool:
    """Send one reply more than was asked for, while nobody asks."""
    deliver(connection, reply)
    time.sleep(0.02)
    return deliver(connection, replace(reply, body=UNASKED))


UNASKED = b'{"n": -1, "rows": [{"n": -1}]}'


# --- ways to treat a connection --------------------------------------------------------------------------------


def at_once(connection: socket.socket) -> None:
    """Do not wait for the request."""


def in_the_middle(connection: socket.socket) -> None:
    """Wait until the request has begun to arrive, and read nothing of it."""
    connection.settimeout(LATE)
    connection.recv(1, socket.MSG_PEEK)


# --- ways to begin ---------------------------------------------------------------------------------------------


def ahead(hours: int) -> Scene:
    """Let the endpoint's clock be some hours ahead of the cores', or behind."""
    return lambda endpoint: setattr(endpoint, "skew", timedelta(hours=hours))


EXPIRED = "Request has expired. Timestamp is too old."

PLOTS = (
    Plot("reset when it connects", "unavailable", admit=at_once, retried=True),
    Plot(
        "reset in the middle of the request",
        "unavailable",
        admit=in_the_middle,
        retried=True,
        pad=900_000,
    ),
    Plot("reset before the effect", "unavailable", unrun(reset), retried=True),
    Plot("reset after the effect", "unavailable", after_run(reset), retried=True, has_effect=True),
    Plot("closed after the effect", "unavailable", after_run(close), retried=True, has_effect=True),
    Plot("cut head", "bad_response", after_run(cut_head), retried=True, has_effect=True),
    Plot("cut body", "bad_response", after_run(cut_body), retried=True, has_effect=True, needs_body=True),
    Plot("cut between chunks", "bad_response", after_run(cut_chunk), retried=True, has_effect=True, needs_body=True),
    Plot(
        "reset inside the body", "bad_response", after_run(reset_body), retried=True, has_effect=True, needs_body=True
    ),
    Plot("no HTTP", "bad_response", after_run(no_http), retried=True, has_effect=True),
    Plot("body that is no JSON", "bad_response", saying(b"<html>no JSON</html>"), has_effect=True, needs_body=True),
    Plot("body of JSON and more", "bad_response", saying(b'{"n": 1} {'), has_effect=True, needs_body=True),
    Plot("empty body", "bad_response", saying(b""), has_effect=True, needs_body=True),
    Plot("body in no UTF-8", "bad_response", saying(b'{"n": 1, "x": "\xff"}'), has_effect=True, needs_body=True),
    Plot(
        "function error",
        "function_error",
        saying(b'{"errorType": "E", "errorMessage": "m"}', X_Amz_Function_Error="Unhandled"),
        has_effect=True,
        needs_body=True,
    ),
    Plot("429", "throttled", refusing(429, "TooManyRequestsException"), retried=True),
    Plot(
        "429, Retry-After: 1",
        "throttled",
        refusing(429, "TooManyRequestsException", retry_after=1),
        retried=True,
    ),
    Plot("500", "unavailable", refusing(500, "ServiceException"), retried=True),
    Plot("502, passing", "unavailable", refusing(502, "EC2ThrottledException"), retried=True),
    Plot("502, lasting", "unavailable", refusing(502, "KMSDisabledException")),
    Plot("503", "unavailable", refusing(503, "ServiceUnavailableException"), retried=True),
    Plot("504", "unavailable", refusing(504, "GatewayTimeoutException"), retried=True),
    Plot(
        "expired credentials",
        "not_authorized",
        begin=lambda endpoint: endpoint.keyring.expire(),
        retried=True,
    ),
    Plot("clock an hour behind", "not_authorized", begin=ahead(1)),
    Plot("clock an hour ahead", "not_authorized", begin=ahead(-1)),
    Plot("400 RequestExpired", "not_authorized", refusing(400, "RequestExpired", EXPIRED)),
    Plot("slow reply", "timeout", after_run(late), has_effect=True, is_slow=True),
    Plot("slow head", "timeout", after_run(drip_head), has_effect=True, is_slow=True),
    Plot("slow body", "timeout", after_run(drip_body), has_effect=True, is_slow=True, needs_body=True),
    Plot("closed while idle", None, after_run(hang_up), pause=0.1),
    Plot("reset while idle", None, after_run(reset_idle), pause=0.1),
    Plot("a second reply at once", None, after_run(twice)),
    Plot("a second reply while idle", None, after_run(later_again), pause=0.1),
    Plot(
        "connection refused",
        "unavailable",
        begin=lambda endpoint: endpoint.leave(),
        is_unreachable=True,
    ),
    Plot("host without an address", "unavailable", is_unreachable=True, is_elsewhere=True),
)
"""Every fault. Whoever adds one says what a call must be told, and whether an idempotent binding tries again."""
