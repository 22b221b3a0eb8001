"""Who may install, and on which server: what is missing is told before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.mysql.catalogs import difference, photograph
from tests.live.mysql.databases import ENGINE, SPEC, is_mariadb, look, put, sql
from udfgen import dialect
from udfgen.errors import RefusedError, UdfgenError

problems = dialect.load(ENGINE).part("problems")


@pytest.fixture
def dba(server: str) -> str:
    """The DSN of an account with every right."""
    sql(server, "create user dba; grant all on *.* to dba with grant option")
    return server.replace("root@", "dba@")


def test_every_right_is_enough(dba: str) -> None:
    put(dba, SPEC)
    assert look(dba, SPEC).is_done


@pytest.mark.parametrize("right", sorted(problems.RIGHTS - {"SELECT"}))
def test_a_missing_right_is_told(server: str, dba: str, right: str) -> None:
    sql(server, f"revoke {right} on *.* from dba")
    was = photograph(server)
    with pytest.raises(
        RefusedError, match=rf"^account dba@% lacks on \*\.\*: {right}; install with an account that has"
    ):
        put(dba, SPEC)
    assert difference(was, photograph(server)) == {}


def test_who_cannot_look_is_told_by_the_server(server: str, dba: str) -> None:
    sql(server, "revoke select on *.* from dba")
    with pytest.raises(UdfgenError, match=r"lacks on \*\.\*: SELECT"):
        put(dba, SPEC)


def test_who_cannot_grant_is_told(server: str, dba: str) -> None:
    sql(server, "revoke grant option on *.* from dba")
    with pytest.raises(RefusedError, match=r"lacks on .*: GRANT OPTION;"):
        put(dba, SPEC)


def test_who_cannot_name_a_definer_is_told(server: str, dba: str) -> None:
    rights = "super, set user" if is_mariadb(server) else "super, set_any_definer"
    sql(server, f"revoke {rights} on *.* from dba")
    with pytest.raises(RefusedError, match=r"lacks on .*: SUPER or SET USER or SET_ANY_DEFINER;"):
        put(dba, SPEC)


def test_a_binary_log_without_trust_is_told(server: str, dba: str) -> None:
    if sql(server, "select @@log_bin") == [(0,)]:
        pytest.skip("this server keeps no binary log")
    sql(server, "revoke super on *.* from dba")
    with pytest.raises(
        RefusedError, match=r"binary logging is on: set global log_bin_trust_function_creators = on, or"
    ):
        put(dba, SPEC)
    sql(server, "set global log_bin_trust_function_creators = on")
    try:
        put(dba, SPEC)
        assert look(dba, SPEC).is_done
    finally:
        sql(server, "set global log_bin_trust_function_creators = off")


def test_a_missing_grantee_is_told_with_its_place(server: str) -> None:
    sql(server, "drop user app")
    was = photograph(server)
    line = SPEC.splitlines().index("    grant: [app]") + 1
    told = rf"^spec\.yaml:{line}:13: account `app`@`%` does not exist: create user `app`@`%`; or change the grant$"
    with pytest.raises(RefusedError, match=told):
        put(server, SPEC)
    assert difference(was, photograph(server)) == {}


def test_an_old_server_is_refused(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "OLDEST", {True: (10, 12), False: (9, 99)})
    with pytest.raises(
        RefusedError, match=r"^this server is \S+: udfgen supports MySQL 8\.4, MariaDB 10\.11, and newer$"
    ):
        put(server, SPEC)


@pytest.fixture
def keeps_rights(server: str) -> Iterator[str]:
    """A server on which a dropped routine leaves its grants behind."""
    sql(server, "set global automatic_sp_privileges = off")
    yield server
    sql(server, "set global automatic_sp_privileges = on")


def test_a_server_that_keeps_the_rights_of_dropped_routines_is_refused(keeps_rights: str) -> None:
    was = photograph(keeps_rights)
    with pytest.raises(RefusedError, match="would leave their grants behind: set global automatic_sp_privileges = on"):
        put(keeps_rights, SPEC)
    assert difference(was, photograph(keeps_rights)) == {}


def test_an_owner_that_was_there_and_has_rights_is_not_taken(server: str) -> None:
    sql(server, "create user udfgen_shop@localhost; grant process on *.* to udfgen_shop@localhost")
    was = photograph(server)
    with pytest.raises(RefusedError, match=r"has rights of its own: name another one as engines\.mysql\.owner"):
        put(server, SPEC)
    assert difference(was, photograph(server)) == {}
