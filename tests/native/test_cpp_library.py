"""The library that MySQL and MariaDB load: how it is built, what it exports, what it does in a stand-in of a server."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.native.library_support import FUNCTIONS, LIBRARY, NAME, PROGRAM, STUB, Outcome, Server, Value, build

STRICT = "-Wpedantic -Wshadow -Wconversion -Werror"
REFUSED = (51003, "[udfgen not_authorized]: only the functions that udfgen installed may call this")


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The library by g++, by g++ in other surroundings, and by clang++."""
    gcc, clang = tool("g++", "g++"), tool("clang++", "clang")
    folder = tmp_path_factory.mktemp
    with ThreadPoolExecutor(max_workers=2) as pool:
        first = pool.submit(build, folder("first"), gcc, CXXFLAGS=STRICT)
        second = pool.submit(build, folder("clang"), clang, CXXFLAGS=f"{STRICT} -Wexit-time-destructors")
        time.sleep(1.1)
        # What the compiler gave in the first folder must not be taken for what it gives here.
        other = {"CCACHE_DISABLE": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "HOME": "/nonexistent", "USER": "nobody"}
        third = pool.submit(build, folder("a folder with another name"), gcc, umask=0o077, **other)
        return {"g++": first.result(), "clang++": second.result(), "elsewhere": third.result()}


def read(program: str, *arguments: object) -> str:
    """Return what one of binutils says."""
    command = [tool(program, "binutils"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_same_sources_give_the_same_bytes_elsewhere(builds: dict[str, Path]) -> None:
    assert builds["g++"].read_bytes() == builds["elsewhere"].read_bytes()
    assert b"elsewhere" not in builds["g++"].read_bytes()
    assert str(builds["g++"].parents[1]).encode() not in builds["g++"].read_bytes()


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_only_the_three_entry_points_are_exported(builds: dict[str, Path], compiler: str) -> None:
    symbols = [line.split()[-2:] for line in read("nm", "-D", "--defined-only", builds[compiler]).splitlines()]
    assert sorted(symbols) == [["T", NAME], ["T", f"{NAME}_deinit"], ["T", f"{NAME}_init"]]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_nothing_is_taken_from_a_server_when_it_is_loaded(builds: dict[str, Path], compiler: str) -> None:
    needed = set(re.findall(r"NEEDED.*\[(\S+)\.so", read("readelf", "-d", builds[compiler])))
    assert {"libcurl", "libssl", "libcrypto", "libpcre2-8", "libstdc++", "libc"} <= needed
    assert needed <= {"libcurl", "libssl", "libcrypto", "libpcre2-8", "libstdc++", "libgcc_s", "libm", "libc"}


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_nothing_is_left_to_run_after_unloading(builds: dict[str, Path], compiler: str) -> None:
    """No destructor at exit or at the end of a thread, and no symbol that would keep the library in memory."""
    undefined = read("nm", "-D", "--undefined-only", builds[compiler])
    assert not re.findall(r"\S*(?:atexit|pthread_key_create|pthread_create|tls_get_addr)\S*", undefined)
    assert " u " not in read("nm", "-D", builds[compiler])


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_the_library_is_hardened(builds: dict[str, Path], compiler: str) -> None:
    headers, dynamic = read("readelf", "-lW", builds[compiler]), read("readelf", "-dW", builds[compiler])
    assert "GNU_RELRO" in headers
    assert "BIND_NOW" in dynamic
    assert not re.search(r"GNU_STACK.* RWE ", headers)
    assert not re.search("RPATH|RUNPATH|TEXTREL", dynamic)
    assert "__stack_chk_fail" in read("nm", "-D", builds[compiler])


class Lambda(BaseHTTPRequestHandler):
    """An endpoint that knows functions by their names, and checks nothing."""

    protocol_version = "HTTP/1.1"
    requests = 0

    def do_POST(self) -> None:
        Lambda.requests += 1
        name = self.path.split("/")[-2]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if name.startswith("slow"):
            time.sleep(2)
        context = base64.b64decode(self.headers.get("X-Amz-Client-Context", ""))
        reply = {"echo": body, "strict": body, "who": context}.get(name, b"{}")
        is_dry = self.headers.get("X-Amz-Invocation-Type") == "DryRun"
        reply = b"" if is_dry else reply
        self.send_response(200 if not is_dry else 403 if name == "far" else 204)
        self.send_header("Content-Length", str(len(reply)))
        self.send_header("x-amzn-RequestId", "11111111-2222")
        self.end_headers()
        with suppress(BrokenPipeError):
            self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


class Endpoint(ThreadingHTTPServer):
    request_queue_size = 64


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The URL of a running endpoint."""
    with Endpoint(("127.0.0.1", 0), Lambda) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The names of each server as a library."""
    folder = tmp_path_factory.mktemp("servers")
    (folder / "server.c").write_text(STUB, encoding="utf-8")
    for name in ("MARIADB", "MYSQL"):
        command = [tool("gcc", "gcc"), "-w", "-shared", "-fPIC", f"-D{name}", "-o", f"{name}.so", "server.c"]
        subprocess.run(command, cwd=folder, check=True)
    return {name: folder / f"{name}.so" for name in ("MARIADB", "MYSQL")}


TOKEN = "correct horse battery staple"
Load = Callable[[str], Server]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the switch's table, without rows, below the folder that the process runs in."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / str(PROGRAM["switch_file"])
    file.parent.mkdir()
    file.touch()
    return file


@pytest.fixture
def load(
    builds: dict[str, Path], stubs: dict[str, Path], endpoint: str, monkeypatch: pytest.MonkeyPatch, table: Path
) -> Iterator[Load]:
    """Load the library into a process with the names of a server; unload it afterwards, which must leave nothing."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG")
    write_digest(builds["g++"], hashlib.sha256(TOKEN.encode()).hexdigest() + "\n")
    loaded: list[Server] = []

    def load(name: str) -> Server:
        loaded.append(Server(stubs.get(name), builds["g++"]))
        return loaded[-1]

    yield load
    for server in loaded:
        server.close()
    assert LIBRARY not in Path("/proc/self/maps").read_text(encoding="utf-8")


def digest_file(library: Path) -> Path:
    return library.with_name(f"{library.name}.token_sha256")


def write_digest(library: Path, text: str) -> None:
    """Put the digest of a token beside the library, by rename."""
    fresh = library.with_name("fresh")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(digest_file(library))


@pytest.fixture
def server(load: Load) -> Server:
    """The library in a MariaDB."""
    return load("MARIADB")


def test_without_a_way_to_raise_errors_nothing_starts(load: Load) -> None:
    outcome = load("none").call("echo", "app@%", TOKEN, "1", 0.5)
    assert outcome.result is None
    assert outcome.refusal.startswith("udfgen: this server does not let a function raise errors")
    assert len(outcome.refusal) < 200


def test_arguments_are_asked_for_as_text_and_doubles(server: Server) -> None:
    outcome = server.call("echo", "app@%", TOKEN, "9223372036854775807", 5e-324)
    assert (outcome.types, outcome.result) == ((0, 0, 0, 0, 1), "[9223372036854775807,5e-324]")
    assert server.call("echo", "app@%", TOKEN, None, None).result == "[null,null]"


def test_errors_carry_number_code_and_binding(server: Server) -> None:
    outcome = server.call("echo", "app@%", TOKEN, "9223372036854775808", 1.0)
    text = '[udfgen bad_argument]: echo: argument "n": must fit bigint'
    assert (outcome.raised, outcome.stopped) == ((51008, text), True)


def test_characters_beyond_what_servers_show_are_spelled_out(server: Server) -> None:
    raised = server.call("shout", "app@%", TOKEN, "\U0001f600!").raised
    assert raised == (51008, '[udfgen bad_argument]: shout: argument "word": must be one of: \\u{1f600}')


def test_a_long_text_is_cut_between_characters_and_keeps_the_request_id(server: Server) -> None:
    raised = server.call("far", "app@%", TOKEN).raised
    assert raised is not None
    number, text = raised
    assert re.fullmatch(
        r"\[udfgen bad_response\]: far: result at \$\['\u00e9+\.\.\. \(request id 11111111-2222\)", text
    )
    assert number == 51007
    assert 479 <= len(text.encode()) <= 480


def test_null_arguments_end_a_call_that_asked_for_it(server: Server) -> None:
    before = Lambda.requests
    assert server.call("strict", "app@%", TOKEN, None) == Outcome(types=(0, 0, 0, 0))
    assert server.call("strict_rows", "app@%", TOKEN, None) == Outcome("[]", types=(0, 0, 0, 0))
    assert Lambda.requests == before
    assert server.call("strict", "app@%", TOKEN, "1").result == "[1]"


def test_failures_are_null_where_the_spec_says_so_but_not_mistakes_of_the_caller(server: Server) -> None:
    assert server.call("lenient", "app@%", TOKEN, "1") == Outcome(types=(0, 0, 0, 0))
    assert server.call("lenient_rows", "app@%", TOKEN) == Outcome("[]", types=(0, 0, 0))
    raised = server.call("lenient", "app@%", TOKEN, "32768").raised
    assert raised == (51008, '[udfgen bad_argument]: lenient: argument "n": must fit smallint')


def test_the_client_context_names_database_and_user(server: Server) -> None:
    found = server.call("who", 'a"\u00e9@%', TOKEN).result
    assert found == '{"custom":{"database":"shop","session_user":"a\\"\u00e9@%"}}'


KILLED = (1317, "Query execution was interrupted")
OUT_OF_TIME = {
    "MARIADB": (1969, (1969, "Query execution was interrupted (max_statement_time exceeded)")),
    "MYSQL": (3024, (3024, "Query execution was interrupted, maximum statement execution time exceeded")),
}
"""What a server says of a statement that ran out of time, and the error that is raised then."""


@pytest.mark.parametrize("name", OUT_OF_TIME)
def test_a_time_limit_ends_a_call_with_its_own_error(load: Load, name: str) -> None:
    level, error = OUT_OF_TIME[name]
    server = load(name)
    server.set("kill_level", level)
    assert server.call("slow", "app@%", TOKEN).raised == error


def test_a_kill_ends_a_call_in_the_words_of_the_server(server: Server) -> None:
    with ThreadPoolExecutor(max_workers=1) as pool:
        call = pool.submit(server.call, "slow", "app@%", TOKEN)
        time.sleep(0.3)
        assert not call.done()
        killed = time.monotonic()
        server.set("kill_level", 1)
        assert call.result() == Outcome(raised=KILLED, stopped=True, types=(0, 0, 0))
        assert time.monotonic() - killed < 0.25


def test_a_kill_of_a_function_leaves_the_words_to_the_server(server: Server) -> None:
    server.set("kill_level", 100)
    assert server.call("slow_value", "app@%", TOKEN) == Outcome(stopped=True, types=(0, 0, 0))


def test_many_threads_call_at_once(server: Server) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        outcomes = pool.map(lambda n: server.call("echo", "app@%", TOKEN, str(n), n + 0.5).result, range(160))
        assert list(outcomes) == [f"[{n},{n}.5]" for n in range(160)]


def test_a_bad_endpoint_is_said_in_the_call(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "ftp://user:secret@somewhere")
    raised = load("MARIADB").call("echo", "app@%", TOKEN, "1", 1.0).raised
    assert raised is not None
    assert raised[0] == 51009
    assert "secret" not in raised[1]


HOSTILE: tuple[tuple[Value, ...], ...] = (
    (None,),
    ("",),
    ("echo",),
    ("nothing of that name", "app@%"),
    (None, None, None, None, None),
    ("echo", None, None, None, None),
    ("echo", "app@%", TOKEN + " ", "1", 1.0),
    ("echo", "app@%", TOKEN[:-1], "1", 1.0),
    ("echo", "app@%", "", "not a number", 1.0),
    ("echo", "app@%", hashlib.sha256(TOKEN.encode()).hexdigest(), "1", 1.0),
    (b"\x00\xff" * 50_000, b"\xf0", b"\xf0\x9f", b"\xff"),
    ("echo", *(["1"] * 999)),
    tuple([1.5] * 1000),
)


@pytest.mark.parametrize("arguments", HOSTILE, ids=range(len(HOSTILE)))
def test_without_the_token_all_is_refused_in_the_same_words(server: Server, arguments: tuple[Value, ...]) -> None:
    before = Lambda.requests
    outcome = server.call(*arguments)
    assert (outcome.raised, outcome.stopped, outcome.refusal) == (REFUSED, True, "")
    assert Lambda.requests == before


@pytest.mark.parametrize(
    "arguments",
    [("nothing", "app@%", TOKEN), (None, None, TOKEN), ("echo", "app@%", TOKEN), ("echo", "", TOKEN, *["1"] * 1000)],
    ids=["another name", "no name", "too few", "too many"],
)
def test_a_wrapper_of_another_build_is_told_so(server: Server, arguments: tuple[Value, ...]) -> None:
    text = "[udfgen unavailable]: this library was built for other functions: install them again"
    assert server.call(*arguments).raised == (51009, text)


def test_another_token_counts_at_once(server: Server, builds: dict[str, Path]) -> None:
    library = builds["g++"]
    assert server.call("who", "app@%", TOKEN).raised is None
    write_digest(library, hashlib.sha256(b"another").hexdigest())
    assert server.call("who", "app@%", TOKEN).raised == REFUSED
    assert server.call("who", "app@%", "another").raised is None
    digest_file(library).unlink()
    assert server.call("who", "app@%", "another").raised == REFUSED


def test_only_an_ordinary_file_with_a_digest_opens_the_door(server: Server, builds: dict[str, Path]) -> None:
    library, digest = builds["g++"], hashlib.sha256(TOKEN.encode()).hexdigest()
    for text in ("", digest[1:], digest + "0", digest.upper(), digest + "\n\n", " " + digest[1:], digest + " " * 200):
        write_digest(library, text)
        assert server.call("who", "app@%", TOKEN).raised == REFUSED, text
    target = library.with_name("elsewhere")
    target.write_text(digest, encoding="utf-8")
    digest_file(library).unlink()
    digest_file(library).symlink_to(target)
    assert server.call("who", "app@%", TOKEN).raised == REFUSED
    digest_file(library).unlink()
    os.mkfifo(digest_file(library))
    assert server.call("who", "app@%", TOKEN).raised == REFUSED


def test_everyone_may_ask_for_the_facts(server: Server, builds: dict[str, Path]) -> None:
    library = builds["g++"]
    first = f"sha256 {hashlib.sha256(library.read_bytes()).hexdigest()}\n"
    assert server.call().result == f"{first}door: token {hashlib.sha256(TOKEN.encode()).hexdigest()}"
    digest_file(library).unlink()
    missing = f"door: shut, there is no digest of a token in {digest_file(library)}"
    assert server.call().result == first + missing


def test_the_probe_tells_what_the_process_sees(server: Server, endpoint: str) -> None:
    assert server.call("", "root@localhost", TOKEN, "endpoint").result == endpoint
    checks = json.loads(server.call("", "root@localhost", TOKEN, "checks").result or "")
    assert checks[:2] == [["endpoint", True, endpoint, ""], ["credentials", True, "found in: environment", ""]]
    bindings = {check[0]: check[1:] for check in checks[2:]}
    assert list(bindings) == [f"binding {each['name']}" for each in FUNCTIONS]
    assert bindings.pop("binding far") == [
        False,
        "[udfgen not_authorized]: far: HTTP 403 (request id 11111111-2222)",
        "",
    ]
    assert {tuple(found) for found in bindings.values()} == {(True, "DryRun says that it may be called", "")}
    assert server.call("", "root@localhost", TOKEN, "more").raised == (
        51008,
        "[udfgen bad_argument]: ask for endpoint or checks",
    )
    assert server.call("", "root@localhost", "", "endpoint").raised == REFUSED


def test_the_probe_says_why_there_are_no_credentials(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    checks = json.loads(server.call("", "root@localhost", TOKEN, "checks").result or "")
    advice = "they are looked for by the server process, not by this client"
    assert checks[1] == ["credentials", False, checks[1][2], advice]
    assert checks[1][2].startswith("[udfgen not_authorized]: shop: ")


def test_where_the_definer_is_known_it_alone_may_call(load: Load) -> None:
    mysql = load("MYSQL")
    assert mysql.call("echo", "app@%", "", "1", 0.5).result == "[1,0.5]"
    for account in ((b"app", b"%"), (b"udfgen_shop", b"%"), (b"udfgen_sho", b"localhost"), (b"", b"")):
        mysql.set_account(*account)
        assert mysql.call("echo", "app@%", TOKEN, "1", 0.5).raised == REFUSED
    assert mysql.get("acquired") == mysql.get("released") > 0


def test_the_facts_name_the_definer(load: Load) -> None:
    assert (load("MYSQL").call().result or "").splitlines()[1] == "door: definer"


def test_a_kill_ends_a_call_on_mysql_too(load: Load) -> None:
    mysql = load("MYSQL")
    mysql.set("kill_level", 1317)
    assert mysql.call("slow", "app@%", "") == Outcome(raised=KILLED, stopped=True, types=(0, 0, 0))


SWITCHED_OFF = (51010, "[udfgen disabled]: echo: it is switched off: udfgen switch turns it on again")
UNREADABLE = (
    51009,
    "[udfgen unavailable]: echo: the table of its switch cannot be read, and it may be off: see udfgen status",
)


def called(server: Server) -> Outcome:
    """Return what a call gives whose argument is wrong: that is told only where the switch lets it through."""
    return server.call("echo", "app@%", TOKEN, "9223372036854775808", 1.0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('"echo","off"\n', 51010),
        ('"who","off"\n"echo","off"\n', 51010),
        ('"echo","dry_run"\n"echo","off"\n', 51010),
        ('"echo","off"\n"echo","dry_run"\n', 51010),
        ('"echo",""\n', 51010),
        ('"who","off"\n', 51008),
        ('"ech","off"\n"echoo","off"\n"ECHO","off"\n', 51008),
        ('"echo","dry_run"\n', 51008),
        ("", 51008),
    ],
)
def test_a_row_of_the_switch_counts_before_the_arguments(server: Server, table: Path, text: str, code: int) -> None:
    table.write_text(text, encoding="utf-8")
    raised = called(server).raised
    assert raised is not None
    assert (raised[0], raised == SWITCHED_OFF) == (code, code == 51010)


TORN = (
    '"echo","off"',
    '"echo","off"\n"who","o',
    "\n",
    '"off","echo"\n',
    '"echo","off","why"\n',
    '"echo"\n',
    "echo,off\n",
    '"who","on"\n',
    '"who","off"\r\n',
    "\0" * 40 + "\n",
    '","\n',
    '"who","dry_run"\n' * 80_000,
)
"""What no table as it should be keeps in its file."""


@pytest.mark.parametrize("text", TORN, ids=range(len(TORN)))
def test_a_switch_that_cannot_be_read_lets_nothing_through(server: Server, table: Path, text: str) -> None:
    before = Lambda.requests
    table.write_text(text, encoding="utf-8")
    assert server.call("echo", "app@%", TOKEN, "1", 1.0) == Outcome(
        raised=UNREADABLE, stopped=True, types=(0, 0, 0, 0, 1)
    )
    assert server.call("lenient", "app@%", TOKEN, "1").raised == (51009, UNREADABLE[1].replace("echo", "lenient"))
    assert Lambda.requests == before


def test_a_switch_that_is_no_ordinary_file_lets_nothing_through(server: Server, table: Path) -> None:
    target = table.with_name("elsewhere")
    table.rename(target)
    assert called(server).raised == UNREADABLE
    table.symlink_to(target)
    assert called(server).raised == UNREADABLE
    table.unlink()
    os.mkfifo(table)
    assert called(server).raised == UNREADABLE
    table.unlink()
    target.rename(table)
    assert server.call("echo", "app@%", TOKEN, "1", 1.0).result == "[1,1]"


def test_the_switch_is_looked_at_once_a_second(server: Server, table: Path) -> None:
    """What a look found holds for a second; then the next call looks."""
    assert server.call("echo", "app@%", TOKEN, "1", 1.0).result == "[1,1]"
    looked = time.monotonic()
    table.write_text('"echo","off"\n', encoding="utf-8")
    while server.call("echo", "app@%", TOKEN, "1", 1.0).raised is None:
        time.sleep(0.01)
    assert 0.9 < time.monotonic() - looked < 1.2
    table.unlink()
    assert called(server).raised == SWITCHED_OFF
    time.sleep(1.05)
    assert called(server).raised == UNREADABLE


def test_off_hides_behind_no_null(server: Server, table: Path) -> None:
    table.write_text('"lenient","off"\n"lenient_rows","off"\n"strict","off"\n', encoding="utf-8")
    for name, given in (("lenient", ("1",)), ("lenient_rows", ()), ("strict", (None,))):
        assert server.call(name, "app@%", TOKEN, *given).raised == (51010, SWITCHED_OFF[1].replace("echo", name))


def test_a_dry_run_gives_nothing(server: Server, table: Path) -> None:
    table.write_text("".join(f'"{each["name"]}","dry_run"\n' for each in FUNCTIONS), encoding="utf-8")
    assert server.call("echo", "app@%", TOKEN, "1", 1.0).result is None
    assert server.call("strict_rows", "app@%", TOKEN, "1").result == "[]"
    raised = server.call("far", "app@%", TOKEN).raised
    assert raised == (51003, "[udfgen not_authorized]: far: HTTP 403 (request id 11111111-2222)")


def foreign_threads() -> int:
    """Return how many threads the process has that Python did not start; its own end a little after it says so."""
    counts = []
    for _ in range(30):
        counts.append(len(list(Path("/proc/self/task").iterdir())) - threading.active_count())
        time.sleep(0.01)
    return min(counts)


def test_threads_that_called_may_end_after_unloading(load: Load) -> None:
    """A destructor of a thread's own data would then run code that is gone: the process would die here."""
    called, unloaded = threading.Event(), threading.Event()
    server = load("MARIADB")

    def work() -> None:
        assert server.call("echo", "app@%", TOKEN, "1", 0.5).result == "[1,0.5]"
        called.set()
        assert unloaded.wait(10)

    before = foreign_threads()
    with ThreadPoolExecutor(max_workers=1) as pool:
        done = pool.submit(work)
        assert called.wait(10)
        server.close()
        unloaded.set()
        done.result()
    assert foreign_threads() == before
