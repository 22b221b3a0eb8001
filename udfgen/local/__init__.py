"""The local Lambda endpoint: the Invoke API on the loopback, handlers run by AWS's own runtime client.

It checks every signature by recomputing it with botocore, answers as Lambda does, fails on purpose when told, and
stands in for IMDSv2 and the container credential endpoint. It listens on 127.0.0.1 only.

    with LocalLambda([LocalFunction("score", Path("handlers/score.py"))], region="eu-west-1", account=...) as local:
        os.environ.update(local.environment())
"""

from __future__ import annotations

from udfgen.local.api import function_name
from udfgen.local.endpoint import LocalLambda, Tls
from udfgen.local.faults import Fault
from udfgen.local.faults import load as load_faults
from udfgen.local.functions import UNNAMED, LocalExample, LocalFunction, discover
from udfgen.local.journal import Invocation
from udfgen.local.metadata import Metadata

__all__ = [
    "UNNAMED",
    "Fault",
    "Invocation",
    "LocalExample",
    "LocalFunction",
    "LocalLambda",
    "Metadata",
    "Tls",
    "discover",
    "function_name",
    "load_faults",
]
