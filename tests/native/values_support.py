"""What the tests of the cores' values share: programs that encode and decode one case after the other."""

from __future__ import annotations

import base64
import json
import math
import struct
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from tests.native.cpp import build
from tests.native.csharp_calls_support import program
from tests.native.java_calls_support import classes
from tests.native.jvm import command
from tests.native.mono import command as mono
from udfgen.spec.pattern import utf16

Case = dict[str, Any]

BINDING = {"name": "score", "target": "score", "invoke": "sync", "timeout_ms": 1000, "connect_timeout_ms": 1000}

DATE = "must be a date from 0001-01-01 to 9999-12-31"

TIME = "must be a time from 00:00:00 to 23:59:59.999999"

MOMENT = "must be a real date in the years 1 to 9999"


NUMBERS = frozenset({"smallint", "integer", "bigint", "decimal", "real", "double"})


class Values(ABC):
    """A program that answers one case after the other."""

    def __init__(self, *command: str | Path) -> None:
        self.command = command

    def __enter__(self) -> Values:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        """End the program; that nothing was wrong with it, not even for a sanitizer, is its exit code."""
        self.process.communicate()
        assert self.process.returncode == 0

    def ask(self, op: str, parameters: Any = (), payload: Any = (), returns: Any = None, **request: Any) -> Case:
        """Return the outcome of one case: its value in the program's form, or its error."""
        returns = returns or {"kind": "void"}
        function = {"name": "f", "binding": BINDING, "parameters": parameters, "payload": payload, "returns": returns}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"op": op, "function": function} | request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the program ended; what it or a sanitizer reports stands on stderr"
        answer: Case = json.loads(line)
        return answer

    @abstractmethod
    def to_argument(self, facts: Case, value: Any) -> Any:
        """Return an argument as the server hands it over."""

    def read_rows(self, case: Case) -> Case:
        """Return what each row of a JSON text comes to, as `sent`, or the error."""
        payload = [piece for index in range(len(case["parameters"])) for piece in (",", index)]
        return self.ask("rows", case["parameters"], ["[", *payload[1:], "]"], text=case["text"])

    @abstractmethod
    def encode(self, case: Case, arguments: list[Any]) -> Case:
        """Return the body for arguments as the server hands them over, as text, or the error."""

    @abstractmethod
    def decode(self, returns: Case, body: bytes) -> Case:
        """Return the result, or the rows, of a reply as neutral values, or the error."""

    def encode_one(self, argument: Any, **facts: Any) -> Any:
        """Return the body for one argument that is the whole payload, or what is said of it."""
        answer = self.encode({"parameters": [{"name": "v"} | facts], "payload": [0]}, [argument])
        if "body" in answer:
            return answer["body"]
        assert answer["error"]["code"] == "bad_argument"
        return answer["error"]["message"].removeprefix('score: argument "v": ')


# --- C++ ---------------------------------------------------------------------------------------------------------


class CppValues(Values):
    """The C++ core, which is handed values in MySQL's spelling and shows them in it, in hexadecimal digits."""

    def to_argument(self, facts: Case, value: Any) -> Any:
        """Return an argument as the server hands it over."""
        kind = facts["type"]
        if value is None:
            return None
        if kind == "boolean":
            return octets("1" if value else "0")
        if kind in ("real", "double"):
            return {"number": to_single(value) if kind == "real" else value}
        if kind == "bytes":
            return {"hex": value}
        if kind in ("timestamp", "timestamptz"):
            return octets(value.replace("T", " ").replace("Z", ""))
        return octets(value)

    def encode(self, case: Case, arguments: list[Any]) -> Case:
        """Return the body for arguments in the server's spelling, as text, or the error."""
        answer = self.ask("encode", case["parameters"], case["payload"], arguments=arguments)
        return {"body": bytes.fromhex(answer["value"]).decode()} if "value" in answer else answer

    def decode(self, returns: Case, body: bytes) -> Case:
        """Return the result, or the rows, of a reply as neutral values, or the error."""
        answer = self.ask("decode", returns=returns, body=body.hex())
        if "error" in answer:
            return answer
        found = None if answer["value"] is None else bytes.fromhex(answer["value"])
        if returns["kind"] != "table":
            return {"result": to_neutral(returns.get("type", ""), found)}
        assert found is not None
        kinds = [column["type"] for column in returns["columns"]]
        return {"rows": [list(map(to_neutral_cell, kinds, row)) for row in json.loads(found)]}


def octets(value: str) -> Case:
    """Return text as the server hands it over: its bytes."""
    # Half of a surrogate pair becomes bytes that are no UTF-8, the nearest that these servers can hand over.
    return {"hex": value.encode("utf-8", "surrogatepass").hex()}


def to_single(value: str) -> str:
    number = float(value)
    return repr(struct.unpack("<f", struct.pack("<f", number))[0]) if math.isfinite(number) else value


def to_neutral(kind: str, found: bytes | None) -> Any:
    if found is None:
        return None
    if kind == "bytes":
        return found.hex()
    shown = found.decode()
    if kind == "boolean":
        return {"1": True, "0": False}[shown]
    if kind in ("timestamp", "timestamptz"):
        return shown.replace(" ", "T") + "Z" * (kind == "timestamptz")
    return shown


def to_neutral_cell(kind: str, cell: str | None) -> Any:
    """Return the neutral value of a cell, whose bytes are in base64."""
    if cell is None:
        return None
    return to_neutral(kind, base64.b64decode(cell, validate=True) if kind == "bytes" else cell.encode())


# --- Java --------------------------------------------------------------------------------------------------------


class JavaValues(Values):
    """The Java core, which is handed the contract's values and shows them, and says errors as Oracle does."""

    def ask(self, op: str, parameters: Any = (), payload: Any = (), returns: Any = None, **request: Any) -> Case:
        """Return the outcome of one case in the contract's words: `value`, `rows` or `error`."""
        answer = super().ask(op, parameters, payload, returns, **request)
        return {"error": to_error(answer["error"])} if "error" in answer else answer

    def to_argument(self, facts: Case, value: Any) -> Any:
        """Return an argument of the contract in the runner's form."""
        if isinstance(value, str) and facts["type"] in NUMBERS:
            return {"number": value}
        return {"hex": value} if isinstance(value, str) and facts["type"] == "bytes" else value

    def encode(self, case: Case, arguments: list[Any]) -> Case:
        """Return the body for arguments in the runner's form, or the error."""
        answer = self.ask("encode", case["parameters"], case["payload"], arguments=arguments)
        return {"body": answer["value"]} if "value" in answer else answer

    def decode(self, returns: Case, body: bytes) -> Case:
        """Return the result, or the rows, of a reply, or the error."""
        answer = self.ask("decode", returns=returns, body=body.hex())
        return {"result": answer["value"]} if "value" in answer else answer


def to_error(described: str) -> Case:
    """Return the parts of `[udfgen <code>]: <message>`."""
    mark, _, message = described.partition(": ")
    assert mark.startswith("[udfgen ")
    assert mark.endswith("]")
    return {"code": mark[len("[udfgen ") : -1], "message": message}


# --- C# ----------------------------------------------------------------------------------------------------------


class CsharpValues(JavaValues):
    """The C# core, which is handed floating-point numbers as they are stored, and patterns for UTF-16."""

    def to_argument(self, facts: Case, value: Any) -> Any:
        """Return an argument of the contract in the runner's form."""
        if isinstance(value, str) and facts["type"] in ("real", "double"):
            return stored(float(to_single(value) if facts["type"] == "real" else value))
        return super().to_argument(facts, value)

    def encode(self, case: Case, arguments: list[Any]) -> Case:
        """Return the body for arguments in the runner's form, or the error."""
        return super().encode(case | {"parameters": list(map(with_utf16, case["parameters"]))}, arguments)


def stored(number: float) -> Case:
    """Return a double as it is stored."""
    return {"bits": struct.pack(">d", number).hex()}


def with_utf16(facts: Case) -> Case:
    """Return a parameter's facts as the compiler writes them: its pattern also for UTF-16 where that differs."""
    # No other patterns do, and the spec refuses some of those that the tests have.
    differs = "[^" in facts.get("pattern", "")
    return facts | {"pattern_utf16": utf16(facts["pattern"])} if differs else facts


# --- the programs ------------------------------------------------------------------------------------------------


def cpp_as_shipped() -> Values:
    """Return the C++ program as it is compiled for use."""
    return CppValues(build("values"))


def cpp() -> Values:
    """Return the C++ program with AddressSanitizer and UndefinedBehaviorSanitizer."""
    return CppValues(build("values", "UDFGEN_SANITIZE"))


def java() -> Values:
    """Return the Java program."""
    return JavaValues(*command(classes(), "ValuesRunner"))


def csharp() -> Values:
    """Return the C# program."""
    return CsharpValues(*mono(program("ValuesRunner")))
