"""Trust: the server loads an assembly whose SHA-512 an administrator listed. It is the server's, not the database's.

https://learn.microsoft.com/en-us/sql/relational-databases/system-stored-procedures/sys-sp-add-trusted-assembly-transact-sql
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from udfgen.bundle import Bundle

from . import lower, quote

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

TAKE = (
    "the next install by one who may trust assemblies takes that away, if it changes something, or an administrator by "
    "exec sys.sp_drop_trusted_assembly with the hash beside the name in sys.trusted_assemblies"
)
"""How trust is taken away that an install left."""


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


def command(bundle: Bundle, digest: str) -> str:
    """Return the statement that makes the server trust the assembly of a bundle."""
    name = next(each.key.name for each in bundle.objects if each.key.kind == "assembly")
    return f"exec sys.sp_add_trusted_assembly 0x{digest}, {quote.literal(lower.described(name))};"


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


def _installed(query: Query, bundle: Bundle, join: str = "", also: str = "") -> set[str]:
    ours = f"assembly.name collate Latin1_General_100_BIN2 like {lower.family(bundle.program)}"
    return {
        str(row[0]) for row in query(f"select assembly.name from sys.assemblies as assembly {join}where {ours}{also}")
    }
