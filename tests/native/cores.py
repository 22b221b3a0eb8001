"""The cores that the same tests run against, as data: a further core is one more entry of `CORES`."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.native import csharp_calls_support
from tests.native.calls_support import Calls, calls, shipped_calls, text
from tests.native.java_calls_support import Session, session
from tests.native.values_support import Values, cpp, cpp_as_shipped, csharp, java
from tests.native.ways_to_answer import once
from tests.unit.core_support import SCORE, Server, http

Runner = Calls | Session
"""A process that runs a core: `call`, `look`, `sign`, `url` and `ask` are the same for each."""


@dataclass(frozen=True)
class Core:
    """A core: how a process starts that calls with keys and further variables, one for values, where it may differ."""

    name: str
    start: Callable[..., Runner]
    values: Callable[[], Values]
    to_container: Callable[[str], tuple[dict[str, str], dict[str, str]]]
    """The environment and the facts that lead to a container's credentials at an address."""

    late_ms: int
    """How long after its deadline a call may end, at most."""

    to_proxies: dict[str, str] = field(default_factory=dict)
    """Headers beside Host with which a proxy is asked for a tunnel."""

    newest_tls: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3


def _by_environment(url: str) -> tuple[dict[str, str], dict[str, str]]:
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/v1/credentials"}, {}


def _by_facts(url: str) -> tuple[dict[str, str], dict[str, str]]:
    return {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v1/credentials"}, {"metadata": url}


CPP = Core(
    "cpp",
    calls,
    cpp,
    _by_environment,
    late_ms=100,
    to_proxies={"proxy-connection": "Keep-Alive"},
)
JAVA = Core("java", session, java, _by_facts, late_ms=200)
CSHARP = Core(
    "csharp",
    csharp_calls_support.session,
    csharp,
    _by_environment,
    late_ms=200,
    newest_tls=ssl.TLSVersion.TLSv1_2,
)
CORES = (CPP, JAVA, CSHARP)
BUILDS = (replace(CPP, name="cpp as shipped", start=shipped_calls, values=cpp_as_shipped), *CORES)
"""What is measured against every vector: the C++ core also without the sanitizers that it otherwise runs with."""


def check_broken(process: Runner, reply: bytes, what: str) -> None:
    """Check that a reply is refused for what is wrong with it, and asked for again only when that does no harm."""
    with Server(once(reply)) as server:
        assert text(process.call(server.url)) == ("bad_response", f"the reply {what}")
        assert len(server.requests) == 1
        server.answer = lambda request, _: http() if len(server.requests) > 2 else once(reply)(request, _)
        assert process.call(server.url, idempotent=True, retries=1)["result"] == SCORE.decode()
        assert len(server.requests) == 3
