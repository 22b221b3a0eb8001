"""LocalLambda: the endpoint as one object that is started and stopped."""

from __future__ import annotations

import errno
import importlib.util
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from udfgen.errors import UsageError
from udfgen.local import signature
from udfgen.local.events import RETRY_DELAYS
from udfgen.local.faults import Fault, Injector
from udfgen.local.functions import LocalFunction
from udfgen.local.journal import Invocation, Journal
from udfgen.local.keys import Keyring, new_key
from udfgen.local.metadata import Metadata
from udfgen.local.runtime import Place
from udfgen.local.service import Service
from udfgen.local.wire import HOST, Log, LoopbackServer, silent


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of the server's certificate, which must name 127.0.0.1, and of its key."""

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class _Running:
    """What lives between `start` and `stop`."""

    service: Service
    server: LoopbackServer
    metadata: Metadata


class LocalLambda:
    """The Invoke API of AWS Lambda on 127.0.0.1, for the functions given; a context manager.

    It accepts one random key pair, made per object, and the temporary credentials of its own IMDSv2 and container
    endpoints. `port` 0 takes a free one. `retry_delays` are seconds before an event's second and third run.
    """

    def __init__(
        self,
        functions: Sequence[LocalFunction],
        *,
        region: str,
        account: str,
        port: int = 0,
        faults: Sequence[Fault] = (),
        tls: Tls | None = None,
        log: Log = silent,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self._functions = _by_name(functions)
        self._place = Place(region, log)
        self._account = account
        self._port = port
        self._injector = Injector(faults)
        self._tls = tls
        self._retry_delays = retry_delays
        self._keyring = Keyring()
        self._key = self._keyring.add(new_key())
        self._journal = Journal()
        self._state: _Running | None = None

    def __enter__(self) -> LocalLambda:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to serve; raise UsageError when the port is taken, or a package or a TLS file is missing."""
        if self._state is not None:
            return
        _require(
            *(["awslambdaric"] if any(function.handler for function in self._functions.values()) else []), "botocore"
        )
        context = _context(self._tls) if self._tls is not None else None
        signature.prepare()
        service = Service(
            self._functions,
            self._place,
            self._account,
            keyring=self._keyring,
            journal=self._journal,
            injector=self._injector,
            retry_delays=self._retry_delays,
        )
        server = _listen(service, self._port, context, self._place.log)
        self._state = _Running(service, server, Metadata(self._keyring, log=self._place.log))

    def stop(self) -> None:
        """End every connection, child process and thread; stopping twice does nothing more."""
        state, self._state = self._state, None
        if state is not None:
            state.server.stop()
            state.service.stop()
            state.metadata.stop()

    @property
    def url(self) -> str:
        """Return the endpoint's URL, without a slash at its end."""
        scheme = "https" if self._tls is not None else "http"
        return f"{scheme}://{HOST}:{self._running().server.port}"

    @property
    def metadata(self) -> Metadata:
        """Return the credential endpoints: their lifetime, rotate(), revoke() and counts."""
        return self._running().metadata

    @property
    def invocations(self) -> list[Invocation]:
        """Return the POSTs to the Invoke API in the order of their arrival, the newest 10,000 of them."""
        return list(self._journal.after())

    @property
    def children(self) -> list[int]:
        """Return the process ids of the handlers that run."""
        return self._running().service.pids()

    def environment(self) -> dict[str, str]:
        """Return the variables with which an AWS client calls this endpoint, by the key pair of this run."""
        keys = {"AWS_ACCESS_KEY_ID": self._key.access_key, "AWS_SECRET_ACCESS_KEY": self._key.secret_key}
        return self._address() | keys

    def metadata_environment(self) -> dict[str, str]:
        """Return the variables with which a client finds temporary credentials by IMDSv2."""
        return self._address() | self.metadata.environment()

    def container_environment(self, *, token_file: bool = False) -> dict[str, str]:
        """Return the variables with which a client finds temporary credentials by the container endpoint."""
        return self._address() | self.metadata.container_environment(token_file=token_file)

    def inject(self, faults: Sequence[Fault]) -> None:
        """Replace the rules that spoil calls; counting begins anew."""
        self._injector = Injector(faults)
        if self._state is not None:
            self._state.service.injector = self._injector

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until no asynchronous call is queued or running; return False when `seconds` do not suffice."""
        return self._running().service.events.settle(seconds)

    def _address(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL_LAMBDA": self.url, "AWS_REGION": self._place.region}

    def _running(self) -> _Running:
        if self._state is None:
            raise RuntimeError("the local endpoint is not running: call start() first")
        return self._state


def _by_name(functions: Sequence[LocalFunction]) -> Mapping[str, LocalFunction]:
    found: dict[str, LocalFunction] = {}
    for function in functions:
        if function.name in found:
            raise UsageError(
                f'the Lambda function "{function.name}" is given twice: give it once, with all its examples'
            )
        found[function.name] = function
    return found


def _require(*packages: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"the local endpoint needs {' and '.join(missing)}: pip install 'udfgen[local]'")


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.cert, tls.key)
    except OSError as error:
        raise UsageError(
            f"{tls.cert} and {tls.key} are no certificate and key: both are PEM, and belong together"
        ) from error
    return context


def _listen(service: Service, port: int, context: ssl.SSLContext | None, log: Log) -> LoopbackServer:
    try:
        return LoopbackServer(service.respond, port=port, tls=context, log=log)
    except OSError as error:
        service.stop()
        reasons = {errno.EADDRINUSE: "is in use", errno.EACCES: "needs more rights than this user has"}
        why = reasons.get(error.errno or 0, "cannot be had")
        raise UsageError(f"port {port} {why}: give another by --port; 0 takes a free one") from error
