"""What the tests of the local endpoint share: handlers to run, a boto3 client, raw signed requests."""

from __future__ import annotations

import http.client
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from udfgen.local import LocalLambda

REGION, ACCOUNT = "eu-west-1", "123456789012"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"

HANDLERS = {
    "echo.py": "def handler(event, context):\n    return event\n",
    "fail.py": (
        "class Broken(Exception):\n    pass\n\n"
        "def handler(event, context):\n    print('before')\n    raise Broken('no luck')\n"
    ),
    "score_customer.py": "def handler(event, context):\n    return {'score': 87.5}\n",
    "told/handler.py": "from helper import ANSWER\n\ndef handler(event, context):\n    return ANSWER\n",
    "told/helper.py": "ANSWER = 'from the helper'\n",
    "inspect_context.py": (
        "import os\nfrom pathlib import Path\n\ndef handler(event, context):\n"
        "    client = context.client_context\n"
        "    if 'file' in event:\n        Path(event['file']).write_text(repr(client))\n"
        "    return {'version': context.function_version, 'arn': context.invoked_function_arn,\n"
        "            'request': context.aws_request_id, 'name': context.function_name,\n"
        "            'left': context.get_remaining_time_in_millis(), 'custom': client and client.custom,\n"
        "            'environment': dict(os.environ)}\n"
    ),
    "steps.py": (
        "import os, sys, time, subprocess\n\ncount = 0\n\ndef handler(event, context):\n"
        "    global count\n    count += 1\n"
        "    if 'print' in event:\n        print(event['print'], file=sys.stderr)\n"
        "    if 'touch' in event:\n        open(event['touch'], 'w').close()\n"
        "    if 'sleep' in event:\n        time.sleep(event['sleep'])\n"
        "    if 'spawn' in event:\n        return subprocess.Popen(['sleep', '60']).pid\n"
        "    if 'exit' in event:\n        os._exit(event['exit'])\n"
        "    if 'size' in event:\n        return 'x' * event['size']\n"
        "    return {'count': count, 'pid': os.getpid(), 'stdin': sys.stdin.read()}\n"
    ),
    "flaky.py": (
        "from pathlib import Path\n\ndef handler(event, context):\n"
        "    with open(event['file'], 'a') as runs:\n        runs.write(context.aws_request_id + '\\n')\n"
        "    if len(Path(event['file']).read_text().splitlines()) <= event['failures']:\n"
        "        raise RuntimeError('not yet')\n"
    ),
}


def write_handlers(folder: Path) -> Path:
    """Write the handlers above to a folder, and return it."""
    for name, text in HANDLERS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def client(local: LocalLambda, **changes: Any) -> Any:
    """Return a boto3 client that calls the endpoint, once per call; `changes` go to the client."""
    found = local.environment()
    settings = {
        "region_name": REGION,
        "endpoint_url": local.url,
        "aws_access_key_id": found["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": found["AWS_SECRET_ACCESS_KEY"],
        "config": Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=10, connect_timeout=5),
    }
    return boto3.session.Session().client("lambda", **(settings | changes))


def signed(local: LocalLambda, path: str, body: bytes = b"{}", **headers: str) -> dict[str, str]:
    """Return the headers of a POST to `path`, signed; underscores in names become hyphens."""
    found = local.environment()
    keys = Credentials(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"])
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest("POST", local.url + path, data=body, headers=more)
    SigV4Auth(keys, "lambda", REGION).add_auth(request)
    return {"Host": urlsplit(local.url).netloc} | dict(request.headers.items())


def send(local: LocalLambda, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Send a request as it stands, and return status and body."""
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def raw(local: LocalLambda, text: bytes) -> bytes:
    """Send bytes on a new connection, and return all that comes until its end."""
    where = urlsplit(local.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def alive(pid: int) -> bool:
    """Tell whether a process exists and is no zombie."""
    try:
        os.kill(pid, 0)
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait until a condition holds; return False when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
