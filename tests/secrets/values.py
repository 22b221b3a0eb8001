"""Arguments and replies that every core refuses, each with marked values: what is said names none of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tests.native.cores import CORES, Core
from tests.native.test_contract_python import encode, load
from tests.native.values_support import Values
from tests.secrets.calls import replies
from tests.secrets.marks import Marks
from tests.secrets.runs import Ran, hearing
from tests.unit.core_support import core as python

Case = dict[str, Any]
DIGITS = ("smallint", "integer", "bigint", "decimal")
TEXTS = ("text", "varchar", "json", "uuid")


class PythonValues:
    """PostgreSQL's core in this process, in the shape of the other cores' programs."""

    def encode(self, case: Case, arguments: list[Any]) -> Case:
        """Return the body for neutral arguments, or the error."""
        return self._outcome(lambda: encode(case | {"arguments": arguments}).decode())

    def decode(self, returns: Case, body: bytes) -> Case:
        """Return the result of a reply, or the error."""
        return self._outcome(lambda: str(python.compile_returns(returns)(body)))

    def to_argument(self, facts: Case, value: Any) -> Any:
        """Return an argument as it is: `encode` here takes neutral ones."""
        return value

    def _outcome(self, attempt: Callable[[], str]) -> Case:
        try:
            return {"value": attempt()}
        except python.Failure as failure:
            return {"error": python.describe_failure("score", failure)}


def programs(cores: tuple[Core, ...]) -> Iterator[tuple[str, AbstractContextManager[PythonValues | Values]]]:
    """Yield the cores by their names."""
    yield "python", nullcontext(PythonValues())
    yield from ((each.name, each.values()) for each in cores)


def runs(marks: Marks, cores: tuple[Core, ...] = CORES) -> Iterator[Ran]:
    """Yield what every core says of every value."""
    for name, program in programs(cores):
        area, ran = f"values, {name}", list[Ran]()
        with hearing() as heard, program as process:
            ran += [Ran(area, told, said) for told, said in arguments(process, marks)]
            ran += [Ran(area, told, said) for told, said in results(process, marks)]
        yield from ran
        yield Ran(area, "standard error", heard.text)


def arguments(process: PythonValues | Values, marks: Marks) -> Iterator[tuple[str, str]]:
    """Yield the errors of arguments: those of the contract's cases, with marks for the values that are wrong."""
    for case in load("constraints.json") + load("encoding.json"):
        if "error" in case:
            for at, facts in enumerate(case["parameters"]):
                for value in wrong(facts, case["arguments"][at], marks):
                    given = [*case["arguments"][:at], value, *case["arguments"][at + 1 :]]
                    yield case["name"], refusal(process, case, given)


def refusal(process: PythonValues | Values, case: Case, given: list[Any]) -> str:
    """Return what is said of arguments, '' where they are sent."""
    native = [process.to_argument(facts, each) for facts, each in zip(case["parameters"], given, strict=True)]
    return json.dumps(process.encode(case, native).get("error", ""), ensure_ascii=False)


def wrong(facts: Case, value: Any, marks: Marks) -> Iterator[Any]:
    """Yield values like one that a case has, with a mark in them."""
    if facts["type"] in TEXTS and isinstance(value, str) and value.isprintable():
        yield from (marks["payload"] + value, value + marks["payload"], f'{{"{marks["payload"]}')
    if facts["type"] in DIGITS and isinstance(value, str):
        yield from (marks["number"], f"-{marks['number']}", marks["number"] * 3)
    if facts["type"] == "bytes" and isinstance(value, str):
        yield marks["payload"].encode().hex() + value


def results(process: PythonValues | Values, marks: Marks) -> Iterator[tuple[str, str]]:
    """Yield the errors of replies, for every result that the contract's cases have."""
    known = {json.dumps(case["returns"], sort_keys=True) for case in load("decoding.json")}
    for text in sorted(known):
        for reply in replies(marks):
            yield text, json.dumps(process.decode(json.loads(text), reply).get("error", ""), ensure_ascii=False)
