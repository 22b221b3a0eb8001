"""Signature Version 4, checked: botocore recomputes it from what was received.

Beyond the signature itself, what AWS requires of it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Protocol

from udfgen.local.keys import Key
from udfgen.local.wire import Refused, Request

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "lambda"
SKEW = timedelta(minutes=5)
_STAMP = "%Y%m%dT%H%M%SZ"
_STAMP_FORM = re.compile(r"\d{8}T\d{6}Z")
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


class Keys(Protocol):
    """Where the secret of an access key id is found."""

    def find(self, access_key: str) -> Key | None:
        """Return the key of an id, or None."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """What an Authorization header says: whose key, for which day, region and service, over which headers."""

    access_key: str
    day: str
    region: str
    service: str
    signed: tuple[str, ...]
    signature: str


def verify(request: Request, keys: Keys, now: datetime, *, region: str) -> None:
    """Return when the request is signed by a known key, or raise Refused with the answer that AWS would give.

    Checked: scope, clock (5 minutes), that `host`, `x-amz-date` and every `x-amz-*` header are signed, the body's hash,
    the session token and its expiry, and last the signature over the target as it was received.
    """
    claim = _parse(request)
    key = keys.find(claim.access_key)
    if key is None or key.token != request.header("x-amz-security-token"):
        raise Refused(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
    stamp = _stamp(request)
    _check_scope(claim, stamp, region)
    _check_headers(request, claim)
    _check_body_hash(request)
    if not hmac.compare_digest(_recompute(request, claim, key, stamp), claim.signature):
        raise _invalid(_MISMATCH)
    _check_clock(stamp, now)
    if key.expires is not None and now >= key.expires:
        raise Refused(403, "ExpiredTokenException", "The security token included in the request is expired")


def prepare() -> None:
    """Import botocore's signer now (100 ms), so that the first call does not wait for it."""
    _signer_class()


def _parse(request: Request) -> _Claim:
    header = request.header("authorization")
    if header is None:
        raise Refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    algorithm, _, rest = header.partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    missing = [name for name in ("Credential", "SignedHeaders", "Signature") if not parts.get(name)]
    scope = parts.get("Credential", "").split("/")
    if algorithm != ALGORITHM or missing or len(scope) != 5 or scope[4] != "aws4_request":
        raise _incomplete(missing)
    signed = tuple(parts["SignedHeaders"].split(";"))
    return _Claim(scope[0], scope[1], scope[2], scope[3], signed, parts["Signature"])


def _incomplete(missing: list[str]) -> Refused:
    text = " ".join(f"Authorization header requires '{name}' parameter." for name in missing)
    text = text or f"Authorization header requires {ALGORITHM} and a Credential of key/day/region/service/aws4_request."
    return Refused(403, "IncompleteSignatureException", text)


def _stamp(request: Request) -> str:
    stamp = request.header("x-amz-date")
    if stamp is None:
        text = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        raise Refused(403, "IncompleteSignatureException", text)
    if not _STAMP_FORM.fullmatch(stamp) or _time(stamp) is None:
        text = "Date must be in ISO-8601 'basic format', YYYYMMDD'T'HHMMSS'Z', in the X-Amz-Date header."
        raise Refused(403, "IncompleteSignatureException", text)
    return stamp


def _time(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _check_scope(claim: _Claim, stamp: str, region: str) -> None:
    if claim.service != SERVICE:
        raise _invalid(f"Credential should be scoped to correct service: '{SERVICE}'.")
    if claim.region != region:
        raise _invalid(f"Credential should be scoped to a valid region: this endpoint is {region}.")
    if claim.day != stamp[:8]:
        raise _invalid(
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: {stamp}."
        )


def _check_headers(request: Request, claim: _Claim) -> None:
    if list(claim.signed) != sorted({name.lower() for name in claim.signed}):
        raise _invalid("SignedHeaders must be lower-case names, sorted, each once.")
    received = [name.lower() for name, _ in request.headers]
    amazon = {name for name in received if name.startswith("x-amz-")}
    unsigned = sorted(({"host", "x-amz-date"} | amazon) - set(claim.signed))
    if unsigned:
        raise _invalid(f"There were headers in the request which were not signed: {', '.join(unsigned)}.")
    # The signature covers all values of a repeated header, and a service reads one of them.
    repeated = sorted(name for name in {"host"} | amazon if received.count(name) > 1)
    if repeated:
        raise _invalid(f"There were repeated headers in the request: {', '.join(repeated)}.")
    absent = sorted(set(claim.signed) - set(received))
    if absent:
        raise _invalid(f"There were signed headers which the request lacks: {', '.join(absent)}.")


def _check_body_hash(request: Request) -> None:
    """Refuse a stated hash that is not the body's: botocore signs what the header states, and never looks."""
    stated = request.header("x-amz-content-sha256")
    if stated is not None and stated != hashlib.sha256(request.body).hexdigest():
        raise _invalid("The provided 'x-amz-content-sha256' header does not match what was computed.")


def _check_clock(stamp: str, now: datetime) -> None:
    signed = datetime.strptime(stamp, _STAMP).replace(tzinfo=timezone.utc)
    text = now.strftime(_STAMP)
    if signed < now - SKEW:
        raise _invalid(
            f"Signature expired: {stamp} is now earlier than {(now - SKEW).strftime(_STAMP)} ({text} - 5 min.)"
        )
    if signed > now + SKEW:
        raise _invalid(
            f"Signature not yet current: {stamp} is still later than {(now + SKEW).strftime(_STAMP)} ({text} + 5 min.)"
        )


def _recompute(request: Request, claim: _Claim, key: Key, stamp: str) -> str:
    from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
    from botocore.credentials import Credentials  # type: ignore[import-untyped]

    # Canonical form of a query is that of its decoded pairs, as at AWS; botocore would take a raw string as it is.
    signed = AWSRequest(
        method=request.method,
        url=f"http://{request.header('host')}{request.path}",
        data=request.body,
        params=list(request.query),
    )
    for name, value in request.headers:
        if name.lower() in claim.signed:
            signed.headers.add_header(name.lower(), value)
    signed.context["timestamp"] = stamp
    auth = _signer_class()(Credentials(key.access_key, key.secret_key, key.token), claim.service, claim.region)
    return str(auth.signature(auth.string_to_sign(signed, auth.canonical_request(signed)), signed))


@cache
def _signer_class() -> Any:
    from botocore.auth import SigV4Auth  # type: ignore[import-untyped]

    class Verifier(SigV4Auth):  # type: ignore[misc]
        """Signs exactly the headers that the client signed; botocore itself leaves some out, such as user-agent."""

        def headers_to_sign(self, request: Any) -> Any:
            return request.headers

    return Verifier


def _invalid(message: str) -> Refused:
    return Refused(403, "InvalidSignatureException", message)
