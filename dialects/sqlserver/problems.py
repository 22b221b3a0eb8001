"""Why nothing can be installed in a database: each reason with what to do, found before anything is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from udfgen.bundle import Bundle, Key
from udfgen.errors import Origin
from udfgen.render import Text, type_out

from . import DIALECT, names, quote, targets, trust
from .trust import Query

OLDEST = 14
"""SQL Server 2017: the first with `clr strict security` and a list of trusted assemblies."""

WITH_ENDPOINT = 17
"""SQL Server 2025: the first with sp_invoke_external_rest_endpoint.

https://learn.microsoft.com/en-us/sql/relational-databases/system-stored-procedures/sp-invoke-external-rest-endpoint-transact-sql
"""

SERVER = """select
    cast(serverproperty(N'EngineEdition') as int),
    cast(serverproperty(N'ProductVersion') as nvarchar(128)),
    @@version,
    db_id(N'rdsadmin'),
    db_name(),
    suser_sname(),
    quotename(user_name())"""

READABLE = "select database_id, compatibility_level from sys.databases where database_id = db_id()"

DATABASE = """select
    cast(databasepropertyex(name, N'Updateability') as nvarchar(20)), is_rolemember(N'db_owner'), containment
from sys.databases
where database_id = db_id()"""

SETTINGS = (
    "select name, cast(value_in_use as int) from sys.configurations "
    "where name in (N'clr enabled', N'clr strict security', N'lightweight pooling')"
)

ELSEWHERE = {
    5: "Azure SQL Database",
    6: "Azure Synapse Analytics",
    8: "Azure SQL Managed Instance",
    9: "Azure SQL Edge",
    11: "Azure Synapse or a Fabric warehouse",
    12: "SQL database in Fabric",
}
"""Editions that load no assembly with external access, or where udfgen was never meant to run.

https://learn.microsoft.com/en-us/sql/t-sql/functions/serverproperty-transact-sql
"""

MANAGED = 8
"""The edition that does load assemblies, by its documentation."""

LAST_SYSTEM = 4
"""The last number of the server's own databases: master, tempdb, model, msdb."""

LEAST_LEVEL = 110
"""The compatibility level from which string_agg takes an order, by which the catalog is read.

https://learn.microsoft.com/en-us/sql/t-sql/functions/string-agg-transact-sql
"""

ENDPOINT = (
    "use sp_invoke_external_rest_endpoint there (a procedure, which cannot sign for AWS: put an API Gateway before the "
    "function), or call Lambda from the application, or from a SQL Server of your own on Windows"
)
OTHERWISE = "call Lambda from the application, or from a SQL Server of your own on Windows"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a session is: edition, version and banner of the engine, database, login, its user there, quoted."""

    edition: int
    version: str
    banner: str
    rdsadmin: int | None
    database: str
    login: str
    user: str

    @property
    def major(self) -> int:
        """The version as Microsoft counts: 14 is 2017, 17 is 2025."""
        return int(self.version.split(".")[0])


def server(query: Query) -> Server:
    """Ask where this is: by functions that every edition has."""
    return Server(*query(SERVER)[0])


def platform(here: Server) -> Iterator[str]:
    """Yield why this kind of server cannot have the functions at all."""
    if here.edition in ELSEWHERE:
        instead = ENDPOINT if here.edition in (5, MANAGED, 12) else OTHERWISE
        cannot = "udfgen does not support" if here.edition == MANAGED else "loads no assembly that reaches out"
        yield f"this is {ELSEWHERE[here.edition]}, which {cannot}: {instead}"
    elif "Linux" in here.banner:
        instead = ENDPOINT if here.major >= WITH_ENDPOINT else OTHERWISE
        yield f"this is SQL Server on Linux, which loads only assemblies that reach nothing outside: {instead}"
    elif here.rdsadmin is not None:
        yield f"this is Amazon RDS, which loads no assembly: {OTHERWISE} (EC2 will do)"
    elif here.major < OLDEST:
        yield f"this server is {here.version}: udfgen supports {DIALECT.title} {DIALECT.versions}"


def unreadable(query: Query) -> Iterator[str]:
    """Yield why a database cannot even be looked at."""
    number, level = query(READABLE)[0]
    if number <= LAST_SYSTEM:
        yield "this is a database of the system: name the one that the functions are for in the DSN"
    elif level < LEAST_LEVEL:
        raised = f"alter database current set compatibility_level = {LEAST_LEVEL}, or more"
        yield f"this database is of compatibility level {level}: {raised}"


def find(query: Query, here: Server, rights: trust.Rights, bundle: Bundle, live: Collection[Key]) -> Iterator[str]:
    """Yield every other reason why an install cannot be done."""
    yield from _switched_off(query)
    yield from _lacking(query, here)
    yield from _not_trusted(query, here, rights, bundle)
    yield from _absent_grantees(query, bundle)
    yield from _unfit_tables(query, bundle)
    yield from _unfit_schema(query, bundle)
    yield from _taken_names(query, bundle, live)


def _configure(option: str, value: int, advanced: bool) -> str:
    """Return the command for an administrator; `advanced` options are hidden until they are shown."""
    show = "exec sp_configure 'show advanced options', 1; reconfigure; " if advanced else ""
    return f"have an administrator run: {show}exec sp_configure '{option}', {value}; reconfigure;"


def _switched_off(query: Query) -> Iterator[str]:
    """These are the whole server's: an install changes none of them."""
    set_ = {str(name): value for name, value in query(SETTINGS)}
    if not set_.get("clr enabled"):
        yield f"`clr enabled` is off: {_configure('clr enabled', 1, advanced=False)}"
    if not set_.get("clr strict security"):
        yield (
            "`clr strict security` is off, so the list of trusted assemblies does not count: "
            f"{_configure('clr strict security', 1, advanced=True)}"
        )
    if set_.get("lightweight pooling"):
        yield (
            "`lightweight pooling` is on, and then nothing of the CLR runs: "
            f"{_configure('lightweight pooling', 0, advanced=True)} and restart the server"
        )


def _lacking(query: Query, here: Server) -> Iterator[str]:
    updateability, is_owner, containment = query(DATABASE)[0]
    if updateability != "READ_WRITE":
        yield f"the database {here.database} is read-only: connect to the primary replica, or make it writable"
    if containment:
        yield (
            f"the database {here.database} is contained, where an assembly cannot be created of its bytes: "
            "alter database current set containment = none; or use another database"
        )
    if is_owner != 1:
        yield f"{here.login} is not in db_owner of {here.database}: alter role db_owner add member {here.user}"


def _not_trusted(query: Query, here: Server, rights: trust.Rights, bundle: Bundle) -> Iterator[str]:
    """Who cannot even see the list goes on: CREATE ASSEMBLY will say it."""
    digest = trust.sha512(bundle)
    if digest and rights.may_see and not rights.may_give and not trust.is_trusted(query, digest):
        yield (
            f"the server does not trust the assembly, and {here.login} lacks CONTROL SERVER to change that: "
            f"have an administrator run: {trust.command(bundle, digest)}"
        )


def _absent_grantees(query: Query, bundle: Bundle) -> Iterator[str]:
    required = _required(bundle, "principal")
    for name in absent(query, required):
        create = f"create user {quote.identifier(name)}"
        yield f"{required[name]}: there is no user or role {name} in the database: {create}; or change the grant"


def absent(query: Query, names: Iterable[str]) -> list[str]:
    """Return the names of which the database has no user or role."""
    rows = _among(query, names, "select wanted.name from {} where database_principal_id(wanted.name) is null")
    return [str(name) for (name,) in rows]


def _unfit_tables(query: Query, bundle: Bundle) -> Iterator[str]:
    """A trigger has the rights of its table's owner: only dbo's reach the functions, whoever writes.

    Its name holds its table's schema: the registry tells names apart that a server may take for one.
    """
    required = _required(bundle, "table")
    sql = (
        "select wanted.name, place.name, found.name, "
        "user_name(isnull(found.principal_id, place.principal_id)), found.is_memory_optimized "
        "from {} left join (sys.tables as found join sys.schemas as place on place.schema_id = found.schema_id) "
        "on concat(place.name, N'.', found.name) = wanted.name"
    )
    for name, schema, table, owner, in_memory in _among(query, required, sql):
        if owner is None:
            yield f"{required[name]}: {targets.absent(name)}"
        elif f"{schema}.{table}" != name:
            yield f"{required[name]}: {names.spelled('table', name)}{schema}.{table}"
        elif owner != names.DBO:
            yield f"{required[name]}: {targets.of_another(schema, table)}"
        elif in_memory:
            yield f"{required[name]}: {targets.in_memory(name)}"
        else:
            missing = tuple(_absent_columns(query, name, _required(bundle, "column")))
            yield from missing or _not_unique(query, name, bundle)


def _absent_columns(query: Query, table: str, required: Mapping[str, Origin]) -> Iterator[str]:
    names = (each for each in required if each.startswith(f"{table}."))
    sql = (
        "select wanted.name from {} where not exists (select * from sys.columns as found "
        "join sys.tables as target on target.object_id = found.object_id "
        "join sys.schemas as place on place.schema_id = target.schema_id "
        "where concat(place.name, N'.', target.name, N'.', found.name) = wanted.name)"
    )
    for (name,) in _among(query, names, sql):
        yield f"{required[str(name)]}: there is no column {name} in the database: add it first, or change the trigger"


def _not_unique(query: Query, table: str, bundle: Bundle) -> Iterator[str]:
    for each in bundle.requirements:
        if each.key.kind == targets.KEY and ".".join(quote.parts(each.key.name)[:2]) == table:
            unique = type_out(DIALECT.name, Text("unique.sql", targets.required(each.key)))
            if not query(unique):
                yield f"{each.origin}: {targets.not_unique(each.key)}"


def _required(bundle: Bundle, kind: str) -> Mapping[str, Origin]:
    return {each.key.name: each.origin for each in bundle.requirements if each.key.kind == kind}


def _unfit_schema(query: Query, bundle: Bundle) -> Iterator[str]:
    """The owner of a schema may alter and drop what stands in it, and make other things.

    Its name is told as the catalog has it, for the sake of the registry.
    """
    schemas = (each.key.name for each in bundle.objects if each.key.kind == "schema")
    sql = (
        "select wanted.name, found.name, user_name(found.principal_id) "
        "from {} join sys.schemas as found on found.schema_id = schema_id(wanted.name)"
    )
    for name, found, owner in _among(query, schemas, sql):
        if found != name:
            yield f"{names.spelled('schema', name)}{found}"
        elif owner != names.DBO:
            yield names.owned_by_another(name)


def _taken_names(query: Query, bundle: Bundle, live: Collection[Key]) -> Iterator[str]:
    """What is there under a name of ours, and is not of this program, would make CREATE fail."""
    ours = {key.name for key in live}
    wanted = {each.key.name: each.key.kind for each in bundle.objects if "." in each.key.name}
    found = _among(
        query,
        wanted,
        "select wanted.name, found.type_desc from {} "
        "join (sys.objects as found join sys.schemas as place on place.schema_id = found.schema_id) "
        "on concat(place.name, N'.', found.name) = wanted.name",
    )
    for name, type_ in found:
        if name not in ours:
            what = str(type_).replace("_", " ").lower()
            own = "trigger" if wanted[str(name)] == "trigger" else "function"
            yield f"{name} is there, a {what} that is not of udfgen: rename it, or the {own} in the spec"


def _among(query: Query, names: Iterable[str], sql: str) -> list[tuple[Any, ...]]:
    """Run a query over names, which the server compares by its own collation."""
    listed = ", ".join(f"({quote.literal(each)})" for each in names)
    return query(sql.format(f"(values {listed}) as wanted (name)")) if listed else []
