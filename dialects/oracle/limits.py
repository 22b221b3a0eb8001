"""What Oracle cannot do with a spec: every reason with its place, and what to write instead."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from udfgen.errors import Problem, SpecError
from udfgen.expression import leaves
from udfgen.ir import (
    Constant,
    Expression,
    Function,
    Grant,
    Kind,
    Name,
    Operation,
    Parameter,
    Program,
    Table,
    Trigger,
    Value,
    json_text,
)

from . import DIALECT, java, names, quote, triggers
from .compat import DropIn, drop_ins

LONGEST_TEXT, LONGEST_BYTES = 4000, 2000
"""Bytes of a default: what VARCHAR2 and RAW hold."""

SMALLEST, LARGEST = Decimal("1e-130"), Decimal("1e126")
"""Where a NUMBER begins, and where it has ended.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Data-Types.html
"""

LONGEST_SIGNATURE = 4000
"""Characters of a Java method as a call specification names it: the dictionary keeps them in a VARCHAR2.

No method that fits has more than the 255 parameters that Java takes.
"""

NEEDED = re.compile(
    "all_registry_banners|all_users|all_views|dba_roles|dbms_java|dbms_lob|dual|session_privs|user_col_privs|"
    "user_errors|user_java_policy|user_objects|user_source|user_tab_columns|user_tab_privs|user_tables|user_triggers|"
    "user_ts_quotas|user_users|user_views"
)
"""What the install, the installer and the core name without its owner: a function of that name would hide it.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Schema-Object-Names-and-Qualifiers.html
"""

ABSOLUTE = re.compile(r"/|[A-Za-z]:[/\\]")


def refuse(program: Program) -> None:
    """Raise SpecError with everything that Oracle cannot do."""
    problems = [*_of_aws(program)]
    for function in program.functions:
        problems += [*_of_function(function, program), *_of_grantees(function.grants, program)]
        problems += [problem for parameter in function.parameters for problem in _of_default(parameter)]
    for family in program.compat:
        problems += _of_grantees(family.grants, program)
    problems += [problem for drop_in in drop_ins(program) for problem in _of_drop_in(drop_in)]
    problems += [problem for trigger in program.triggers for problem in _of_trigger(trigger, program)]
    if problems:
        raise SpecError(tuple(sorted(problems, key=lambda problem: problem.origin)))


def _of_aws(program: Program) -> Iterator[Problem]:
    """The server reads a file by its absolute path alone: that is what its FilePermission names."""
    aws, given = program.aws, program.aws.credentials
    if given.source == "profile" and given.file is None:
        advice = f"{DIALECT.title} reads it by a permission of its own: add file, the credentials file on the server"
        yield Problem(program.origin, "aws.credentials: source: profile without a file", advice, "credentials")
    files = (("credentials.file", given.file), ("credentials.config_file", given.config_file), ("ca_file", aws.ca_file))
    for name, file in files:
        if file is not None and not ABSOLUTE.match(file):
            advice = f"{DIALECT.title} needs an absolute path on the server"
            yield Problem(program.origin, f'aws.{name} "{_shown(file)}" is relative', advice, "file")


def _shown(text: str) -> str:
    return " ".join(quote.comment(text))


def _of_function(function: Function, program: Program) -> Iterator[Problem]:
    origin = function.origin
    if function.name == f"{program.name}_error_code":
        advice = f"{DIALECT.title} has the function that takes the code out of an error there: use another name"
        yield Problem(origin, f'"{function.name}" is taken', advice, "name")
    if NEEDED.fullmatch(function.name):
        advice = f"{DIALECT.title} has something of that name, which this install needs: use another name"
        yield Problem(origin, f'"{function.name}" would be hidden', advice, "name")
    ending = _ending(function)
    if len(function.name + ending) > DIALECT.name_bytes:
        most = DIALECT.name_bytes - len(ending)
        yield Problem(origin, f"a name of {len(function.name)} characters", _shorten(most, ending), "name")
    if len(java.call(function, program)) > LONGEST_SIGNATURE:
        what = f'"{function.name}" has {len(function.parameters)} parameters'
        advice = f"the names of their Java classes go beyond {LONGEST_SIGNATURE} characters: use one of json"
        yield Problem(origin, what, advice, "support")
    if quote.java_size(java.function_facts(function)) > java.LONGEST_CONSTANT:
        what = f'what is known of "{function.name}" does not fit into {java.LONGEST_CONSTANT} bytes of a Java constant'
        yield Problem(origin, what, "shorten its enums, its payload or its patterns", "support")


def _shorten(most: int, ending: str) -> str:
    return f"{DIALECT.title} takes {DIALECT.name_bytes}, and another object is called so with {ending}: use {most}"


def _ending(function: Function) -> str:
    """Return what the longest name beside a wrapper's ends in, '' where it stands alone."""
    if function.batch:
        return "$BATCH"
    if isinstance(function.returns, Table):
        return "$ROWS"
    return "$CALL" if any(each.default for each in function.parameters) else ""


def _of_default(parameter: Parameter) -> Iterator[Problem]:
    value = parameter.default.value if parameter.default else None
    if value is None:
        return
    advice = _advice(parameter.type.kind, value)
    if advice:
        yield Problem(parameter.origin, f'the default of "{parameter.name}" does not fit', advice, "support")


def _advice(kind: Kind, value: Value) -> str:
    """Return what is wrong with a default, '' where nothing is."""
    if kind in (Kind.REAL, Kind.DOUBLE):
        return _beyond(value) if isinstance(value, (int, Decimal)) else ""
    if kind is Kind.BYTES:
        size = len(base64.b64decode(str(value)))
        return _over(size, LONGEST_BYTES) if size else f"{DIALECT.title}'s RAW is NULL when it is empty"
    text = json_text(value) if kind is Kind.JSON else str(value)
    return _over(len(text.encode()), LONGEST_TEXT)


def _beyond(value: int | Decimal) -> str:
    size = abs(Decimal(value))
    is_fine = size == 0 or SMALLEST <= size < LARGEST
    return "" if is_fine else f"{DIALECT.title}'s NUMBER begins at {SMALLEST:e} and ends at {LARGEST:e}"


def _over(size: int, most: int) -> str:
    return f"{DIALECT.title} takes {most} bytes of it: pass it as an argument" if size > most else ""


def _of_grantees(grants: Iterable[Grant], program: Program) -> Iterator[Problem]:
    for grant in grants:
        if "PUBLIC" in names.means(grant.grantee, program):
            advice = "name users or roles as engines.oracle.grantees"
            yield Problem(grant.origin, "nothing is granted to PUBLIC", advice, "public")


def _of_drop_in(drop_in: DropIn) -> Iterator[Problem]:
    if quote.java_size(java.drop_in_facts(drop_in)) > java.LONGEST_CONSTANT:
        what = f"what {drop_in.form.name} may reach does not fit into {java.LONGEST_CONSTANT} bytes of a Java constant"
        yield Problem(drop_in.family.origin, what, "spread the bindings over several specs", "support")


# Triggers


def _of_trigger(trigger: Trigger, program: Program) -> Iterator[Problem]:
    own = names.schema(program)
    if trigger.schema is not None and triggers.fold(trigger.schema) != own:
        what = f'the table stands in another schema than the functions, "{_shown(triggers.fold(trigger.schema))}"'
        advice = f"{DIALECT.title} would need CREATE ANY TRIGGER: install into its schema, by engines.oracle.schema"
        yield Problem(trigger.origin, what, advice, "support")
    for name in (trigger.table, *triggers.columns(trigger)):
        yield from _of_name(name, trigger)
    for expression in triggers.expressions(trigger):
        yield from _of_literals(expression, trigger)


def _of_name(name: Name, trigger: Trigger) -> Iterator[Problem]:
    """Names that no quotes can hold, or that the script's character set has no letters for."""
    try:
        triggers.identifier(name)
    except ValueError as error:
        yield Problem(trigger.origin, f'the name "{_shown(name.text)}" cannot be written', f"here {error}", "name")


def _of_literals(expression: Expression, trigger: Trigger) -> Iterator[Problem]:
    """What a literal holds; an empty text is NULL, with which nothing compares."""
    for each in leaves(expression):
        if isinstance(each, Constant) and each.value is not None:
            advice = _literal_advice(each, isinstance(expression, Operation))
            if advice:
                yield Problem(trigger.origin, "a value of the trigger does not fit", advice, "support")


def _literal_advice(constant: Constant, is_compared: bool) -> str:
    """Return what is wrong with a literal of a trigger, '' where nothing is."""
    if is_compared and constant.value == "":
        return f"{DIALECT.title} has no empty text, it is NULL: compare by is null"
    kind = constant.type.kind if constant.type else Kind.TEXT
    if isinstance(constant.value, Decimal):
        return _beyond(constant.value)
    if kind is Kind.JSON:
        return _over(len(str(constant.value).encode()), LONGEST_TEXT)
    return _advice(kind, constant.value)
