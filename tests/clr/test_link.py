"""The assembly in assembly.sql against the declarations in install.sql, linked as SQL Server does it.

A small assembly of the tests shows that each mistake is found; then every generated one is linked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.clr import build, standin
from tests.clr.test_tsql import bundles

LINKED = Path(__file__).with_name("Linked.cs")
NAME = "udfgen_linked_0123456789ab"

ASSEMBLY = """\
exec sys.sp_add_trusted_assembly 0x{hash}, N'{name}';
GO
declare @assembly varbinary(max) = 0x{bytes};
create assembly [{name}] authorization [dbo] from @assembly with permission_set = {permissions};
GO
"""

GOOD = {
    "a scalar function": "create function q.f(@id bigint, @tier nvarchar(4000)) returns decimal(5,2) as {Score}",
    "another precision": "create function q.f(@id bigint, @tier nvarchar(max)) returns decimal(38,9) as {Score}",
    "a default and an option": "create function q.f(@id bigint = -7, @tier nvarchar(9) = N'x') returns decimal(5,2) "
    "with returns null on null input as {Score}",
    "a procedure": "create procedure q.f @kind nvarchar(max), @at datetime2(6) as {Log}",
    "a date": "create procedure q.f @kind nvarchar(20), @at date as {Log}",
    "a table": "create function q.f(@id bigint) returns table "
    "(id uniqueidentifier, placed datetimeoffset(6), total decimal(9,2)) as {Orders}",
}
BAD = {
    "an assembly of another name": (6528, "create function q.f(@a int) returns int as external name [x].[y].[z]"),
    "a class that is not there": (6505, "create function q.f(@a int) returns int as {Udfgen.Missing.Score}"),
    "a class's name in another case": (6505, "create function q.f(@a int) returns int as {udfgen.functions.Score}"),
    "a class that is not public": (6576, "create function q.f(@a int) returns int as {Udfgen.Table.Inside}"),
    "a method that is not there": (6506, "create function q.f(@a int) returns int as {Missing}"),
    "a method's name in another case": (6506, "create function q.f(@a int) returns int as {score}"),
    "a method that is overloaded": (6572, "create function q.f(@a int) returns int as {Twice}"),
    "a method that is generic": (6570, "create function q.f(@a int) returns int as {Any}"),
    "a method that is not public": (6574, "create function q.f(@a int) returns int as {Hidden}"),
    "a method that is not static": (6573, "create function q.f(@a int) returns int as {Udfgen.Others.Own}"),
    "a parameter too few": (6550, "create function q.f(@id bigint) returns decimal(5,2) as {Score}"),
    "a parameter too many": (6550, "create procedure q.f @a nvarchar(9), @b date, @c int as {Log}"),
    "a varchar parameter": (6552, "create function q.f(@id bigint, @t varchar(9)) returns decimal(5,2) as {Score}"),
    "an int for a bigint": (6552, "create function q.f(@id int, @t nvarchar(9)) returns decimal(5,2) as {Score}"),
    "a float for a decimal": (6551, "create function q.f(@id bigint, @t nvarchar(9)) returns float as {Score}"),
    "a varchar result": (6551, "create function q.f(@id bigint, @t nvarchar(9)) returns varchar(9) as {Score}"),
    "a procedure that gives a number": (6567, "create procedure q.f @id bigint, @tier nvarchar(9) as {Score}"),
    "a function of nothing": (6551, "create function q.f(@k nvarchar(9), @a date) returns int as {Log}"),
    "a table that is a number": (
        6551,
        "create function q.f(@id bigint, @t nvarchar(9)) returns table (a int) as {Score}",
    ),
    "a number that is a table": (6551, "create function q.f(@id bigint) returns int as {Orders}"),
    "a table without a method for rows": (6506, "create function q.f() returns table (a int) as {Unfilled}"),
    "a column too few": (
        6208,
        "create function q.f(@id bigint) returns table (id uniqueidentifier, placed datetimeoffset) as {Orders}",
    ),
    "two columns in the wrong order": (
        6258,
        "create function q.f(@id bigint) returns table "
        "(id uniqueidentifier, total decimal(9,2), placed datetimeoffset) as {Orders}",
    ),
    "a row that is no object": (6591, "create function q.f() returns table (a int) as {Typed}"),
    "a column that is not given back": (6258, "create function q.f() returns table (a int) as {ByValue}"),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of the small assembly."""
    return build.compile_csharp([LINKED], tmp_path_factory.mktemp("linked") / f"{NAME}.dll").read_bytes()


def assembly_sql(library: bytes, name: str = NAME, permissions: str = "external_access") -> str:
    """Return an assembly.sql for an assembly."""
    digest = hashlib.sha512(library).hexdigest().upper()
    return ASSEMBLY.format(hash=digest, name=name, bytes=library.hex().upper(), permissions=permissions)


def link(folder: Path, assembly: str, install: str) -> tuple[list[str], list[str]]:
    """Link two scripts, given as texts."""
    (folder / "assembly.sql").write_text(assembly, encoding="utf-8")
    (folder / "install.sql").write_text(f"set nocount on;\nGO\n{install}\nGO\n", encoding="utf-8")
    return standin.link(folder / "assembly.sql", folder / "install.sql")


def declared(sql: str) -> str:
    """Return a declaration with the external name of `{method}`, or `{class.method}`, in full."""

    def external(found: re.Match[str]) -> str:
        owner, _, method = found[1].rpartition(".")
        return f"external name [{NAME}].[{owner or 'Udfgen.Functions'}].[{method}]"

    return re.sub(r"\{([\w.]+)\}", external, sql)


@pytest.mark.parametrize("sql", [pytest.param(sql, id=name) for name, sql in GOOD.items()])
def test_a_declaration_fits(sql: str, library: bytes, tmp_path: Path) -> None:
    linked, refused = link(tmp_path, assembly_sql(library), declared(sql))
    assert refused == []
    assert len(linked) == 1


@pytest.mark.parametrize(("number", "sql"), [pytest.param(*each, id=name) for name, each in BAD.items()])
def test_a_declaration_that_does_not_fit_is_refused(number: int, sql: str, library: bytes, tmp_path: Path) -> None:
    linked, refused = link(tmp_path, assembly_sql(library), declared(sql))
    assert linked == []
    assert [each.split(": ")[:2] for each in refused] == [["install.sql:3:1", f"Msg {number}"]]


def test_a_changed_byte_is_not_trusted(library: bytes, tmp_path: Path) -> None:
    good = assembly_sql(library)
    place = good.index("0x4D5A") + 600
    changed = good[:place] + ("1" if good[place] == "0" else "0") + good[place + 1 :]
    _, refused = link(tmp_path, changed, declared(GOOD["a scalar function"]))
    assert [each.split(": ")[:2] for each in refused] == [["assembly.sql:1:34", "Msg 10343"]]


def test_both_names_are_one(library: bytes, tmp_path: Path) -> None:
    _, refused = link(tmp_path, assembly_sql(library, "udfgen_linked_ba9876543210"), "select 1;")
    assert [each.split(": ")[:2] for each in refused] == [["assembly.sql:4:1", "Msg 6554"]]


@pytest.mark.parametrize("permissions", ["safe", "unsafe"])
def test_no_other_permission_set_will_do(permissions: str, library: bytes, tmp_path: Path) -> None:
    _, refused = link(tmp_path, assembly_sql(library, permissions=permissions), "select 1;")
    assert refused == ["assembly.sql:4:1: the permission set is not EXTERNAL_ACCESS"]


def test_there_is_one_assembly_and_trust_in_it(library: bytes, tmp_path: Path) -> None:
    trust, _, rest = assembly_sql(library).partition("GO\n")
    for text in (trust, rest):
        _, refused = link(tmp_path, text, "select 1;")
        assert refused == ["assembly.sql:1:1: there is not one assembly, and the trust in it"]


# --- what is generated -----------------------------------------------------------------------------------------

COMPILED = ("quickstart", "names", "types", "conformance", "written")
"""Specs with every type, every form of a function, and names that are words of C#."""

BROKEN = {
    "a varchar parameter": (
        6552,
        "@customer_id bigint,\n    @tier nvarchar(4000)\n",
        "@customer_id varchar(20),\n    @tier nvarchar(4000)\n",
    ),
    "a parameter too many": (
        6550,
        "nvarchar(max),\n    @kind nvarchar(max),",
        "nvarchar(max),\n    @kind nvarchar(max), @more int,",
    ),
    "another method": (6506, ".[log_event];", ".[log_events];"),
    "another class": (6505, "[Udfgen.Functions].[log_event];", "[Udfgen.Missing].[log_event];"),
    "the class inside": (6576, "[Udfgen.Functions].[log_event];", "[Udfgen.Table].[log_event];"),
    "another result": (6551, "returns decimal(5,2)\nas external", "returns float\nas external"),
    "another column": (6258, "[total] decimal(12,2)", "[total] nvarchar(20)"),
    "a column too few": (6208, ",\n    [total] decimal(12,2)", ""),
}


MODES = "[quickstart].[udfgen$quickstart$modes]()"
UNWRAPPED = {
    "no switch": ("is not given what the switch says", f"{MODES}, @customer_id, @tier", "null, @customer_id, @tier"),
    "a switch that is set aside": ("what the switch says", "@udfgen$modes = @udfgen$modes", "@udfgen$modes = @kind"),
    "an argument too few": ("Msg 313", f"{MODES}, @customer_id, @tier", f"{MODES}, @customer_id"),
    "two arguments in each other's places": (
        "is given something else than @customer_id",
        f"{MODES}, @customer_id, @tier",
        f"{MODES}, @tier, @customer_id",
    ),
    "a parameter of another name": ("Msg 8145", "@details = @details", "@detail = @details"),
    "a wider type": ("is given something else", "@tier nvarchar(4000) =", "@tier nvarchar(max) ="),
}
"""By what is wrong: what is said of it, and the part of install.sql that it stands in the place of."""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """What writes and compiles all of a spec, once, and returns the folder of its files."""

    @cache
    def folder(name: str) -> Path:
        root = tmp_path_factory.mktemp(name)
        made = next(bundles(name))
        build.compile_bundle(made, root)
        return made.folder(root)

    return folder


@pytest.mark.parametrize("name", COMPILED)
def test_every_routine_is_a_method(name: str, compiled: Callable[[str], Path]) -> None:
    folder = compiled(name)
    linked, refused = standin.link(folder / "assembly.sql", folder / "install.sql")
    assert refused == []
    methods = re.findall(r"^as external name ", (folder / "install.sql").read_text(), re.MULTILINE)
    assert len(linked) == 2 * len(methods) - 1 > 1, "there is a wrapper for each but the probe"


@pytest.mark.parametrize(("number", "old", "new"), [pytest.param(*each, id=name) for name, each in BROKEN.items()])
def test_a_routine_that_is_no_method_is_found(
    number: int, old: str, new: str, compiled: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = compiled("quickstart")
    text = (folder / "install.sql").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "install.sql").write_text(text.replace(old, new), encoding="utf-8")
    _, (refused, *_) = standin.link(folder / "assembly.sql", tmp_path / "install.sql")
    assert refused.split(": ")[1] == f"Msg {number}"


@pytest.mark.parametrize(("said", "old", "new"), [pytest.param(*each, id=name) for name, each in UNWRAPPED.items()])
def test_a_wrapper_that_passes_something_else_is_found(
    said: str, old: str, new: str, compiled: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = compiled("quickstart")
    text = (folder / "install.sql").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "install.sql").write_text(text.replace(old, new), encoding="utf-8")
    _, (refused,) = standin.link(folder / "assembly.sql", tmp_path / "install.sql")
    assert said in refused


@pytest.mark.parametrize(
    ("said", "old", "new"),
    [
        ("is told that a trigger calls it", "@rows, 0)", "@rows, 1)"),
        ("is told that a trigger calls it", "@udfgen$native = 0", "@udfgen$native = 1"),
        ("Msg 313", "(), @rows, 0)", "(), @rows)"),
        ("Msg 8145", "@udfgen$native = 0", "@native = 0"),
    ],
)
def test_a_wrapper_says_that_its_rows_are_a_caller_s(
    said: str, old: str, new: str, compiled: Callable[[str], Path], tmp_path: Path
) -> None:
    """Only a trigger of the install is believed that it writes values of JSON in strings."""
    folder = compiled("written")
    text = (folder / "install.sql").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "install.sql").write_text(text.replace(old, new), encoding="utf-8")
    _, (refused,) = standin.link(folder / "assembly.sql", tmp_path / "install.sql")
    assert said in refused


def test_what_is_checked_in_fits() -> None:
    folder = standin.ROOT / "examples" / "quickstart" / "generated" / "sqlserver"
    linked, refused = standin.link(folder / "assembly.sql", folder / "install.sql")
    assert (len(linked), refused) == (7, [])
