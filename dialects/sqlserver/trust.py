"""Trust: the server loads an assembly whose SHA-512 an administrator listed. It is the server's, not the database's.

https://learn.microsoft.com/en-us/sql/relational-databases/system-stored-procedures/sys-sp-add-trusted-assembly-transact-sql
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from udfgen.bundle import Bundle

from . import lower, names, quote

Query = Callable[[str], list[tuple[Any, ...]]]
"""Runs a query and returns its rows."""

RIGHTS = """select
    has_perms_by_name(null, null, N'CONTROL SERVER'),
    coalesce(
        has_perms_by_name(null, null, N'VIEW SERVER SECURITY STATE'),
        has_perms_by_name(null, null, N'VIEW SERVER STATE')
    )"""
"""Who may give trust, and who may see it: from 2022 the narrower right is enough, before it is unknown, which is NULL.

https://learn.microsoft.com/en-us/sql/relational-databases/system-catalog-views/sys-trusted-assemblies-transact-sql
https://learn.microsoft.com/en-us/sql/t-sql/functions/has-perms-by-name-transact-sql
"""

UNTRUSTED = "not trusted by this server"
"""What is added to the definition of an assembly that the server would not load: no backup brings trust along."""

END = (
    "an administrator ends that by exec sys.sp_drop_trusted_assembly with the hash beside the name in "
    "sys.trusted_assemblies, once no database has the assembly"
)
"""How trust is ended that an install left."""

HIDDEN = "select name from sys.databases where state <> 0 or isnull(has_dbaccess(name), 0) = 0"
"""The databases that nobody can look into now: any of them may have the assembly.

https://learn.microsoft.com/en-us/sql/t-sql/functions/has-dbaccess-transact-sql
"""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a login may do about trust."""

    may_give: bool
    may_see: bool


def rights(query: Query) -> Rights:
    """Ask what this login may do."""
    may_give, may_see = query(RIGHTS)[0]
    return Rights(may_give == 1, may_give == 1 or may_see == 1)


def sha512(bundle: Bundle) -> str | None:
    """Return the hash of the compiled assembly, 128 hex digits; None where it is not compiled."""
    compiled = bundle.fills.get(lower.BYTES)
    return hashlib.sha512(bytes.fromhex(compiled.removeprefix("0x"))).hexdigest().upper() if compiled else None


def is_trusted(query: Query, digest: str) -> bool:
    """Tell whether the server lists a hash; for those who may see."""
    return bool(query(f"select hash from sys.trusted_assemblies where hash = 0x{digest}"))


def name(bundle: Bundle) -> str:
    """Return the name of a bundle's assembly."""
    return next(each.key.name for each in bundle.objects if each.key.kind == "assembly")


def command(bundle: Bundle, digest: str) -> str:
    """Return the statement that makes the server trust the assembly of a bundle."""
    return f"exec sys.sp_add_trusted_assembly 0x{digest}, {quote.literal(lower.described(name(bundle)))};"


def obstacle(query: Query) -> str:
    """Return why trust cannot be ended, '' when it can."""
    if not rights(query).may_give:
        return "this login lacks CONTROL SERVER"
    hidden = ", ".join(str(row[0]) for row in query(HIDDEN))
    return f"these databases, which may have the assembly, cannot be looked at: {hidden}" if hidden else ""


def remember(names: Iterable[str]) -> str:
    """Return the batch that puts the names of assemblies where untrust.sql finds them."""
    rows = ", ".join(f"({quote.literal(each)})" for each in names)
    return (
        "create table #gone (name nvarchar(128) collate Latin1_General_100_BIN2 not null); "
        f"insert into #gone (name) values {rows};"
    )


def untrusted(query: Query, bundle: Bundle) -> set[str]:
    """Return the installed assemblies of a program that the server would not load; for those who may see."""
    return _installed(
        query,
        bundle,
        "join sys.assembly_files as main on main.assembly_id = assembly.assembly_id and main.file_id = 1 ",
        " and hashbytes('SHA2_512', main.content) not in (select hash from sys.trusted_assemblies)",
    )


def installed(query: Query, bundle: Bundle) -> set[str]:
    """Return the assemblies of a program in this database."""
    return _installed(query, bundle)


def idle(query: Query, bundle: Bundle) -> set[str]:
    """Return those of them that nothing stands on."""
    used = "select * from sys.assembly_modules as module where module.assembly_id = assembly.assembly_id"
    return _installed(query, bundle, also=f" and not exists ({used})")


def _installed(query: Query, bundle: Bundle, join: str = "", also: str = "") -> set[str]:
    ours = f"assembly.name collate Latin1_General_100_BIN2 like {names.family(bundle.program)}"
    return {
        str(row[0]) for row in query(f"select assembly.name from sys.assemblies as assembly {join}where {ours}{also}")
    }
