"""Handlers, run by AWS's own runtime client against a Runtime API of ours.

The Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
An `Environment` is one child process and the Runtime API server that feeds it; it is used until it breaks, times out
or its files change, and then replaced. A `Pool` holds the environments of one version of one function.
"""

from __future__ import annotations

import os
import queue
import re
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, TypeAlias

from udfgen.local.functions import Call, LocalFunction, Outcome, function_error, timed_out
from udfgen.local.keys import new_temporary_key
from udfgen.local.wire import HOST, Log, LoopbackServer, Refused, Reply, Request, json_reply

INIT_SECONDS = 10.0
"""The init phase's limit: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
MEMORY_MB = 128
RESPONSE_LIMIT = 6_291_556
"""Bytes of a synchronous response: 6 MB and 100 bytes, as the service's own message says."""
LOG_CAP = 1024 * 1024
"""Bytes that one run may print before the oldest are dropped."""
_API = "/2018-06-01/runtime"
_RESULT = re.compile(rf"{_API}/invocation/([^/]+)/(response|error)")
_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "AWS_ENDPOINT_URL")
"""What a handler inherits of this process's environment: what an interpreter needs, and no credential.

AWS_ENDPOINT_URL is where the handler finds the other services of AWS: a stand-in for them, in tests.
"""
_CHILD = Path(__file__).with_name("child.py")

_Stamp: TypeAlias = "frozenset[tuple[str, int, int]]"
_Ending = Callable[[str], Outcome]
"""How a broken environment ends a call, by its request id."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the functions pretend to be: region, and the log that lines go to."""

    region: str
    log: Log


@dataclass
class _Run:
    """A call under way in a child."""

    call: Call
    deadline_ms: int
    done: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None


class Pool:
    """The environments of one version of one function, started when needed."""

    def __init__(self, function: LocalFunction, handler: Path, version: str, place: Place) -> None:
        self._function = function
        self._handler = handler.absolute()
        self._version = version
        self._place = place
        self._slots = threading.BoundedSemaphore(function.concurrency)
        self._lock = threading.Lock()
        self._idle: list[Environment] = []
        self._all: set[Environment] = set()
        self._closed = False

    def invoke(self, call: Call) -> Outcome:
        """Run a call in an idle environment or a new one; wait while all are busy."""
        with self._slots:
            environment = self._take()
            try:
                return environment.invoke(call)
            finally:
                self._give_back(environment)

    def pids(self) -> list[int]:
        """Return the process ids of the children that run."""
        with self._lock:
            return [environment.pid for environment in self._all]

    def close(self) -> None:
        """Stop every child; calls under way end with a function error."""
        with self._lock:
            self._closed = True
            left = list(self._all)
            self._all.clear()
            self._idle.clear()
        for environment in left:
            environment.close()

    def _take(self) -> Environment:
        stamp = _stamp(self._handler)
        with self._lock:
            # The one used last comes first, so that calls one after another meet the same globals.
            found = self._idle.pop() if self._idle else None
        if found is not None and found.usable and found.stamp == stamp:
            return found
        if found is not None:
            self._retire(found)
            return self._take()
        return self._start(stamp)

    def _start(self, stamp: _Stamp) -> Environment:
        with self._lock:
            if self._closed:
                raise Refused(503, "ServiceUnavailableException", "The local endpoint is stopping.")
            environment = Environment(self._function, self._handler, self._version, self._place, stamp)
            self._all.add(environment)
            return environment

    def _give_back(self, environment: Environment) -> None:
        with self._lock:
            if environment.usable and not self._closed:
                self._idle.append(environment)
                return
        self._retire(environment)

    def _retire(self, environment: Environment) -> None:
        with self._lock:
            self._all.discard(environment)
        environment.close()


class Environment:
    """One child process of one function, and the Runtime API that it asks for work."""

    def __init__(self, function: LocalFunction, handler: Path, version: str, place: Place, stamp: _Stamp) -> None:
        self.stamp = stamp
        self._function = function
        self._work: queue.SimpleQueue[_Run | None] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._broken: _Ending | None = None
        self._api = LoopbackServer(self._respond, log=place.log)
        facts = _variables(function, handler, version, place.region, self._api.port)
        self._child = _Child(facts, handler.parent, self._on_exit)

    @property
    def usable(self) -> bool:
        """Tell whether the child can take another call."""
        return self._broken is None

    @property
    def pid(self) -> int:
        """Return the child's process id."""
        return self._child.pid

    def invoke(self, call: Call) -> Outcome:
        """Run one call; a function error tells of exceptions, time-outs, exits and results that are too large.

        The timeout counts from the moment that the child is ready, as Lambda's does.
        """
        if not self._ready.wait(INIT_SECONDS):
            return self._give_up(timed_out(call, INIT_SECONDS))
        run = _Run(call, int((time.time() + self._function.timeout) * 1000))
        started = time.perf_counter()
        self._hand_over(run)
        in_time = run.done.wait(self._function.timeout)
        outcome = run.outcome or timed_out(call, self._function.timeout)
        seconds = time.perf_counter() - started
        outcome = replace(outcome, seconds=seconds, memory=_peak_memory(self.pid))
        return replace(outcome, log=self._child.take_log()) if in_time else self._give_up(outcome)

    def close(self) -> None:
        """Kill the child and whatever it started, and end its Runtime API."""
        self._break(_stopped)
        self._child.kill()
        self._work.put(None)
        self._api.stop()

    def _give_up(self, outcome: Outcome) -> Outcome:
        self._break(lambda _: outcome)
        self._child.kill()
        return replace(outcome, log=self._child.take_log())

    def _hand_over(self, run: _Run) -> None:
        with self._lock:
            self._run = run
            if self._broken is None:
                self._work.put(run)
                return
        self._finish(run, self._broken(run.call.request_id))

    def _finish(self, run: _Run, outcome: Outcome) -> None:
        with self._lock:
            if self._run is not run:
                return
            self._run = None
            run.outcome = outcome
        run.done.set()

    def _break(self, ending: _Ending) -> None:
        """Take no call any more; the one under way, or the next, ends like this."""
        with self._lock:
            self._broken = self._broken or ending
            run = self._run
        self._ready.set()
        if run is not None:
            self._finish(run, ending(run.call.request_id))

    def _on_exit(self, code: int) -> None:
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        self._break(lambda request_id: _exited(how, request_id))

    def _respond(self, request: Request) -> Reply:
        if request.path == f"{_API}/invocation/next":
            return self._next()
        if request.path == f"{_API}/init/error":
            self._break(lambda _: Outcome(request.body, failed=True))
            return _accepted()
        match = _RESULT.fullmatch(request.path)
        run = self._run
        if match is None or run is None or run.call.request_id != match[1]:
            return Refused(400, "InvalidRequestID", "Invalid request ID").reply("")
        return self._take_result(run, request.body, failed=match[2] == "error")

    def _next(self) -> Reply:
        self._ready.set()
        run = self._work.get()
        if run is None:
            return Refused(410, "Runtime.Gone", "This environment is closed").reply("")
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", run.call.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(run.deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", run.call.arn),
        ]
        if run.call.client_context is not None:
            headers.append(("Lambda-Runtime-Client-Context", run.call.client_context))
        return Reply(200, run.call.payload, tuple(headers))

    def _take_result(self, run: _Run, body: bytes, *, failed: bool) -> Reply:
        if len(body) <= RESPONSE_LIMIT:
            self._finish(run, Outcome(body, failed))
            return _accepted()
        text = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
        # The runtime client ends itself on a 413, so nothing more is given to this child.
        self._break(lambda request_id: function_error("Function.ResponseSizeTooLarge", text, request_id))
        return json_reply(413, {"errorType": "RequestEntityTooLarge", "errorMessage": text})


def _accepted() -> Reply:
    return json_reply(202, {"status": "OK"})


def _exited(how: str, request_id: str) -> Outcome:
    text = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
    return function_error("Runtime.ExitError", text, request_id)


def _stopped(request_id: str) -> Outcome:
    return _exited("the local endpoint was stopped", request_id)


class _Child:
    """A handler's process: in a session of its own, without standard input, its output kept for the log tail."""

    def __init__(self, variables: Mapping[str, str], folder: Path, on_exit: Callable[[int], None]) -> None:
        held, self._holding = os.pipe()
        self._log = bytearray()
        self._lock = threading.Lock()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our interpreter, our file
                [sys.executable, str(_CHILD), str(held)],
                cwd=folder,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(held,),
                start_new_session=True,
                bufsize=0,
            )
        finally:
            os.close(held)
        self.pid = self._process.pid
        assert self._process.stdout is not None
        self._output: IO[bytes] = self._process.stdout
        os.set_blocking(self._output.fileno(), False)
        self._reader = threading.Thread(target=self._watch, args=(on_exit,), name="udfgen-child", daemon=True)
        self._reader.start()

    def take_log(self) -> bytes:
        """Return all that was printed since the last time, what is still in the pipe included."""
        with self._lock:
            self._read()
            text = bytes(self._log)
            self._log.clear()
        # The runtime client joins the lines of a traceback by \r, which Lambda's own log shows as lines.
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def kill(self) -> None:
        """Kill the process and its own children, and wait until it is gone."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):  # it may have just ended by itself
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def _watch(self, on_exit: Callable[[int], None]) -> None:
        """Read the output as it comes, so that a child that prints much is not held up, until the process ends."""
        more = True
        while more:
            select.select([self._output], [], [])
            with self._lock:
                more = self._read()
        code = self._process.wait()
        os.close(self._holding)
        with self._lock:
            self._output.close()
        on_exit(code)

    def _read(self) -> bool:
        """Move what is in the pipe to the log; return False at its end. The lock is held."""
        while not self._output.closed:
            part = self._output.read(65_536)
            if part is None:
                return True
            if part == b"":
                return False
            self._log += part
            del self._log[:-LOG_CAP]
        return False


def _stamp(handler: Path) -> _Stamp:
    """Return what changes when a handler, or a module beside it, is edited."""
    with os.scandir(handler.parent) as entries:
        found = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py")]
    return frozenset((name, facts.st_mtime_ns, facts.st_size) for name, facts in found)


def _peak_memory(pid: int) -> int | None:
    """Return a process's peak resident memory in MB, where the kernel shows it under /proc."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) // 1024 if found is not None else None


def _variables(function: LocalFunction, handler: Path, version: str, region: str, port: int) -> dict[str, str]:
    """Return the environment of a handler: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    today = datetime.now(timezone.utc).strftime("%Y/%m/%d")
    return (
        kept
        | _role(region)
        | {
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python3.{sys.version_info.minor}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{today}/[{version}]{secrets.token_hex(16)}",
            "AWS_LAMBDA_RUNTIME_API": f"{HOST}:{port}",
            "LAMBDA_TASK_ROOT": str(handler.parent),
            "LANG": "C.UTF-8",
            # Compiled modules are found by seconds and size: two quick edits would run the older one.
            "PYTHONDONTWRITEBYTECODE": "1",
            "TZ": ":UTC",
            "_HANDLER": f"{handler.stem}.{function.entry}",
        }
    )


def _role(region: str) -> dict[str, str]:
    """Return credentials of the function's role: random, and unknown to the endpoint, for the role may do nothing."""
    key = new_temporary_key(3600.0)
    return {
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_SESSION_TOKEN": key.token or "",
    }
