"""Rules for Oracle's scripts: what SQL*Plus would take for its own, and what PL/SQL or the design does not allow.

A rule is a function from a script to the lines that break it; its name is the rule's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.plsql.script import Script, Statement, Token, parse

Rule = Callable[[Script], Iterator[int]]

LONGEST_LINE = 2499
"""https://docs.oracle.com/en/database/oracle/oracle-database/19/sqpug/SQL-Plus-limits.html"""

LONGEST_LITERAL, LONGEST_NAME = 4000, 128
PERMISSIONS = "permissions.sql"
SETTINGS = ("set define off", "set sqlblanklines on", "whenever sqlerror exit failure rollback")
COMMANDS = re.compile(r"\s*(?:rem|remark|prompt|host|spool|accept|pause|undefine|whenever)\b", re.IGNORECASE)
"""Commands of SQL*Plus that are no words of SQL at the beginning of a line."""


@dataclass(frozen=True)
class Finding:
    """A rule that a line breaks."""

    rule: str
    script: str
    line: int


RULES: dict[str, Rule] = {}


def rule(check: Rule) -> Rule:
    """Register a rule."""
    RULES[check.__name__] = check
    return check


def lint(name: str, text: str) -> list[Finding]:
    """Return what is wrong with a script."""
    script = parse(name, text)
    return [Finding(each, name, line) for each, check in RULES.items() for line in check(script)]


def _tokens(script: Script) -> Iterator[Token]:
    for statement in script.statements:
        yield from statement.tokens


# SQL*Plus


@rule
def ampersand(script: Script) -> Iterator[int]:
    """An & asks for a value, in quotes and comments too, until it is switched off."""
    off = next((line.number for line in script.commands if line.text == "set define off"), len(script.lines) + 1)
    yield from (line.number for line in script.lines if "&" in line.text and line.number < off)


@rule
def setting(script: Script) -> Iterator[int]:
    """The three settings come first; anything else outside of a statement is a command that nobody meant."""
    found = [line.text for line in script.commands[: len(SETTINGS)]]
    if found != list(SETTINGS):
        yield 1
    yield from (line.number for line in script.commands[len(SETTINGS) :])


@rule
def lone_dot(script: Script) -> Iterator[int]:
    """A full stop alone ends the input of a block."""
    yield from (line.number for line in script.lines if line.text.strip() == ".")


@rule
def command(script: Script) -> Iterator[int]:
    """@, # and ! at the beginning of a line run something, within a statement too."""
    yield from (line.number for line in script.lines if line.text.lstrip()[:1] in ("@", "#", "!"))


@rule
def command_word(script: Script) -> Iterator[int]:
    """A line of SQL that begins as a command of SQL*Plus was meant to be one."""
    for statement in script.statements:
        lines = statement.lines[:1] if statement.is_java else statement.lines
        yield from (line.number for line in lines if COMMANDS.match(line.text))


@rule
def hyphen(script: Script) -> Iterator[int]:
    """A hyphen at the end continues a line with the next, in comments too."""
    yield from (line.number for line in script.lines if line.text.rstrip().endswith("-"))


@rule
def long_line(script: Script) -> Iterator[int]:
    """A line that is too long is cut or refused."""
    yield from (line.number for line in script.lines if len(line.text) > LONGEST_LINE)


@rule
def blank_line(script: Script) -> Iterator[int]:
    """A blank line ends a statement of SQL, unless told."""
    if any(line.text == "set sqlblanklines on" for line in script.commands):
        return
    for statement in script.statements:
        if not (statement.is_plsql or statement.is_java):
            yield from (line.number for line in statement.lines if not line.text.strip())


@rule
def slash(script: Script) -> Iterator[int]:
    """Every statement ends by a line with a slash alone."""
    yield from (statement.first for statement in script.statements if not statement.is_ended)


@rule
def twice(script: Script) -> Iterator[int]:
    """A semicolon at the end of SQL runs it, and the slash below runs it again."""
    for statement in script.statements:
        if not (statement.is_plsql or statement.is_java) and statement.text.rstrip().endswith(";"):
            yield statement.first


@rule
def bind(script: Script) -> Iterator[int]:
    """A :name is a variable of the client's, but for the rows of a trigger."""
    for statement in script.statements:
        rows = ROWS if statement.is_trigger else ()
        yield from (each.line for each in statement.tokens if each.kind == "bind" and each.text.lower() not in rows)


@rule
def ascii_only(script: Script) -> Iterator[int]:
    """The client's character set is anybody's guess."""
    yield from (line.number for line in script.lines if not line.text.isascii())


# PL/SQL


@rule
def sized_type(script: Script) -> Iterator[int]:
    """Parameters and results have no length: PLS-00103."""
    for statement in script.statements:
        for head in heads(statement):
            types = [part for part in (*head.parameters, head.returns) if part]
            yield from (part[0].line for part in types if any(token.text == "(" for token in _before_default(part)))


@rule
def long_name(script: Script) -> Iterator[int]:
    """A name has at most 128 bytes."""
    for token in _tokens(script):
        if token.kind in ("word", "quoted") and len(token.text.strip('"').encode()) > LONGEST_NAME:
            yield token.line


@rule
def unquoted(script: Script) -> Iterator[int]:
    """Every name that the spec has a say in is quoted: what is made, its parameters, what is granted and to whom.

    A package without a method in Java has only names of its own.
    """
    for statement in script.statements:
        yield from (name.line for name in _named(statement) if name.kind != "quoted")


@rule
def quotes(script: Script) -> Iterator[int]:
    """Quotes are closed."""
    yield from (token.line for token in _tokens(script) if token.kind == "open")


@rule
def long_literal(script: Script) -> Iterator[int]:
    """A literal of SQL has at most 4,000 bytes."""
    for token in _tokens(script):
        if token.kind == "string" and len(token.text[1:-1].replace("''", "'").encode()) > LONGEST_LITERAL:
            yield token.line


@rule
def authid(script: Script) -> Iterator[int]:
    """Whose rights count is written down, and it is the owner's; a collection has no code, a body has its package's."""
    for statement in script.statements:
        made = re.match(
            r"create or replace (?:and resolve )?(function|procedure|package(?! body)|type|java source)\b",
            statement.text,
        )
        words = " ".join(token.text.lower() for token in statement.tokens)
        if made and "authid definer" not in words and not (made[1] == "type" and "as table of" in words):
            yield statement.first


@rule
def public(script: Script) -> Iterator[int]:
    """Nothing is granted to everybody, and nothing gets a name for everybody; a text may be the word `public`."""
    for token in _tokens(script):
        words = r"\b(?:to public|synonym)\b" if token.kind == "string" else r"\b(?:public|synonym)\b"
        if re.search(words, token.text, re.IGNORECASE):
            yield token.line


@rule
def java_grant(script: Script) -> Iterator[int]:
    """Java permissions stand in the file for the DBA, and nowhere else."""
    if script.name != PERMISSIONS:
        yield from (
            token.line for token in _tokens(script) if token.word in ("grant_permission", "grant_policy_permission")
        )


@rule
def all_permission(script: Script) -> Iterator[int]:
    """Nobody gets everything."""
    yield from (line.number for line in script.lines if "AllPermission" in line.text)


@rule
def end(script: Script) -> Iterator[int]:
    """PL/SQL ends by `end;`, a call specification by the method's name."""
    for statement in script.statements:
        *_, before, last, mark = (*statement.tokens, *[Token("mark", "", 0)] * 3)[: max(3, len(statement.tokens))]
        is_whole = last.word == "end" or (before.word, last.kind) == ("name", "string")
        if statement.is_plsql and not (mark.text == ";" and is_whole):
            yield statement.first


# Triggers

ROWS = (":new", ":old")
ENDING = ("commit", "rollback", "savepoint", "pragma", "immediate", "lock")
READING = ("select", "insert", "update", "delete", "merge")
"""What ends a transaction, ORA-04092; what would read or write the table that is being written, ORA-04091."""


@rule
def enabled(script: Script) -> Iterator[int]:
    """A trigger is made disabled, seen to compile, then enabled: one with errors makes every write fail."""
    for at, statement in enumerate(script.statements):
        if statement.is_trigger:
            name = statement.tokens[4].text if len(statement.tokens) > 4 else ""
            after = [each.text for each in script.statements[at + 1 : at + 3]]
            checked = f".check_made('trigger', '{name.strip(chr(34))}'); end;"
            is_checked = len(after) == 2 and after[0].endswith(checked) and after[1] == f"alter trigger {name} enable"
            if not is_checked or "disable" not in _head(statement):
                yield statement.first


@rule
def in_a_trigger(script: Script) -> Iterator[int]:
    """A trigger calls, and does nothing else to the database."""
    for statement in script.statements:
        if statement.is_trigger:
            tokens = statement.tokens[len(_head(statement)) - 1 :]
            pairs = ((each, before.text) for before, each in pairwise(tokens))
            # A collection has a method called delete.
            yield from (each.line for each, before in pairs if each.word in (*ENDING, *READING) and before != ".")


@rule
def row_seen(script: Script) -> Iterator[int]:
    """Only what runs for each row sees one: ORA-04082."""
    for statement in script.statements:
        if statement.is_trigger and "for each row" not in " ".join(_head(statement)):
            begin, end = _section(statement, "after each row")
            inside = range(begin, end)
            rows = (at for at, each in enumerate(statement.tokens) if each.text.lower() in ROWS)
            yield from (statement.tokens[at].line for at in rows if at not in inside)


@rule
def section(script: Script) -> Iterator[int]:
    """Each section of a compound trigger ends by its own name."""
    for statement in script.statements:
        if statement.is_trigger and "compound" in _head(statement):
            words = " ".join(token.text.lower() for token in statement.tokens)
            begun, ended = re.findall(SECTION + " is", words), re.findall(f"end {SECTION} ;", words)
            if begun != ended or not begun:
                yield statement.first


@rule
def locator(script: Script) -> Iterator[int]:
    """What a compound trigger keeps of a LOB is a copy, and is freed: a row's locator is good for its section alone."""
    for statement in script.statements:
        if statement.is_trigger and "record" in (words := [token.word for token in statement.tokens]):
            opening = words.index("record") + 1
            fields = _split(statement.tokens[opening + 1 : _closing(statement.tokens, opening)])
            lobs = [name.text for name, type_, *_ in fields if type_.word in ("clob", "blob")]
            text = " ".join(token.text for token in statement.tokens)
            if not all(re.search(KEPT.format(re.escape(each)), text) for each in lobs):
                yield statement.first


KEPT = r"""(?s)freetemporary \( "udfgen_rows" \( "udfgen_at" \) \. {0} \).* \. {0} : = "udfgen_[cb]lob" \("""

SECTION = r"((?:before|after) (?:statement|each row))"


def _head(statement: Statement) -> list[str]:
    """Return the words of a trigger up to its body."""
    words = [token.word for token in statement.tokens]
    ends = (words.index(each) for each in ("declare", "begin", "compound") if each in words)
    return words[: min(ends, default=0) + 1]


def _section(statement: Statement, name: str) -> tuple[int, int]:
    """Return where a section of a compound trigger begins and ends, as indexes of tokens."""
    words, sought = [token.word for token in statement.tokens], name.split()
    found = [at for at in range(len(words)) if words[at : at + len(sought)] == sought]
    return (found[0], found[-1]) if len(found) > 1 else (0, 0)


# Heads of routines

MADE = ("function", "procedure", "package", "type", "named", "trigger")
"""Words behind which the name stands of what is made."""


@dataclass(frozen=True)
class Head:
    """A routine as it is declared: its place in the statement's tokens, its name, and the types of all that passes."""

    at: int
    name: Token
    parameters: tuple[tuple[Token, ...], ...]
    returns: tuple[Token, ...]


def heads(statement: Statement) -> Iterator[Head]:
    """Yield the routines that a statement declares."""
    tokens = statement.tokens
    for at, token in enumerate(tokens[:-1]):
        if token.word in ("function", "procedure"):
            closing = _closing(tokens, at + 2)
            yield Head(at, tokens[at + 1], tuple(_split(tokens[at + 3 : closing])), tuple(_result(tokens[closing:])))


def _closing(tokens: tuple[Token, ...], opening: int) -> int:
    """Return where the parenthesis that opens at an index closes; the index itself where none opens."""
    depth = 0
    for at in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
        if depth == 0:
            return at + 1 if at > opening else opening
    return len(tokens)


def _split(tokens: tuple[Token, ...]) -> Iterator[tuple[Token, ...]]:
    """Yield what stands between commas, those within parentheses aside; the closing one of the list is left out."""
    part: list[Token] = []
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0 or (token.text == "," and depth == 0):
            yield tuple(part)
            part = []
        else:
            part.append(token)


def _result(tokens: tuple[Token, ...]) -> Iterator[Token]:
    """Yield the type behind `return`, up to what follows it."""
    if tokens and tokens[0].word == "return":
        for token in tokens[1:]:
            if token.word in ("as", "is", "authid", "deterministic", "pipelined") or token.text == ";":
                return
            yield token


def _before_default(part: tuple[Token, ...]) -> Iterator[Token]:
    for token in part:
        if token.word == "default" or token.text == ":":
            return
        yield token


def _named(statement: Statement) -> Iterator[Token]:
    """Yield the names of what a statement of DDL makes, or grants and to whom; helpers within a routine are its own."""
    tokens = statement.tokens
    words = [token.word for token in tokens]
    if words[:1] == ["create"]:
        at = next(at for at, word in enumerate(words) if word in MADE)
        yield tokens[at + (2 if words[at + 1] == "body" else 1)]
        declared = list(heads(statement))
        ours = declared[:1] if words[at] != "package" else declared if "java" in words else []
        for head in ours:
            yield from (head.name, *(part[0] for part in head.parameters if part))
    if words[:3] == ["create", "or", "replace"] and "trigger" in words[:5]:
        yield tokens[words.index("on") + 1]
        yield from (tokens[at + 2] for at, token in enumerate(tokens[:-2]) if token.text.lower() in ROWS)
    if words[:2] == ["alter", "trigger"]:
        yield tokens[2]
    if words[:1] == ["grant"]:
        yield from (tokens[words.index("on") + 1] for _ in range(words.count("on")))
        yield from (token for token in tokens[words.index("to") + 1 :] if token.text != ",")
