"""The endpoint of these tests: it plays one plot at a time, for as many requests as it is told."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

from tests.faults.ledger import Ledger
from tests.faults.plots import PLAIN, Plot
from udfgen.local.keys import new_temporary_key, utc_now
from udfgen.local.wire import HOST, LoopbackServer, Refused, Reply, Request, json_reply, reset_on_close, silent

LIFETIME = 86_400.0


class Door(LoopbackServer):
    """A server that asks before it serves a connection, at a port that somebody else holds for it."""

    def __init__(self, endpoint: FaultyLambda, port: int) -> None:
        self._endpoint = endpoint
        super().__init__(endpoint.respond, port=port, log=silent)

    def server_bind(self) -> None:
        """Share the port with the socket that holds it."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Tell whether a connection is served."""
        return self._endpoint.admit(request)

    def end_connections(self) -> None:
        """End every connection from this side, as an idle one ends."""
        with self._open_lock:
            left = list(self._open)
        for connection in left:
            with suppress(OSError):  # The other side was faster.
                connection.shutdown(socket.SHUT_RDWR)


class FaultyLambda(Ledger):
    """A ledger that fails as plotted. Its key is temporary, and handed out as to a container."""

    def __init__(self) -> None:
        super().__init__(new_temporary_key(LIFETIME))
        self._plot, self._left, self._called = PLAIN, 0, 0

    def __enter__(self) -> FaultyLambda:
        # A port that is bound and not listened at refuses, and is nobody else's.
        self._holder = socket.socket()
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._holder.bind((HOST, 0))
        self._container = LoopbackServer(self._hand_out, log=silent)
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.stop()
        self._container.stop()
        self._holder.close()

    @property
    def container_url(self) -> str:
        """Return where the key is handed out."""
        return f"http://{HOST}:{self._container.port}"

    def _hand_out(self, request: Request) -> Reply:
        key = self.key
        facts = {"AccessKeyId": key.access_key, "SecretAccessKey": key.secret_key, "Token": key.token}
        return json_reply(200, facts | {"Expiration": f"{key.expires:%Y-%m-%dT%H:%M:%SZ}"})

    def listen(self) -> Door:
        """Return the server, at the port that is held."""
        self.door = Door(self, self._holder.getsockname()[1])
        return self.door

    def begin(self, plot: Plot, called: int, times: int) -> None:
        """Play a plot to the first requests, that many, of the call that comes next."""
        self._plot, self._called, self._left = plot, called, times
        if plot.begin:
            plot.begin(self)

    def rest(self) -> None:
        """Be without a fault again."""
        self._plot, self.skew = PLAIN, type(self.skew)(0)
        if self._is_expired:
            self.renew()
        if self._is_away:
            self.server = self.listen()

    def leave(self) -> None:
        """Stop listening and end every connection, so that the port refuses."""
        self.server.stop()

    @property
    def _is_away(self) -> bool:
        return self.server.socket.fileno() < 0

    @property
    def _is_expired(self) -> bool:
        key = self.keyring.find(self.key.access_key)
        return key is None or key.expires is None or key.expires <= utc_now()

    def renew(self) -> None:
        """Hand out another key."""
        self.key = self.keyring.add(new_temporary_key(LIFETIME))

    def admit(self, connection: socket.socket) -> bool:
        """Tell whether a connection is served; one that is not is reset, and counts as the call's request."""
        if self._plot.admit is None or not self._is_played():
            return True
        with self.lock:
            self.requests[self._called] += 1
        self._plot.admit(connection)
        reset_on_close(connection)
        return False

    def verify(self, request: Request) -> None:
        """Verify a signature; the last refusal of an expired key that is plotted brings another one."""
        try:
            super().verify(request)
        except Refused as refused:
            if refused.type == "ExpiredTokenException" and self._is_played() and not self._left:
                self.renew()
            raise

    def answer(self, request: Request, called: int) -> Reply:
        """Play the plot, or run the function."""
        play = self._plot.play if called == self._called else None
        return play(self, request, called) if play and self._is_played() else self.run(request, called)

    def _is_played(self) -> bool:
        """Tell whether the plot goes on, and count."""
        with self.lock:
            is_played = self._left > 0
            self._left -= is_played
        return is_played
