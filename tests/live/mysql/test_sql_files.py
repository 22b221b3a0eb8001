"""install.sql by hand does what `udfgen install` does, whatever the client and the sql_mode; hostile text is data."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pymysql
import pytest

from tests.live.mysql import watched
from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.conftest import MYSQL
from tests.live.mysql.databases import (
    SPEC,
    bundle,
    changed,
    connection,
    is_mariadb,
    library,
    library_file,
    look,
    plugin_dir,
    put,
    remove,
    run,
    sql,
)
from tests.scripted import Script, ScriptedLambda
from udfgen.connect import parse

MODES = ("", "ANSI_QUOTES,PIPES_AS_CONCAT,IGNORE_SPACE", "NO_BACKSLASH_ESCAPES", "STRICT_ALL_TABLES,NO_ZERO_DATE")

TEXTS = (
    "it's \\ 'quoted' \\' \" `x`",
    "'; drop database shop; -- ",
    "*/ drop database shop; /*!80000 select 1 */",
    "\\'; delimiter //",
    "%s %(a)s {x} {{ it }} ??/",
    'end of )json" and )json',
    "g\u00f6ld \u20ac \U0001f600",
    "\\",
)
"""What ends, hides or changes something in SQL, C++, a template or a driver."""

SAID = " | ".join((*TEXTS, "\n--\tdelimiter //\n--\t//"))
"""A description, which may hold line ends and tabs too: so begin the lines of a script that are for the client."""

ACCOUNT = "o'b\"c\\d"
ACCOUNT_SQL = "`" + ACCOUNT + "`"


def written(value: object) -> str:
    """Return a value as YAML spells it, too."""
    return json.dumps(value, ensure_ascii=False)


HOSTILE = changed(
    SPEC,
    ("Price of a thing.", written(SAID)),
    ("{thing: text, amount: integer}", f"{{thing: {{type: text, enum: {written(TEXTS)}}}, amount: integer}}"),
    ("  stock:", f"    payload: {{thing: $thing, amount: $amount, constant: {written(TEXTS)}}}\n  stock:"),
    ("mysql: {}", f"mysql: {{accounts: {{app: [app, {written(ACCOUNT)}]}}}}"),
)


@pytest.fixture(params=MODES, ids=[mode or "none" for mode in MODES])
def odd(request: pytest.FixtureRequest, server: str) -> Iterator[str]:
    """A server on which new sessions have another sql_mode."""
    ((was,),) = sql(server, "select @@global.sql_mode")
    sql(server, f"create user {ACCOUNT_SQL}; set global sql_mode = '{request.param}'")
    yield server
    sql(server, f"set global sql_mode = '{was}'")


def clients(dsn: str) -> dict[str, list[str]]:
    """Return the commands of the clients that can reach a server."""
    place = str(parse(dsn).options["socket"])
    found = {"mariadb": ["mariadb", "--no-defaults", "-u", "root", "-S", place]}
    if is_mariadb(dsn):
        return found | {"mysql": ["mysql", *found["mariadb"][1:]]}
    inside = place.removeprefix(str(MYSQL))
    return found | {"mysql": ["chroot", str(MYSQL), "mysql", "--no-defaults", "-u", "root", "-S", inside]}


def run_file(command: list[str], text: str, path: str) -> tuple[int, str, str]:
    """Run a generated file through a client, as a person would."""
    (content,) = (file.content for file in bundle(text).files if file.path == path)
    done = subprocess.run(command, input=content, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("client", ["mariadb", "mysql"])
def test_a_client_and_udfgen_install_the_same(odd: str, client: str) -> None:
    command, was = clients(odd)[client], photograph(odd)
    (plugin_dir(odd) / library(HOSTILE)).write_bytes(library_file(HOSTILE).read_bytes())
    for _ in range(2):
        assert run_file(command, HOSTILE, "install.sql") == (0, "", "")
        assert look(odd, HOSTILE).is_done
    by_client, rows = photograph(odd), sql(odd, "select * from udfgen_shop.registry order by kind, name")
    assert run_file(command, HOSTILE, "uninstall.sql") == (0, "", "")
    (plugin_dir(odd) / library(HOSTILE)).unlink()
    assert difference(was, photograph(odd)) == {}
    put(odd, HOSTILE)
    assert difference(by_client, photograph(odd)) == {}
    assert sql(odd, "select * from udfgen_shop.registry order by kind, name") == rows
    remove(odd, HOSTILE)
    assert difference(was, photograph(odd)) == {}


@pytest.mark.parametrize("client", ["mariadb", "mysql"])
def test_a_client_makes_the_same_triggers(server: str, client: str, scripted: ScriptedLambda) -> None:
    """Their bodies hold semicolons, and the script tells the client where they end."""
    text = changed(watched.SPEC, ("'it''s \\ not'", "'-- delimiter // ; $$ \\'"))
    command, was = clients(server)[client], photograph(watched.prepare(server))
    (plugin_dir(server) / library(text)).write_bytes(library_file(text).read_bytes())
    for _ in range(2):
        assert run_file(command, text, "install.sql") == (0, "", "")
        assert look(server, text).is_done
    by_client = photograph(server)
    scripted.play(watched.QUEUED)
    assert len(watched.sent(scripted, server, watched.WRITE)) == 1
    assert run_file(command, text, "uninstall.sql") == (0, "", "")
    (plugin_dir(server) / library(text)).unlink()
    assert difference(was, photograph(server)) == {}
    put(server, text)
    assert difference(by_client, photograph(server)) == {}


def test_hostile_texts_arrive_as_they_are(odd: str, scripted: ScriptedLambda) -> None:
    put(odd, HOSTILE)
    assert look(odd, HOSTILE).is_done
    find = "select routine_comment from information_schema.routines where routine_name = 'price'"
    # Both servers keep comments in utf8mb3: what has four bytes becomes a question mark.
    assert sql(odd, find) == [(SAID.replace("\U0001f600", "?"),)]
    ((text,),) = sql(odd, "select group_concat(user order by user) from mysql.procs_priv where routine_name = 'price'")
    assert text == f"app,{ACCOUNT},udfgen_shop"
    scripted.play(Script(b'{"v": 7}'))
    with connection(odd, ACCOUNT) as opened, opened.cursor() as cursor:
        run(opened, "set session sql_mode = ''")
        for text in TEXTS:
            cursor.execute("select shop.price(%s, 2)", (text,))
            assert cursor.fetchall() == ((7,),)
        with pytest.raises(pymysql.Error, match=r"\[udfgen bad_argument\]"):
            cursor.execute("select shop.price('another', 2)")
    sent = [json.loads(request.body) for request in scripted.requests]
    assert sent == [{"thing": text, "amount": 2, "constant": list(TEXTS)} for text in TEXTS]


def test_a_script_that_fails_closes_what_it_did_not_finish(server: str) -> None:
    sql(server, f"create user {ACCOUNT_SQL}")
    assert run_file(clients(server)["mariadb"], HOSTILE, "install.sql")[0] != 0  # no library there
    with pytest.raises(pymysql.Error, match=r"denied|does not exist|Unknown database"):
        sql(server, "select shop.price('\\\\', 2)", "app")
    put(server, HOSTILE)
    assert look(server, HOSTILE).is_done
