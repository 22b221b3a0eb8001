"""The assembly called as SQL Server calls it, beside what the conformance suite asks: TLS, errors, the probe."""

from __future__ import annotations

import base64
import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.clr_runner import ClrRunner
from tests.conformance.runners import in_mono
from tests.jvm.test_policy import make_certificate
from tests.native.csharp_calls_support import trust
from tests.scripted import REQUEST_ID, Script, ScriptedLambda
from udfgen.errors import CallError

THROWN = re.compile(
    r"Msg 6522: A \.NET Framework error occurred during execution of user-defined routine or aggregate "
    r'"([\w$]+)": System\.Exception: (\[udfgen \w+\]: .+)'
)
"""What SQL Server makes of an exception, up to the stack behind it."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ScriptedLambda]:
    with ScriptedLambda() as running:
        yield running


@pytest.fixture(scope="module")
def runner(endpoint: ScriptedLambda) -> Iterator[ClrRunner]:
    with in_mono(endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that is its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder)
    return folder / "cert.pem"


@pytest.fixture(scope="module")
def secure(certificate: Path) -> Iterator[ScriptedLambda]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with ScriptedLambda(tls=context) as running:
        yield running


def error(runner: ClrRunner, function: str, **arguments: str | None) -> CallError:
    """Return how a call fails."""
    with pytest.raises(CallError) as caught:
        runner.call(function, arguments)
    return caught.value


def test_what_is_thrown_is_one_line_of_a_plain_exception(runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script(b'{"Message":"Rate\\nExceeded."}', 429))
    found = THROWN.fullmatch(str(error(runner, "once")))
    assert found
    assert found.groups() == (
        "core$once",
        f"[udfgen throttled]: plain: HTTP 429: Rate Exceeded. (request id {REQUEST_ID})",
    )


def test_a_result_travels_over_tls(certificate: Path, secure: ScriptedLambda, tmp_path: Path) -> None:
    trust(certificate, tmp_path)
    with in_mono(secure, tmp_path) as runner:
        secure.play(Script('{"v":"déjà vu"}'.encode()))
        assert runner.call("io_text", {"v": "\U0001f600"}) == [{"result": "déjà vu"}]
        assert [request.body.decode() for request in secure.requests] == ['{"v":"\U0001f600"}']
        secure.play(Script(b'{"items":[{"id":1,"name":"a","price":2},{"id":2,"name":null,"price":"3.5"}]}'))
        rows = [tuple(row.values()) for row in runner.call("listed", {})]
        assert rows == [("1", "a", "2.00"), ("2", None, "3.50")]
        secure.play(Script(b'{"errorType":"E","errorMessage":"no"}', headers={"X-Amz-Function-Error": "Unhandled"}))
        assert error(runner, "once").code == "function_error"
        secure.play(Script(b"null", behaviour="reset"))
        assert error(runner, "once").code == "unavailable"


def test_a_certificate_that_nobody_trusts_is_refused(secure: ScriptedLambda) -> None:
    secure.play(Script())
    with in_mono(secure) as runner:
        refused = error(runner, "once")
    assert refused.code == "unavailable"
    assert "TLS: " in str(refused)
    assert not secure.requests


def test_the_probe_asks_every_binding_whether_it_may_be_called(runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script(b"", 204))
    assert runner.ask("udfgen$conformance$probe", {"what": "endpoint"}) == [[endpoint.url]]
    ((checks,),) = runner.ask("udfgen$conformance$probe", {"what": "checks"})
    found = {name: is_fine for name, is_fine, _, _ in json.loads(checks or "")}
    assert all(found.values()), checks
    assert {"endpoint", "credentials", "binding plain", "binding queued"} <= set(found)
    assert {request.header("x-amz-invocation-type") for request in endpoint.requests} == {"DryRun"}


def test_defaults_are_those_of_the_script(runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    """Wrappers are of T-SQL, where parameters of nvarchar(max) may have one too."""
    endpoint.play(Script())
    runner.ask("defaulted", {"b": "given", "d": None})
    assert [request.body.decode() for request in endpoint.requests] == [
        '{"a":-7,"b":"given","c":"2024-02-29","d":null}'
    ]


def test_the_caller_is_who_the_session_says(runner: ClrRunner, endpoint: ScriptedLambda) -> None:
    endpoint.play(Script())
    runner.call("discard", {"v": "x"})
    context = base64.b64decode(endpoint.requests[0].header("x-amz-client-context") or "")
    custom = {"database": "clr", "session_user": "somebody", "application_name": "harness"}
    assert json.loads(context) == {"custom": custom}
