"""A server on another machine: the library cannot be placed from here, so the install says what to run there."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import NEXT, SPEC, library, library_file, look, plugin_dir, put, remove, sql
from tests.scripted import Script, ScriptedLambda
from udfgen.connect import parse
from udfgen.errors import InstallError, UsageError


class Tunnel:
    """A TCP port of this machine whose other end is a server's socket."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._target)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=pair, daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()


@pytest.fixture
def far(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The DSN of the same server through a tunnel, from a machine of another name."""
    tunnel = Tunnel(str(parse(server).options["socket"]))
    monkeypatch.setattr(socket, "gethostname", lambda: "another-machine")
    yield f"{parse(server).scheme}://root@127.0.0.1:{tunnel.port}/"
    tunnel.close()


def obey(server: str, told: str, text: str) -> None:
    """Run the commands of a message, where the library was copied to."""
    commands = [line for line in told.splitlines() if line.startswith("  ")]
    ((inside,),) = sql(server, "select @@plugin_dir")
    script = "\n".join(commands).replace(inside.rstrip("/"), str(plugin_dir(server)))
    subprocess.run(["sh", "-eu"], input=script, cwd=library_file(text).parent, text=True, check=True)


@pytest.mark.parametrize("token", ["", "token_table: true"], ids=["without a token", "with a token"])
def test_the_commands_are_told_and_obeying_them_is_enough(
    server: str, far: str, scripted: ScriptedLambda, token: str
) -> None:
    spec, upgraded = (each.replace("mysql: {}", f"mysql: {{{token}}}") for each in (SPEC, NEXT))
    was = photograph(server)
    with pytest.raises(InstallError, match="the server does not have this library; run on the server, then") as told:
        put(far, spec)
    assert f"install -m 644 {library(spec)} " in str(told.value)
    obey(server, str(told.value), spec)
    assert put(far, spec).warnings == ()
    assert look(far, spec).is_done
    scripted.play(Script(b'{"v": 7}'))
    with pytest.raises(InstallError, match="the server does not have this library") as told:
        put(far, upgraded)
    assert sql(server, "select shop.price('thing', 2)", "app") == [(7,)]
    assert sql(server, "call shop.note('line')", "app") == []
    obey(server, str(told.value), upgraded)
    (warning,) = put(far, upgraded).warnings
    assert warning.startswith(f"on the server, delete {library(spec)} and what begins with it from /")
    assert look(far, upgraded).is_done
    (warning,) = remove(far, upgraded).warnings
    assert library(upgraded) in warning
    assert difference(was, photograph(server)).keys() == {"file"}


def test_a_folder_that_cannot_be_written_is_told_with_the_commands(server: str) -> None:
    dsn = server.replace(f"plugin_dir={plugin_dir(server)}", "plugin_dir=/proc")
    with pytest.raises(InstallError, match=r"the server does not have this library; run on the server, then") as told:
        put(dsn, SPEC)
    obey(server, str(told.value), SPEC)
    put(server, SPEC)
    assert look(server, SPEC).is_done


def test_a_folder_that_is_not_there_is_refused_before_anything_is_done(server: str, tmp_path: Path) -> None:
    was = photograph(server)
    dsn = server.replace(f"plugin_dir={plugin_dir(server)}", f"plugin_dir={tmp_path}/none")
    with pytest.raises(UsageError, match=r"/none is no folder here: --plugin-dir names"):
        put(dsn, SPEC)
    assert difference(was, photograph(server)) == {}


def test_another_file_of_the_same_name_is_not_taken_for_the_library(server: str, far: str) -> None:
    (plugin_dir(server) / library(SPEC)).write_bytes(library_file(SPEC).read_bytes() + b"\0")
    with pytest.raises(InstallError, match="the server does not have this library; run on the server"):
        put(far, SPEC)


def test_the_server_of_this_machine_is_asked_for_its_folder(server: str) -> None:
    """By its socket and without the option: where the folder can be seen, the library is placed."""
    dsn = server.split("&plugin_dir")[0]
    if not Path(sql(server, "select @@plugin_dir")[0][0]).is_dir():
        pytest.skip("this server runs in a root of its own")
    put(dsn, SPEC)
    assert look(dsn, SPEC).is_done
