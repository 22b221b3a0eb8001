"""Handlers in their child processes: context, timeouts, crashes, edits, parallel calls, the event queue, the end."""

from __future__ import annotations

import base64
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.unit.local_support import ACCOUNT, REGION, alive, client, eventually, write_handlers
from udfgen.local import LocalFunction, LocalLambda

NAMES = ("echo", "steps", "inspect_context", "flaky")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_handlers(tmp_path_factory.mktemp("handlers"))


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def local(folder: Path, lines: list[str]) -> Iterator[LocalLambda]:
    functions = [LocalFunction(name, folder / f"{name}.py", timeout=0.6) for name in NAMES]
    with LocalLambda(functions, region=REGION, account=ACCOUNT, log=lines.append, retry_delays=(0.01, 0.01)) as running:
        yield running


@pytest.fixture(scope="module")
def aws(local: LocalLambda) -> Any:
    return client(local)


def call(aws: Any, name: str, **event: Any) -> Any:
    """Invoke a function, and return its result or its error object."""
    return json.loads(aws.invoke(FunctionName=name, Payload=json.dumps(event))["Payload"].read())


def test_one_child_serves_calls_one_after_another(aws: Any) -> None:
    first, second = call(aws, "steps"), call(aws, "steps")
    assert second == {"count": first["count"] + 1, "pid": first["pid"], "stdin": ""}


def test_a_timeout_is_a_function_error_and_the_child_is_killed(aws: Any) -> None:
    before = call(aws, "steps")
    started = time.monotonic()
    reply = aws.invoke(FunctionName="steps", LogType="Tail", Payload=b'{"sleep": 30, "print": "dozing"}')
    assert 0.6 <= time.monotonic() - started < 2
    body = json.loads(reply["Payload"].read())
    request_id = reply["ResponseMetadata"]["RequestId"]
    assert (reply["StatusCode"], reply["FunctionError"], body["errorType"]) == (200, "Unhandled", "Sandbox.Timedout")
    assert body["errorMessage"] == f"RequestId: {request_id} Error: Task timed out after 0.60 seconds"
    tail = base64.b64decode(reply["LogResult"]).decode()
    assert "dozing\n" in tail
    assert f"{request_id} Task timed out after 0.60 seconds" in tail
    assert not alive(before["pid"])
    assert call(aws, "steps")["count"] == 1, "a new child began"


def test_a_warm_call_meets_no_delayed_ack(aws: Any) -> None:
    def spent() -> float:
        started = time.perf_counter()
        call(aws, "echo")
        return time.perf_counter() - started

    spent()
    # About 2 ms; 40 ms and more when a reply or an event leaves in two segments.
    assert statistics.median(spent() for _ in range(15)) < 0.02


@pytest.mark.parametrize("code", [0, 3])
def test_an_exit_is_a_function_error(aws: Any, code: int) -> None:
    body = call(aws, "steps", exit=code)
    assert body["errorType"] == "Runtime.ExitError"
    assert body["errorMessage"].endswith(f"Error: Runtime exited with error: exit status {code}")
    assert call(aws, "steps")["count"] == 1


def test_a_child_that_died_between_calls_is_replaced(local: LocalLambda, aws: Any) -> None:
    pid = call(aws, "steps")["pid"]
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not alive(pid))
    assert eventually(lambda: call(aws, "steps").get("count") == 1, 1.0)


def test_an_edit_restarts_the_child(folder: Path, aws: Any) -> None:
    path = folder / "echo.py"
    original = path.read_text()
    assert call(aws, "echo", a=1) == {"a": 1}
    # The same size within the same second: only the file's time tells.
    path.write_text(original.replace("return event", "return 12345"))
    assert call(aws, "echo", a=1) == 12345
    path.write_text(original)
    assert call(aws, "echo", a=1) == {"a": 1}


def test_parallel_calls_run_beside_each_other_and_share_no_answer(local: LocalLambda, aws: Any) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(4) as callers:
        naps = [callers.submit(call, aws, "steps", sleep=0.3) for _ in range(4)]
        pids = {nap.result()["pid"] for nap in naps}
    assert len(pids) == 4
    assert time.monotonic() - started < 1.2
    with ThreadPoolExecutor(12) as callers:
        answers = list(callers.map(lambda number: call(aws, "echo", n=number)["n"], range(60)))
    assert answers == list(range(60))


def test_the_child_has_a_role_of_its_own(local: LocalLambda, aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UDFGEN_DSN", "x://user:secret@host/db")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    seen = call(aws, "inspect_context:other")["environment"]
    values = " ".join(seen.values())
    assert local.environment()["AWS_SECRET_ACCESS_KEY"] not in values
    assert local.environment()["AWS_ACCESS_KEY_ID"] not in values
    assert "UDFGEN_DSN" not in seen
    assert seen["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5000", "where the other services are"
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert seen["AWS_SESSION_TOKEN"]
    assert (seen["AWS_REGION"], seen["AWS_LAMBDA_FUNCTION_VERSION"]) == (REGION, "1")
    role = {name.lower(): seen[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
    with pytest.raises(Exception, match="UnrecognizedClientException"):
        client(local, **role).invoke(FunctionName="echo")


def test_what_a_handler_prints_is_logged(aws: Any, lines: list[str]) -> None:
    call(aws, "steps", print="seen by the user")
    assert "steps | seen by the user" in lines
    assert any(line.startswith("200 RequestResponse steps ") for line in lines)


@pytest.mark.parametrize(
    ("name", "text", "type_", "message"),
    [
        ("no_entry", "x = 1\n", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'no_entry'"),
        ("no_syntax", "def handler(:\n", "Runtime.UserCodeSyntaxError", "Syntax error in module 'no_syntax'"),
        ("no_module", "import nowhere\n", "Runtime.ImportModuleError", "No module named 'nowhere'"),
        ("raises", "raise KeyError('at import')\n", "KeyError", "'at import'"),
        ("leaves", "import os\nos._exit(9)\n", "Runtime.ExitError", "exit status 9"),
    ],
)
def test_a_handler_that_cannot_begin(tmp_path: Path, name: str, text: str, type_: str, message: str) -> None:
    path = tmp_path / f"{name}.py"
    path.write_text(text)
    with LocalLambda([LocalFunction(name, path)], region=REGION, account=ACCOUNT) as local:
        body = call(client(local), name)
        assert body["errorType"] == type_
        assert message in body["errorMessage"]
        path.write_text("def handler(event, context):\n    return 'mended'\n")
        assert call(client(local), name) == "mended"


@pytest.mark.parametrize(("failures", "runs"), [(0, 1), (1, 2), (5, 3)])
def test_an_event_runs_up_to_three_times(
    local: LocalLambda, aws: Any, tmp_path: Path, failures: int, runs: int
) -> None:
    event = {"file": str(tmp_path / "runs"), "failures": failures}
    reply = aws.invoke(FunctionName="flaky", InvocationType="Event", Payload=json.dumps(event))
    assert reply["StatusCode"] == 202
    assert local.settle(5)
    ids = (tmp_path / "runs").read_text().splitlines()
    assert ids == [reply["ResponseMetadata"]["RequestId"]] * runs


def test_an_event_answers_before_it_runs_and_a_dry_run_never_runs(local: LocalLambda, aws: Any, tmp_path: Path) -> None:
    started = time.monotonic()
    aws.invoke(FunctionName="steps", InvocationType="Event", Payload=b'{"sleep": 0.4}')
    assert time.monotonic() - started < 0.3
    assert not local.settle(0.05)
    event = json.dumps({"file": str(tmp_path / "runs"), "failures": 0})
    aws.invoke(FunctionName="flaky", InvocationType="DryRun", Payload=event)
    assert local.settle(5)
    assert not (tmp_path / "runs").exists()


def test_stop_leaves_no_process(folder: Path) -> None:
    function = LocalFunction("steps", folder / "steps.py", timeout=30)
    with LocalLambda([function], region=REGION, account=ACCOUNT) as local, ThreadPoolExecutor(1) as caller:
        aws = client(local)
        grandchild = call(aws, "steps", spawn=True)
        aws.invoke(FunctionName="steps", InvocationType="Event", Payload=b'{"sleep": 20}')
        waiting = caller.submit(call, aws, "steps", sleep=20)
        assert eventually(lambda: len(local.children) == 2)
        children = local.children
        assert all(map(alive, [*children, grandchild]))
        started = time.monotonic()
        local.stop()
        assert time.monotonic() - started < 2
        with pytest.raises(Exception, match=r"onnection"):
            waiting.result()
    assert eventually(lambda: not any(map(alive, [*children, grandchild])), 1.0)


def test_children_end_when_the_endpoint_is_killed(folder: Path, tmp_path: Path) -> None:
    program = (
        "import json, sys, time\n"
        "from pathlib import Path\n"
        "from tests.unit.local_support import client\n"
        "from udfgen.local import LocalFunction, LocalLambda\n"
        "function = LocalFunction('steps', Path(sys.argv[1]), timeout=60)\n"
        f"local = LocalLambda([function], region='{REGION}', account='{ACCOUNT}')\n"
        "local.start()\n"
        "event = json.dumps({'touch': sys.argv[2], 'sleep': 50})\n"
        "client(local).invoke(FunctionName='steps', InvocationType='Event', Payload=event)\n"
        "while not Path(sys.argv[2]).exists():\n    time.sleep(0.01)\n"
        "print(local.children[0], flush=True)\n"
        "time.sleep(60)\n"
    )
    root, files = Path(__file__).parents[2], [str(folder / "steps.py"), str(tmp_path / "running")]
    with subprocess.Popen(
        [sys.executable, "-c", program, *files], stdout=subprocess.PIPE, cwd=root, text=True
    ) as endpoint:
        assert endpoint.stdout is not None
        child = int(endpoint.stdout.readline())
        assert alive(child)
        endpoint.kill()
    assert eventually(lambda: not alive(child))
