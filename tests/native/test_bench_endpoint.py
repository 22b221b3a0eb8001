"""The benchmark's endpoint and client in C: built as the Makefile does, then asked for everything they promise."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing, tool

BENCH = Path(__file__).parents[2] / "bench"
BODY = b'{"customer": 42, "tier": "gold"}'
SCORE = {"score": 87.5}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both programs once, and return their folder."""
    for name, package in (("cc", "gcc"), ("make", "make"), ("openssl", "openssl")):
        tool(name, package)
    header = subprocess.run(
        ["cc", "-fsyntax-only", "-x", "c", "-"], input=b"#include <openssl/ssl.h>\n", capture_output=True, check=False
    )
    if header.returncode != 0:
        missing("openssl/ssl.h is not installed; on Debian: apt-get install libssl-dev")
    folder = tmp_path_factory.mktemp("bench")
    make = ["make", "-s", "-C", str(BENCH), f"OUT={folder}"]
    built = subprocess.run(make, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def certificate(programs: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate for 127.0.0.1, and return it and its key."""
    certificate, key = programs / "cert.pem", programs / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return certificate, key


@contextmanager
def endpoint(programs: Path, *options: str, complaint: str = "") -> Iterator[int]:
    """Run an endpoint and yield its port; SIGTERM must end it with exit code 0, and stderr hold just `complaint`."""
    command = [str(programs / "endpoint"), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield read_port(process)
        finally:
            process.terminate()
            _, complaints = process.communicate(timeout=5)
    assert (process.returncode, complaints) == (0, complaint)


def read_port(process: subprocess.Popen[str]) -> int:
    """Return the port that an endpoint prints when it listens."""
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line)
    assert match, line
    return int(match[1])


@pytest.fixture(scope="module")
def port(programs: Path) -> Iterator[int]:
    """Return the port of an endpoint that the tests of this file share."""
    with endpoint(programs) as port:
        yield port


@pytest.fixture
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    """Return one keep-alive connection that never opens itself again."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.connect()
    connection.auto_open = 0
    yield connection
    connection.close()


def path(name: str) -> str:
    return f"/2015-03-31/functions/{name}/invocations"


def call(connection: http.client.HTTPConnection, name: str, body: bytes = BODY, **headers: str) -> tuple[int, Any, Any]:
    """Invoke a function, and return the reply's status, headers and bytes."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    connection.request("POST", path(name), body, named)
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def answers(connection: http.client.HTTPConnection, name: str) -> Any:
    """Invoke a function that must answer 200, and return its JSON."""
    status, _, body = call(connection, name)
    assert status == 200
    return json.loads(body)


def ask_stats(port: int) -> dict[str, int]:
    """Return what GET /stats says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/stats")
    stats: dict[str, int] = json.loads(connection.getresponse().read())
    connection.close()
    return stats


def exchange(port: int, request: bytes) -> bytes:
    """Send bytes as they are, and return everything until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(request)
        return b"".join(iter(lambda: raw.recv(65536), b""))


@pytest.mark.parametrize(
    "name",
    [
        "score",
        "score:live",
        "score%3Alive",
        "%73core",
        "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Ascore%3A7",
        "123456789012:function:score",
        "delay-0",
    ],
)
def test_a_name_may_be_encoded_qualified_or_an_arn(connection: http.client.HTTPConnection, name: str) -> None:
    assert answers(connection, name) == SCORE


@pytest.mark.parametrize(
    "name",
    ["nobody", "score-1", "delay", "delay-", "delay-x", "delay-900001", "batch", "scores", "", "%4", "%zz", "a" * 300],
)
def test_other_names_are_not_found(connection: http.client.HTTPConnection, name: str) -> None:
    assert call(connection, name)[0] == 404
    assert answers(connection, "score") == SCORE


def test_a_query_is_no_part_of_the_name(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", path("score") + "?Qualifier=live", BODY)
    assert json.loads(connection.getresponse().read()) == SCORE


@pytest.mark.parametrize("body", [b"", BODY, b"x" * (8 * 1024 * 1024)], ids=["empty", "small", "8 MB"])
def test_echo_gives_back_the_body(connection: http.client.HTTPConnection, body: bytes) -> None:
    assert call(connection, "echo", body)[2] == body


def test_delay_waits(connection: http.client.HTTPConnection) -> None:
    start = time.monotonic()
    assert answers(connection, "delay-60") == SCORE
    assert time.monotonic() - start >= 0.06


def envelope(rows: int, caller: str = "app") -> bytes:
    """Return a request as Redshift sends it, with so many rows."""
    arguments = [[number, 'gold "num_records":7,['] for number in range(rows)]
    head = {"request_id": "1", "cluster": "bench", "user": caller, "query_id": 1}
    request = head | {"num_records": rows, "arguments": arguments}
    return json.dumps(request, separators=(",", ":")).encode()


@pytest.mark.parametrize("rows", [0, 1, 2, 1000, 100_000])
def test_a_batch_has_as_many_results_as_its_envelope_says(connection: http.client.HTTPConnection, rows: int) -> None:
    _, _, body = call(connection, "batch-0", envelope(rows, caller='x","num_records":5,"y'))
    assert json.loads(body) == {"success": True, "num_records": rows, "results": [87.5] * rows}


@pytest.mark.parametrize(
    "rows",
    [[], [1], [[1, "a"], [2, None]], [{"id": 1, "tier": "a,]"}, {"id": [2, {"x": '"'}], "tier": "\\"}], [[]] * 10_000],
    ids=["none", "number", "arrays", "objects", "many"],
)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["compact", "blanks"])
def test_a_list_has_as_many_results_as_elements(
    connection: http.client.HTTPConnection, rows: list[Any], separators: tuple[str, str]
) -> None:
    _, _, body = call(connection, "batch-0", json.dumps(rows, separators=separators).encode())
    assert json.loads(body) == [87.5] * len(rows)


@pytest.mark.parametrize("body", [b"", BODY, b'{"num_records":-1,', b'{"num_records":1000001,', b'{"num_records":"2",'])
def test_what_is_no_batch_is_a_function_error(connection: http.client.HTTPConnection, body: bytes) -> None:
    status, headers, found = call(connection, "batch-0", body)
    assert (status, headers["X-Amz-Function-Error"]) == (200, "Unhandled")
    assert json.loads(found) == {"errorMessage": "not a batch"}


def test_delays_of_many_connections_run_at_the_same_time(port: int) -> None:
    clients = [http.client.HTTPConnection("127.0.0.1", port, timeout=5) for _ in range(40)]
    for client in clients:
        client.connect()
    start = time.monotonic()
    for client in clients:
        client.request("POST", path("batch-200"), envelope(10))
    answered = [json.loads(client.getresponse().read())["num_records"] for client in clients]
    took = time.monotonic() - start
    for client in clients:
        client.close()
    assert answered == [10] * 40
    assert 0.2 <= took < 2


def test_a_function_error_is_a_200_with_a_header(connection: http.client.HTTPConnection) -> None:
    status, headers, body = call(connection, "error")
    assert (status, headers["X-Amz-Function-Error"]) == (200, "Unhandled")
    assert json.loads(body)["errorType"] == "KeyError"


def test_throttle_says_when_to_come_back(connection: http.client.HTTPConnection) -> None:
    status, headers, body = call(connection, "throttle")
    assert (status, headers["Retry-After"]) == (429, "0")
    assert headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    assert json.loads(body)["Reason"] == "CallerRateLimitExceeded"


def test_http500_is_a_service_exception(connection: http.client.HTTPConnection) -> None:
    status, headers, body = call(connection, "http500")
    assert (status, headers["x-amzn-ErrorType"]) == (500, "ServiceException")
    assert json.loads(body)["Type"] == "Service"


def test_close_says_so_and_closes(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", path("close"), BODY)
    raw = connection.sock
    response = connection.getresponse()
    assert (response.headers["Connection"], json.loads(response.read())) == ("close", SCORE)
    assert connection.sock is None
    assert raw.fileno() == -1


def test_close_ends_the_stream_after_the_reply(port: int) -> None:
    reply = exchange(port, f"POST {path('close')} HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode())
    assert reply.endswith(b'\r\n\r\n{"score": 87.5}')


def test_a_client_may_ask_to_close(port: int) -> None:
    reply = exchange(port, f"POST {path('score')} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    assert b"\r\nConnection: close\r\n" in reply


def test_stale_closes_later_without_a_word(connection: http.client.HTTPConnection) -> None:
    status, headers, _ = call(connection, "stale-80")
    start = time.monotonic()
    assert (status, headers["Connection"]) == (200, None)
    assert connection.sock.recv(1) == b""
    assert 0.04 <= time.monotonic() - start < 2


@pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("DryRun", 204)])
def test_async_and_dry_run_never_see_the_answer(connection: http.client.HTTPConnection, kind: str, status: int) -> None:
    for name in ("score", "delay-5000", "error"):
        got, headers, body = call(connection, name, X_Amz_Invocation_Type=kind)
        assert (got, body, headers["X-Amz-Function-Error"]) == (status, b"", None)
    assert call(connection, "throttle", X_Amz_Invocation_Type=kind)[0] == 429
    assert answers(connection, "score") == SCORE


def test_every_reply_has_an_id_of_its_own_and_a_version(connection: http.client.HTTPConnection) -> None:
    names = ["score", "error", "throttle", "http500", "nobody", "score"]
    headers = [call(connection, name)[1] for name in names]
    ids = {each["x-amzn-RequestId"] for each in headers}
    assert len(ids) == len(names)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in ids)
    assert {each["X-Amz-Executed-Version"] for each in headers} == {"$LATEST"}


def test_pipelined_and_split_requests_are_answered_in_order(port: int) -> None:
    one = b"POST %s HTTP/1.1\r\ncontent-length:  2 \r\n\r\n%d."
    last = b"POST %s HTTP/1.1\r\nConnection: close\r\n\r\n" % path("score").encode()
    stream = b"".join(one % (path("echo").encode(), digit) for digit in range(5)) + last
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        for start in range(0, len(stream), 37):
            raw.sendall(stream[start : start + 37])
            time.sleep(0.001)
        replies = b"".join(iter(lambda: raw.recv(65536), b""))
    assert re.findall(rb"\r\n\r\n(\d\.)HTTP", replies) == [b"%d." % digit for digit in range(5)]


def test_expect_100_is_answered_before_the_body(port: int) -> None:
    head = f"POST {path('echo')} HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(head.encode())
        assert raw.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.sendall(b"hello")
        assert raw.recv(65536).endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Transfer-Encoding: chunked", 411),
        ("Content-Length: 8388609", 413),
        ("Content-Length: -1", 413),
        ("Content-Length: 99999999999999999999", 413),
        ("X-Long: " + "x" * 65536, 431),
    ],
    ids=["chunked", "8 MB + 1", "negative", "overflow", "long head"],
)
def test_what_cannot_be_read_is_refused_and_closed(port: int, header: str, status: int) -> None:
    reply = exchange(port, f"POST {path('echo')} HTTP/1.1\r\n{header}\r\n\r\n".encode() + b"x" * 100_000)
    assert reply.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close\r\n" in reply
    assert b"\r\nx-amzn-RequestId: " in reply


@pytest.mark.parametrize(
    "line", ["GET /", f"GET {path('score')}", "POST /stats", "POST /2015-03-31/functions/score", "?"]
)
def test_other_operations_are_unknown(port: int, line: str) -> None:
    reply = exchange(port, f"{line} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    assert reply.startswith(b"HTTP/1.1 404 ")
    assert b"\r\nx-amzn-ErrorType: UnknownOperationException\r\n" in reply


def test_stats_count_connections_requests_and_the_most_in_flight(programs: Path) -> None:
    with endpoint(programs) as port:
        clients = [http.client.HTTPConnection("127.0.0.1", port, timeout=5) for _ in range(3)]
        for client in clients:
            client.request("POST", path("delay-300"), BODY)
        assert [client.getresponse().read() for client in clients] == [b'{"score": 87.5}'] * 3
        call(clients[0], "score")
        assert ask_stats(port) == {"connections": 4, "requests": 4, "max_in_flight": 3}
        for client in clients:
            client.close()


def test_one_connection_carries_many_requests(programs: Path) -> None:
    with endpoint(programs) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        for _ in range(200):
            assert call(connection, "score")[0] == 200
        assert ask_stats(port) == {"connections": 2, "requests": 200, "max_in_flight": 1}
        connection.close()


def test_it_listens_on_loopback_only(port: int) -> None:
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_tls_at_1_2_and_1_3(programs: Path, certificate: tuple[Path, Path]) -> None:
    with endpoint(programs, "--tls", *map(str, certificate)) as port:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=str(certificate[0]))
            context.minimum_version = context.maximum_version = version
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
            assert answers(connection, "score") == SCORE
            assert call(connection, "echo", b"x" * 100_000)[2] == b"x" * 100_000
            connection.close()


def test_a_failed_handshake_is_told_and_survived(programs: Path, certificate: tuple[Path, Path]) -> None:
    complaint = "endpoint: TLS handshake failed: http request\n"
    with endpoint(programs, "--tls", *map(str, certificate), complaint=complaint) as port:
        exchange(port, b"POST / HTTP/1.1\r\n\r\n")
        context = ssl.create_default_context(cafile=str(certificate[0]))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
        assert answers(connection, "score") == SCORE
        connection.close()


def test_the_parents_death_ends_it(programs: Path) -> None:
    parent = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\n"
        "print(child.pid, child.stdout.readline(), flush=True)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", parent, str(programs / "endpoint")], capture_output=True, text=True, check=True
    )
    pid, port = int(told.stdout.split()[0]), int(told.stdout.strip().rpartition(":")[2])
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the endpoint outlived its parent")


@pytest.mark.parametrize("options", [["--port"], ["--port", "65536"], ["--port", "x"], ["--tls", "only"], ["--what"]])
def test_wrong_options_print_the_usage(programs: Path, options: list[str]) -> None:
    ended = subprocess.run([programs / "endpoint", *options], capture_output=True, text=True, timeout=5, check=False)
    usage = "endpoint: usage: endpoint [--port 0..65535] [--tls CERT.pem KEY.pem]\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", usage)


def test_a_used_port_is_an_error(programs: Path, port: int) -> None:
    ended = subprocess.run(
        [programs / "endpoint", "--port", str(port)], capture_output=True, text=True, timeout=5, check=False
    )
    expected = "endpoint: cannot listen on 127.0.0.1: Address already in use\n"
    assert (ended.returncode, ended.stderr) == (1, expected)


def run_client(programs: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the client for a few requests, and return what came of it."""
    command = [str(programs / "client"), "--requests", "300", "--warmup", "20", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def figures(ended: subprocess.CompletedProcess[str]) -> dict[str, float]:
    """Return the client's figures, which must agree with each other."""
    assert (ended.returncode, ended.stderr) == (0, "")
    figures: dict[str, float] = json.loads(ended.stdout)
    assert list(figures) == ["requests", "seconds", "requests_per_second", "p50_us", "p99_us"]
    assert 0 < figures["p50_us"] <= figures["p99_us"]
    return figures


def test_the_client_uses_one_connection(programs: Path) -> None:
    with endpoint(programs) as port:
        assert figures(run_client(programs, "--port", str(port), path("score")))["requests"] == 300
        assert ask_stats(port) == {"connections": 2, "requests": 320, "max_in_flight": 1}


def test_the_client_keeps_several_connections_busy(programs: Path) -> None:
    with endpoint(programs) as port:
        options = ["--port", str(port), "--connections", "8", "--requests", "5", "--warmup", "1", path("delay-50")]
        got = figures(run_client(programs, *options))
        assert (got["requests"], got["p50_us"] >= 50_000) == (40, True)
        assert 0.25 <= got["seconds"] < 1
        assert ask_stats(port) == {"connections": 9, "requests": 48, "max_in_flight": 8}


def test_the_client_measures_the_reply_not_the_send(programs: Path, port: int) -> None:
    options = ["--port", str(port), "--requests", "10", "--warmup", "0", path("delay-5")]
    got = figures(run_client(programs, *options))
    assert got["p50_us"] >= 5000
    assert got["seconds"] >= 0.05
    assert got["requests_per_second"] <= 200


@pytest.mark.parametrize("size", [0, 70_000])
def test_the_client_reads_whole_replies(programs: Path, port: int, size: int) -> None:
    assert figures(run_client(programs, "--port", str(port), "--body", "x" * size, path("echo")))["requests"] == 300


def test_the_client_sends_a_file(programs: Path, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_bytes(envelope(20_000))
    with endpoint(programs) as port:
        options = ["--port", str(port), "--body-file", str(body), "--warmup", "0", "--requests", "3", path("batch-0")]
        assert figures(run_client(programs, *options))["requests"] == 3
        gone = run_client(programs, "--port", str(port), "--body-file", str(tmp_path / "gone"), path("batch-0"))
    assert (gone.returncode, gone.stderr) == (1, f"client: {tmp_path / 'gone'}: No such file or directory\n")


def test_the_client_speaks_tls_and_checks_the_certificate(
    programs: Path, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=other"
    subprocess.run([*command.split(), "-keyout", os.devnull, "-out", str(other)], check=True, capture_output=True)
    complaint = "endpoint: TLS handshake failed: tlsv1 alert unknown ca\n"
    with endpoint(programs, "--tls", *map(str, certificate), complaint=complaint) as port:
        options = ["--port", str(port), path("score")]
        assert figures(run_client(programs, "--tls", str(certificate[0]), *options))["requests"] == 300
        refused = run_client(programs, "--tls", str(other), *options)
        assert (refused.returncode, refused.stderr) == (1, "client: TLS handshake failed: certificate verify failed\n")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("throttle", "the endpoint refused: HTTP/1.1 429 Too Many Requests"),
        ("close", "no whole reply: the connection was closed or the head is too long"),
    ],
)
def test_the_client_ends_at_a_reply_it_cannot_count(programs: Path, port: int, name: str, why: str) -> None:
    ended = run_client(programs, "--port", str(port), path(name))
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"client: {why}\n")


@pytest.mark.parametrize("options", [[], ["/path"], ["--port", "1"], ["--requests", "0"], ["--port"], ["--what", "1"]])
def test_wrong_options_end_the_client(programs: Path, options: list[str]) -> None:
    ended = run_client(programs, *options)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.match(r"client: (usage|unknown option|not a number in range): ", ended.stderr)
