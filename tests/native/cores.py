"""The cores that the same tests run against, as data: a further core is one more entry of `CORES`."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.native import csharp_calls_support
from tests.native.calls_support import KEYS, Calls, sanitized, shipped, text
from tests.native.java_calls_support import Session
from tests.native.values_support import Values, cpp, cpp_as_shipped, csharp, java
from tests.native.ways_to_answer import once
from tests.unit.core_support import SCORE, Server, http

Runner = Calls | Session
"""A process that runs a core: `call`, `look`, `sign`, `url` and `ask` are the same for each."""


@dataclass(frozen=True)
class Core:
    """A core: how a process starts that calls, one for values, where it may differ."""

    name: str
    bare: Callable[[dict[str, str]], Runner]
    """Start a process with these variables, and no others of AWS."""

    values: Callable[[], Values]
    to_service: Callable[[str, str], tuple[dict[str, str], dict[str, str]]]
    """The environment and the facts that lead to the `container` or `imds` that is at an address."""

    late_ms: int
    """How long after its deadline a call may end, at most."""

    has_chain: bool = True
    """Whether it may search as AWS's SDKs do: in several sources, and where their variables say."""

    has_threads: bool = True
    """Whether one process serves several sessions at once."""

    has_rows: bool = True
    """Whether its SQL hands over the rows of a batch as one JSON text."""

    has_cache: bool = True
    """Whether results may be kept for a session."""

    to_proxies: dict[str, str] = field(default_factory=dict)
    """Headers beside Host with which a proxy is asked for a tunnel."""

    newest_tls: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3

    def start(self, **environment: str) -> Runner:
        """Start a process with key pair and further variables in its environment."""
        return self.bare(KEYS | environment)


def at(source: str, url: str) -> dict[str, str]:
    """Return the variables that lead AWS's SDKs to the `container` or `imds` that is at an address."""
    if source == "container":
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/v1/credentials"}
    return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": url}


def _by_environment(source: str, url: str) -> tuple[dict[str, str], dict[str, str]]:
    return at(source, url), {}


def _by_facts(source: str, url: str) -> tuple[dict[str, str], dict[str, str]]:
    path = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v1/credentials"} if source == "container" else {}
    return path, {"metadata": url}


CPP = Core(
    "cpp",
    sanitized,
    cpp,
    _by_environment,
    late_ms=100,
    to_proxies={"proxy-connection": "Keep-Alive"},
)
JAVA = Core("java", Session, java, _by_facts, late_ms=200, has_chain=False, has_threads=False, has_rows=False)
CSHARP = Core(
    "csharp",
    csharp_calls_support.Session,
    csharp,
    _by_environment,
    late_ms=200,
    has_cache=False,
    newest_tls=ssl.TLSVersion.TLSv1_2,
)
CORES = (CPP, JAVA, CSHARP)
BUILDS = (replace(CPP, name="cpp as shipped", bare=shipped, values=cpp_as_shipped), *CORES)
"""What is measured against every vector: the C++ core also without the sanitizers that it otherwise runs with."""


def why_none(process: Runner, source: str, facts: dict[str, str] | None = None) -> str:
    """Return what is said of a source where no credentials are found."""
    (found,) = process.look(source, facts)
    assert found["code"] == "not_authorized"
    return str(found["text"]).removeprefix("score: no AWS credentials found: looked in ")


def check_broken(process: Runner, reply: bytes, what: str) -> None:
    """Check that a reply is refused for what is wrong with it, and asked for again only when that does no harm."""
    with Server(once(reply)) as server:
        assert text(process.call(server.url)) == ("bad_response", f"the reply {what}")
        assert len(server.requests) == 1
        server.answer = lambda request, _: http() if len(server.requests) > 2 else once(reply)(request, _)
        assert process.call(server.url, idempotent=True, retries=1)["result"] == SCORE.decode()
        assert len(server.requests) == 3
