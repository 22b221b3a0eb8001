"""Portable SQL over the rows of a trigger: text becomes a tree out of the closed set of `ir.Operator`.

sqlglot reads it: https://sqlglot.com. Nothing of sqlglot's own leaves this module. Every token is looked at before the
text is parsed, and every node afterwards: what is not in the lists below is refused by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from udfgen.ir import Cell, Constant, Expression, Fact, Name, Operation, Operator, Row
from udfgen.spec.names import PLAIN, QUOTED, name
from udfgen.spec.wording import Wrong, listed, show

LENGTH = 4000
TOKENS = 512
NODES = 64
LEVELS = 16
DIGITS = 38

FUNCTIONS = ("coalesce", "lower", "upper", "abs")
ROWS = {row.value: row for row in Row}
FACTS = {"operation": Fact.OPERATION, "user": Fact.USER}
ALONE = frozenset(fact.value for fact in Fact) - FACTS.keys()
WORDS = frozenset(("and", "or", "not", "in", "is", "null", "between", "distinct", "from", "true", "false"))
SYMBOLS = frozenset(("=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "(", ")", ",", "."))
WORD = re.compile(r"\w+")
NUMBER = re.compile(rf"(?=.{{1,{DIGITS}}}$)[0-9]+(?:\.[0-9]+)?")

BINARY: Mapping[type[exp.Expr], Operator] = {
    exp.And: Operator.AND,
    exp.Or: Operator.OR,
    exp.EQ: Operator.EQUAL,
    exp.NEQ: Operator.UNEQUAL,
    exp.LT: Operator.LESS,
    exp.LTE: Operator.AT_MOST,
    exp.GT: Operator.GREATER,
    exp.GTE: Operator.AT_LEAST,
    exp.Add: Operator.PLUS,
    exp.Sub: Operator.MINUS,
    exp.Mul: Operator.TIMES,
    exp.NullSafeNEQ: Operator.DISTINCT,
}
UNARY: Mapping[type[exp.Expr], Operator] = {
    exp.Not: Operator.NOT,
    exp.Lower: Operator.LOWER,
    exp.Upper: Operator.UPPER,
    exp.Abs: Operator.ABS,
}
CHAINED = frozenset((exp.And, exp.Or, exp.Add, exp.Sub, exp.Mul))
"""Operators whose chains need no parentheses: a chain is one level."""

ALLOWED = (
    "write comparisons, and, or, not, in, between, is null, is distinct from, + - * and "
    f"{listed(FUNCTIONS)} over new.x and old.x"
)
CELLS = "columns are written new.x or old.x, texts in single quotes"
UNREAD = 'check the operators and parentheses; a column called like a word of SQL stands in double quotes: new."order"'


def parse_expression(value: object) -> Expression:
    """Return the expression that a text means, or raise Wrong for all that is not in the closed set."""
    if not isinstance(value, str):
        raise Wrong(f"{show(value)} is not an expression", "put it in quotes", "expression")
    if not value.strip():
        raise Wrong("an expression is empty", "write new.x > 0, or so; or remove it", "expression")
    if len(value) > LENGTH:
        raise Wrong(f"an expression of {len(value)} characters", f"write at most {LENGTH}", "expression")
    try:
        _check_tokens(value, sqlglot.tokenize(value))
        return _Reader().root(sqlglot.parse_one(value))
    except SqlglotError:
        raise Wrong(f"the expression {show(' '.join(value.split()))} cannot be read", UNREAD, "expression") from None


def _refused(what: str, advice: str = ALLOWED) -> Wrong:
    return Wrong(f"{what} cannot stand in an expression", advice, "expression")


def _too_deep() -> Wrong:
    return Wrong(f"an expression of more than {LEVELS} levels", "make it flatter", "expression")


def _too_large() -> Wrong:
    return Wrong(f"an expression of more than {NODES} parts", "decide it in the Lambda function", "expression")


def _check_tokens(text: str, tokens: Sequence[Token]) -> None:
    """Refuse every token that is not listed, as it stands in the text, and what is too much for the parser."""
    # A text with something in it and without a token is a comment as well.
    if not tokens or any(each.comments for each in tokens):
        raise _refused("a comment", "write a comment of YAML beside it, after #")
    words = [text[each.start : each.end + 1] for each in tokens]
    if len(words) > TOKENS:
        raise _too_large()
    if max(_levels(words), default=0) > LEVELS:
        raise _too_deep()
    before = ""
    for word, after, token in zip(words, [*words[1:], ""], tokens, strict=True):
        _check_token(word, before, after, token.token_type is TokenType.VAR)
        before = word


def _levels(words: Sequence[str]) -> Iterator[int]:
    """Yield how deep each token stands: in how many parentheses, behind how many signs and nots."""
    outer, depth = [0], 0
    for word in words:
        if word == "(":
            depth += 1
            outer.append(depth)
        elif word == ")":
            outer = outer[:-1] or [0]
            depth = outer[-1]
        else:
            depth = depth + 1 if word.lower() in ("not", "-") else outer[-1]
        yield depth


def _check_token(word: str, before: str, after: str, plain: bool) -> None:
    """Refuse a token that is not listed; `plain`: to SQL it is no word but a name."""
    if word[0] in "'\"":
        _check_quoted(word, before)
    elif word[0].isdigit():
        if before == "." or not NUMBER.fullmatch(word):
            shown = show(f".{word}" if before == "." else word)
            raise _refused(f"the number {shown}", f"write at most {DIGITS} digits, on both sides of a point")
    elif WORD.fullmatch(word):
        _check_word(word, before, after, plain)
    elif word not in SYMBOLS:
        raise _refused("a second statement" if word == ";" else show(word))


def _check_quoted(word: str, before: str) -> None:
    if {"\n", "\t"} & set(word):
        raise _refused("a line break or a tab in quotes", "write a text or name that stands on one line")
    if word[0] == '"' and (before != "." or not re.fullmatch(QUOTED, word)):
        raise _refused(f"the name {show(word[1:-1])}", CELLS)


def _check_word(word: str, before: str, after: str, plain: bool) -> None:
    known = word.lower()
    if before == ".":
        if not re.fullmatch(PLAIN, word):
            raise _refused(f"the name {show(word)}", f'put it in double quotes: new."{word}"')
    elif known in ROWS:
        if after != ".":
            raise _refused(f"{show(word)} alone", CELLS)
    elif after == "(" and known not in WORDS:
        if known not in FUNCTIONS:
            raise _refused(
                f"the function {show(word)}", f"use {listed(FUNCTIONS)}, or compute it in the Lambda function"
            )
    elif known in ALONE:
        raise _refused(show(word), "it can only be a whole argument")
    elif known not in WORDS and known not in FACTS:
        raise _refused(show(word), CELLS if plain else ALLOWED)


class _Reader:
    """Build one expression out of sqlglot's nodes, from the top, and count them."""

    def __init__(self) -> None:
        self.count = 0

    def root(self, node: exp.Expr) -> Expression:
        """Return the expression of the whole."""
        return self._read(node, 1)

    def _read(self, node: exp.Expr, level: int) -> Expression:
        self.count += not isinstance(node, exp.Paren)
        if self.count > NODES:
            raise _too_large()
        if level > LEVELS:
            raise _too_deep()
        kind = type(node)
        if kind in BINARY:
            return self._binary(node, level)
        if kind in UNARY:
            return self._unary(node, level)
        read = READ.get(kind)
        if read is None:
            raise _refused(NAMED.get(kind, show(node.key.replace("_", " "))))
        return read(self, node, level)

    def _operation(self, operator: Operator, level: int, *operands: exp.Expr) -> Operation:
        return Operation(operator, tuple(self._read(each, level + 1) for each in operands))

    def _unary(self, node: exp.Expr, level: int) -> Operation:
        _only(node, "this")
        return self._operation(UNARY[type(node)], level, node.this)

    def _binary(self, node: exp.Expr, level: int) -> Operation:
        _only(node, "this", "expression")
        left, right = node.this, node.expression
        chain = type(node) in CHAINED and type(left) is type(node)
        operands = (self._read(left, level if chain else level + 1), self._read(right, level + 1))
        return Operation(BINARY[type(node)], operands)

    def _not_distinct(self, node: exp.Expr, level: int) -> Operation:
        _only(node, "this", "expression")
        return Operation(Operator.NOT, (self._operation(Operator.DISTINCT, level + 1, node.this, node.expression),))

    def _is_null(self, node: exp.Expr, level: int) -> Operation:
        _only(node, "this", "expression")
        if not isinstance(node.expression, exp.Null):
            raise _refused("is before anything but null and distinct from", "compare it: new.active = true")
        return self._operation(Operator.IS_NULL, level, node.this)

    def _in(self, node: exp.Expr, level: int) -> Operation:
        if node.args.get("field"):
            raise _refused("in without a list", "write in (1, 2)")
        _only(node, "this", "expressions")
        return self._operation(Operator.IN, level, node.this, *_rest(node))

    def _between(self, node: exp.Expr, level: int) -> Operation:
        _only(node, "this", "low", "high")
        return self._operation(Operator.BETWEEN, level, node.this, node.args["low"], node.args["high"])

    def _coalesce(self, node: exp.Expr, level: int) -> Operation:
        _only(node, "this", "expressions")
        return self._operation(Operator.COALESCE, level, node.this, *_rest(node))

    def _negated(self, node: exp.Expr, level: int) -> Expression:
        """Return a negative number as one constant, anything else as what is negated."""
        _only(node, "this")
        inner = self._read(node.this, level + 1)
        if isinstance(inner, Constant) and isinstance(inner.value, Decimal) and isinstance(node.this, exp.Literal):
            return Constant(-inner.value)
        return Operation(Operator.NEGATE, (inner,))

    def _cell(self, node: exp.Expr, level: int) -> Cell | Fact:
        """Return a column of a row, or one of the words that stand alone."""
        column, table = node.this, node.args.get("table")
        if isinstance(column, exp.Identifier) and not node.args.get("db"):
            word = (table or column).name.lower()
            if table and word in ROWS:
                return Cell(ROWS[word], _name(column))
            if not table and word in FACTS:
                return FACTS[word]
        raise _refused("a name that is no column", CELLS)

    def _paren(self, node: exp.Expr, level: int) -> Expression:
        _only(node, "this")
        return self._read(node.this, level)

    def _literal(self, node: exp.Expr, level: int) -> Constant:
        return Constant(node.name if node.is_string else Decimal(node.name))

    def _boolean(self, node: exp.Expr, level: int) -> Constant:
        return Constant(bool(node.this))

    def _null(self, node: exp.Expr, level: int) -> Constant:
        return Constant(None)


READ: Mapping[type[exp.Expr], Callable[[_Reader, exp.Expr, int], Expression]] = {
    exp.NullSafeEQ: _Reader._not_distinct,
    exp.Is: _Reader._is_null,
    exp.In: _Reader._in,
    exp.Between: _Reader._between,
    exp.Coalesce: _Reader._coalesce,
    exp.Neg: _Reader._negated,
    exp.Column: _Reader._cell,
    exp.Paren: _Reader._paren,
    exp.Literal: _Reader._literal,
    exp.Boolean: _Reader._boolean,
    exp.Null: _Reader._null,
}
NAMED: Mapping[type[exp.Expr], str] = {
    exp.Alias: "a second value without an operator",
    exp.Tuple: "a list, but after in,",
    exp.Concat: "a second text without an operator",
    exp.Star: "* without two numbers",
}
"""Nodes that are refused and whose own name says little."""


def _only(node: exp.Expr, *expected: str) -> None:
    """Refuse a node with more to it than what is expected: a modifier, a sub-query."""
    more = [key for key, value in node.args.items() if value and key not in expected]
    if more:
        raise _refused(show(more[0]))


def _rest(node: exp.Expr) -> Sequence[exp.Expr]:
    """Return the operands after the first, of which there must be one."""
    found: Sequence[exp.Expr] = node.expressions
    if not found:
        raise _refused(f"{node.key} without more values", "add them, or remove it")
    return found


def _name(identifier: exp.Identifier) -> Name:
    """Return a column's name; it has passed the check of its token."""
    text = identifier.name
    return name('"' + text.replace('"', '""') + '"' if identifier.quoted else text)
