"""Stand-ins for the two places where a server finds temporary credentials: IMDSv2 and the container endpoint.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from udfgen.local.keys import Key, Keyring, new_temporary_key, utc_now
from udfgen.local.wire import HOST, Log, LoopbackServer, Refused, Reply, Request, json_reply, silent

ROLE = "udfgen-local"
LONGEST_TTL = 21_600
DEFAULT_LIFETIME = 21_600.0
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_ROLES = "/latest/meta-data/iam/security-credentials/"


class Metadata:
    """Serves temporary credentials, both ways, from its making until `stop`.

    `lifetime` is what new credentials live, in seconds. `requests` counts what was asked: token, role, credentials
    (IMDSv2), container, and refused.
    """

    def __init__(self, keyring: Keyring, *, lifetime: float = DEFAULT_LIFETIME, log: Log = silent) -> None:
        self.lifetime = lifetime
        self.requests: Counter[str] = Counter()
        self._keyring = keyring
        self._lock = threading.Lock()
        self._key: Key | None = None
        self._sessions: dict[str, float] = {}
        self._container_path = f"/v2/credentials/{secrets.token_hex(16)}"
        self._container_token = secrets.token_urlsafe(24)
        self._token_file: Path | None = None
        self._server = LoopbackServer(self._respond, log=log)

    def environment(self) -> dict[str, str]:
        """Return the variables that send a client to IMDSv2 here."""
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self._url}

    def container_environment(self, *, token_file: bool = False) -> dict[str, str]:
        """Return the variables of the container endpoint, its token in the environment or in a file."""
        found = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self._url + self._container_path}
        if token_file:
            return found | {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(self._write_token())}
        return found | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": self._container_token}

    def rotate(self) -> None:
        """Hand out new credentials from now on; those handed out before live to their end."""
        with self._lock:
            self._key = None

    def revoke(self) -> None:
        """End all credentials that were handed out, whatever expiry they show, and hand out new ones from now on."""
        self.rotate()
        self._keyring.expire()

    def stop(self) -> None:
        """Stop serving, and remove the token file."""
        self._server.stop()
        with self._lock:
            if self._token_file is not None:
                self._token_file.unlink(missing_ok=True)
                self._token_file = None

    @property
    def _url(self) -> str:
        return f"http://{HOST}:{self._server.port}"

    def _write_token(self) -> Path:
        with self._lock:
            if self._token_file is None:
                number, name = tempfile.mkstemp(prefix="udfgen-token-")
                with os.fdopen(number, "w", encoding="ascii") as file:
                    file.write(self._container_token)
                self._token_file = Path(name)
            return self._token_file

    def _respond(self, request: Request) -> Reply:
        try:
            kind, reply = self._route(request)
        except Refused as refused:
            kind, reply = "refused", refused.reply("")
        with self._lock:
            self.requests[kind] += 1
        return reply

    def _route(self, request: Request) -> tuple[str, Reply]:
        if request.path == "/latest/api/token":
            return "token", self._open_session(request)
        if request.method != "GET":
            raise Refused(405, "MethodNotAllowed", "only GET is served here")
        if request.path == self._container_path:
            return "container", self._serve_container(request)
        if request.path.startswith(_ROLES):
            return self._serve_role(request)
        raise Refused(404, "NotFound", "nothing is served under this path")

    def _open_session(self, request: Request) -> Reply:
        ttl = request.header("x-aws-ec2-metadata-token-ttl-seconds") or ""
        if request.method != "PUT":
            raise Refused(405, "MethodNotAllowed", "a token is had by PUT")
        # A request that went through a proxy or a load balancer is refused, as the real service does.
        if request.header("x-forwarded-for") is not None:
            raise Refused(403, "Forbidden", "a forwarded request gets no token")
        if not ttl.isdecimal() or not 1 <= int(ttl) <= LONGEST_TTL:
            raise Refused(400, "BadRequest", "X-aws-ec2-metadata-token-ttl-seconds must be 1 to 21600")
        token = secrets.token_urlsafe(42)
        with self._lock:
            self._sessions[token] = time.monotonic() + int(ttl)
        headers = (("Content-Type", "text/plain"), ("X-aws-ec2-metadata-token-ttl-seconds", ttl))
        return Reply(200, token.encode(), headers)

    def _serve_role(self, request: Request) -> tuple[str, Reply]:
        with self._lock:
            end = self._sessions.get(request.header("x-aws-ec2-metadata-token") or "", 0.0)
        if end <= time.monotonic():
            raise Refused(401, "Unauthorized", "IMDSv2 wants the token of a PUT to /latest/api/token")
        role = request.path[len(_ROLES) :]
        if role == "":
            return "role", Reply(200, ROLE.encode(), (("Content-Type", "text/plain"),))
        if role != ROLE:
            raise Refused(404, "NotFound", "this instance has no such role")
        facts = {"Code": "Success", "LastUpdated": utc_now().strftime(_STAMP), "Type": "AWS-HMAC"}
        return "credentials", json_reply(200, facts | _describe(self._current()))

    def _serve_container(self, request: Request) -> Reply:
        given = (request.header("authorization") or "").encode()
        if not hmac.compare_digest(given, self._container_token.encode()):
            raise Refused(401, "AccessDenied", "the Authorization header does not hold this container's token")
        return json_reply(200, {"RoleArn": ROLE} | _describe(self._current()))

    def _current(self) -> Key:
        """Return the key to hand out: a new one appears well before the last one ends, as AWS promises."""
        with self._lock:
            key = self._key
            ahead = timedelta(seconds=min(300.0, self.lifetime / 2))
            if key is None or key.expires is None or utc_now() + ahead >= key.expires:
                key = self._keyring.add(new_temporary_key(self.lifetime))
            self._key = key
            return key


def _describe(key: Key) -> dict[str, str]:
    assert key.token is not None
    assert key.expires is not None
    return {
        "AccessKeyId": key.access_key,
        "SecretAccessKey": key.secret_key,
        "Token": key.token,
        "Expiration": key.expires.strftime(_STAMP),
    }
