"""What the signature check lets through, and what it refuses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.unit.local_support import ACCOUNT, ARN, REGION, client, send, signed
from udfgen.local import LocalFunction, LocalLambda
from udfgen.local.keys import Key, Keyring, new_key, new_temporary_key
from udfgen.local.signature import verify
from udfgen.local.wire import Refused, Request

PATH = "/2015-03-31/functions/echo/invocations"
NOW = datetime.now(timezone.utc)
"""When the parameters of these tests were signed: long before the last test of a whole run."""
KEY = new_key()
TEMPORARY = new_temporary_key(900)
KEYS = Keyring()
KEYS.add(KEY)
KEYS.add(TEMPORARY)


def sign(
    key: Key = KEY,
    target: str = PATH,
    body: bytes = b'{"a": 1}',
    service: str = "lambda",
    region: str = REGION,
    **headers: str,
) -> Request:
    """Return a request as botocore's signer makes it; underscores in names become hyphens."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest("POST", f"http://127.0.0.1:9001{target}", data=body, headers=more)
    SigV4Auth(Credentials(key.access_key, key.secret_key, key.token), service, region).add_auth(request)
    found = {"Host": "127.0.0.1:9001"} | dict(request.headers.items())
    return Request("POST", target, tuple(found.items()), body)


def change(request: Request, **changes: Any) -> Request:
    """Return the request with some of its parts, or headers (`None` drops one), changed."""
    merged: dict[str, str | None] = {**dict(request.headers), **changes.pop("headers", {})}
    found = {name: value for name, value in merged.items() if value is not None}
    facts = {"method": request.method, "target": request.target, "body": request.body} | changes
    return Request(headers=tuple(found.items()), **facts)


def refusal(request: Request, now: datetime = NOW) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        verify(request, KEYS, now, region=REGION)
    assert KEY.secret_key not in caught.value.message
    return caught.value.status, caught.value.type


@pytest.mark.parametrize(
    "request_",
    [
        sign(),
        sign(body=b""),
        sign(TEMPORARY),
        sign(target=PATH + "?Qualifier=%24LATEST"),
        sign(target=f"/2015-03-31/functions/{ARN.replace(':', '%3A')}%3Aecho/invocations"),
        sign(X_Amz_Invocation_Type="Event", X_Amz_Tenant_Id="a  b", Content_Type="application/json"),
        sign(X_Amz_Content_SHA256=hashlib.sha256(b'{"a": 1}').hexdigest()),
    ],
)
def test_right_requests_pass(request_: Request) -> None:
    verify(request_, KEYS, NOW, region=REGION)


def test_a_query_is_signed_in_its_canonical_form() -> None:
    good = sign(target=PATH + "?Qualifier=%24LATEST")
    verify(change(good, target=PATH + "?Qualifier=$LATEST"), KEYS, datetime.now(timezone.utc), region=REGION)
    verify(
        change(sign(target=PATH + "?x=a%2Bb"), target=PATH + "?x=a+b"), KEYS, datetime.now(timezone.utc), region=REGION
    )
    raw = sign(target=PATH + "?Qualifier=$LATEST")
    assert refusal(raw) == (403, "InvalidSignatureException"), "signed as it was sent, which AWS refuses"


def test_headers_that_botocore_never_signs_count_when_a_client_signs_them() -> None:
    class Everything(SigV4Auth):  # type: ignore[misc]
        def headers_to_sign(self, request: Any) -> Any:
            headers = super().headers_to_sign(request)
            headers["user-agent"] = request.headers["user-agent"]
            return headers

    request = AWSRequest("POST", "http://127.0.0.1:9001" + PATH, data=b"{}", headers={"user-agent": "mine"})
    Everything(Credentials(KEY.access_key, KEY.secret_key), "lambda", REGION).add_auth(request)
    found = {"Host": "127.0.0.1:9001"} | dict(request.headers.items())
    assert "user-agent" in found["Authorization"]
    sent = Request("POST", PATH, tuple(found.items()), b"{}")
    verify(sent, KEYS, datetime.now(timezone.utc), region=REGION)
    assert refusal(change(sent, headers={"user-agent": "other"})) == (403, "InvalidSignatureException")


UNKNOWN = Key("AKIAUNKNOWNUNKNOWN22", "x" * 40)
WRONG = Key(KEY.access_key, "x" * 40)
FORGED = Key(TEMPORARY.access_key, TEMPORARY.secret_key, "another token")
BARE = Key(TEMPORARY.access_key, TEMPORARY.secret_key)
EXTRA = Key(KEY.access_key, KEY.secret_key, "a token that this key has not")


@pytest.mark.parametrize(
    ("request_", "type_"),
    [
        (change(sign(), body=b'{"a": 2}'), "InvalidSignatureException"),
        (change(sign(), target=PATH.replace("echo", "other")), "InvalidSignatureException"),
        (change(sign(), target=PATH + "?Qualifier=live"), "InvalidSignatureException"),
        (change(sign(), method="PUT"), "InvalidSignatureException"),
        (change(sign(), headers={"Host": "127.0.0.1:9002"}), "InvalidSignatureException"),
        (change(sign(), headers={"X-Amz-Log-Type": "Tail"}), "InvalidSignatureException"),
        (change(sign(X_Amz_Log_Type="None"), headers={"X-Amz-Log-Type": "Tail"}), "InvalidSignatureException"),
        (change(sign(X_Amz_Log_Type="None"), headers={"X-Amz-Log-Type": None}), "InvalidSignatureException"),
        (sign(X_Amz_Content_SHA256="UNSIGNED-PAYLOAD"), "InvalidSignatureException"),
        (sign(X_Amz_Content_SHA256="0" * 64), "InvalidSignatureException"),
        (sign(WRONG), "InvalidSignatureException"),
        (sign(service="s3"), "InvalidSignatureException"),
        (sign(region="us-east-1"), "InvalidSignatureException"),
        (sign(UNKNOWN), "UnrecognizedClientException"),
        (sign(FORGED), "UnrecognizedClientException"),
        (sign(BARE), "UnrecognizedClientException"),
        (sign(EXTRA), "UnrecognizedClientException"),
        (change(sign(), headers={"Authorization": None}), "MissingAuthenticationTokenException"),
        (change(sign(), headers={"Authorization": "Basic Zm9vOmJhcg=="}), "IncompleteSignatureException"),
        (change(sign(), headers={"Authorization": "AWS4-HMAC-SHA256 Credential=a/b"}), "IncompleteSignatureException"),
        (change(sign(), headers={"X-Amz-Date": None}), "IncompleteSignatureException"),
        (change(sign(), headers={"X-Amz-Date": "today"}), "IncompleteSignatureException"),
        (change(sign(), headers={"X-Amz-Date": "20261399T000000Z"}), "IncompleteSignatureException"),
        (change(sign(), headers={"X-Amz-Date": "20200101T000000Z"}), "InvalidSignatureException"),
    ],
)
def test_wrong_requests_are_refused(request_: Request, type_: str) -> None:
    assert refusal(request_) == (403, type_)


def _edit(old: str, new: str) -> Callable[[str], str]:
    return lambda header: header.replace(old, new)


@pytest.mark.parametrize(
    "edit",
    [
        _edit("host;x-amz-date", "x-amz-date"),
        _edit("host;x-amz-date", "host"),
        _edit("host;x-amz-date", "x-amz-date;host"),
        _edit("host;x-amz-date", "host;host;x-amz-date"),
        _edit("host;x-amz-date", "host;x-absent;x-amz-date"),
    ],
)
def test_signed_headers_must_be_complete_sorted_and_there(edit: Callable[[str], str]) -> None:
    good = sign()
    header = good.header("authorization") or ""
    assert edit(header) != header
    assert refusal(change(good, headers={"Authorization": edit(header)})) == (403, "InvalidSignatureException")


def test_a_repeated_header_is_refused_even_when_both_are_signed() -> None:
    request = AWSRequest("POST", "http://127.0.0.1:9001" + PATH, data=b"{}", headers={"X-Amz-Log-Type": "None"})
    request.headers.add_header("X-Amz-Log-Type", "Tail")
    SigV4Auth(Credentials(KEY.access_key, KEY.secret_key), "lambda", REGION).add_auth(request)
    sent = Request("POST", PATH, (("Host", "127.0.0.1:9001"), *request.headers.items()), b"{}")
    assert refusal(sent) == (403, "InvalidSignatureException")


def test_the_clock_may_be_five_minutes_off() -> None:
    request = sign()
    signed_at = datetime.now(timezone.utc)
    for minutes in (-4.9, 4.9):
        verify(request, KEYS, signed_at + timedelta(minutes=minutes), region=REGION)
    for minutes in (-5.1, 5.1):
        assert refusal(request, signed_at + timedelta(minutes=minutes)) == (403, "InvalidSignatureException")


def test_an_expired_key_is_told_from_a_wrong_one() -> None:
    keys = Keyring()
    key = keys.add(new_temporary_key(900))
    request = sign(key)
    verify(request, keys, datetime.now(timezone.utc), region=REGION)
    keys.expire()
    with pytest.raises(Refused, match="ExpiredTokenException"):
        verify(request, keys, datetime.now(timezone.utc), region=REGION)
    with pytest.raises(Refused, match="InvalidSignatureException"):
        verify(change(request, body=b"[]"), keys, datetime.now(timezone.utc), region=REGION)


def test_keys_do_not_show_their_secrets() -> None:
    assert TEMPORARY.secret_key not in repr(TEMPORARY)
    assert str(TEMPORARY.token) not in repr(TEMPORARY)
    assert TEMPORARY.access_key in repr(TEMPORARY)


@pytest.fixture(scope="module")
def local() -> Iterator[LocalLambda]:
    with LocalLambda([LocalFunction("echo", None)], region=REGION, account=ACCOUNT) as running:
        yield running


def test_the_endpoint_answers_403_over_http(local: LocalLambda) -> None:
    good = signed(local, PATH)
    assert send(local, "POST", PATH, b"{}", good)[0] == 200
    assert send(local, "POST", PATH, b"[]", good)[0] == 403
    assert send(local, "POST", PATH, b"{}", good | {"X-Amz-Date": "20200101T000000Z"})[0] == 403
    assert send(local, "POST", PATH, b"{}", {})[0] == 403


def test_boto3_with_a_wrong_secret_is_refused(local: LocalLambda) -> None:
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        client(local, aws_secret_access_key="wrong").invoke(FunctionName="echo")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client(local, aws_access_key_id="AKIAIOSFODNN7EXAMPLE").invoke(FunctionName="echo")
