"""All four cores at once: each answers the same cases in a process of its own, and all must answer alike."""

from __future__ import annotations

import json
import marshal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.native.test_contract_python import to_argument, to_text
from tests.native.values_support import Values, cpp, csharp, java

POSTGRESQL = Path(__file__).parents[2] / "native" / "postgresql" / "udfgen_core.py"
PLPYTHON = Path(__file__).with_name("plpython.py")
Case = dict[str, Any]
Said = dict[str, Any]


class PythonValues(Values):
    """PostgreSQL's core, in a process that has imported no more than PL/Python has."""

    def __enter__(self) -> PythonValues:
        self.process: Any = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def ask(self, op: str, parameters: Any = (), payload: Any = (), returns: Any = None, **request: Any) -> Case:
        """Return the outcome of one case in the core's own values."""
        function = {"parameters": parameters, "payload": payload, "returns": returns}
        marshal.dump({"op": op, "function": function} | request, self.process.stdin)
        self.process.stdin.flush()
        answer: Case = marshal.load(self.process.stdout)
        return answer

    def to_argument(self, facts: Case, value: Any) -> Any:
        """Return an argument as PL/Python hands it over; decimals stay text on the way."""
        return value if facts["type"] == "decimal" else to_argument(facts, value)

    def encode(self, case: Case, arguments: list[Any]) -> Case:
        """Return the body for arguments, or the error."""
        answer = self.ask("encode", case["parameters"], case["payload"], arguments=arguments)
        return {"body": answer["value"].decode()} if "value" in answer else answer

    def decode(self, returns: Case, body: bytes) -> Case:
        """Return the result, or the rows, of a reply as neutral values, or the error."""
        answer = self.ask("decode", returns=returns, body=body)
        if "rows" in answer:
            kinds = [column["type"] for column in returns["columns"]]
            return {"rows": [list(map(to_text, kinds, row)) for row in answer["rows"]]}
        return {"result": to_text(returns.get("type", ""), answer["value"])} if "value" in answer else answer


def postgresql() -> Values:
    """Return PostgreSQL's core in this interpreter, without its packages."""
    return PythonValues(sys.executable, "-I", "-S", PLPYTHON, POSTGRESQL)


CORES: dict[str, Callable[[], Values]] = {"postgresql": postgresql, "mysql": cpp, "oracle": java, "sqlserver": csharp}


class Four:
    """The cores side by side, started once for all cases."""

    def __init__(self, cores: dict[str, Callable[[], Values]] | None = None) -> None:
        self.cores = cores or CORES
        self.cases = self.refused = 0

    def __enter__(self) -> Four:
        with ExitStack() as stack:
            self.running = {name: stack.enter_context(start()) for name, start in self.cores.items()}
            self.pool = stack.enter_context(ThreadPoolExecutor(len(self.running)))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stack.__exit__(*error)

    def check(self, cases: Sequence[Case]) -> None:
        """Raise AssertionError, with what each core says, for the first case on which they differ."""
        answers = list(self.pool.map(lambda values: [heard(values, case) for case in cases], self.running.values()))
        for case, said in zip(cases, zip(*answers, strict=True), strict=True):
            self.cases += 1
            self.refused += "error" in said[0]
            agree(case, dict(zip(self.running, said, strict=True)))


def agree(case: Case, said: dict[str, Said], settle: Callable[[Case, Said], Said] = lambda _, said: said) -> None:
    """Raise AssertionError unless all cores say the same of a case, by what `settle` makes of it."""
    settled = [settle(case, each) for each in said.values()]
    assert all(each == settled[0] for each in settled), difference(case, said)


def heard(values: Values, case: Case) -> Said:
    """Return what one core makes of a case; one that ends over it says so, and is started anew."""
    try:
        return outcome(values, case)
    except (AssertionError, EOFError, OSError):
        values.process.kill()
        values.process.communicate()
        values.__enter__()
        return {"error": {"code": "none", "message": "the process ended"}}


def outcome(values: Values, case: Case) -> Said:
    """Return what one core makes of a case in the form of the contract: of arguments, or of a reply."""
    if "arguments" in case:
        pairs = zip(case["parameters"], case["arguments"], strict=True)
        return values.encode(case, [values.to_argument(*each) for each in pairs])
    return values.decode(case["returns"], bytes.fromhex(case["reply_hex"]))


def difference(case: Case, said: dict[str, Said]) -> str:
    """Return a case in which cores differ and what each of them says, to be read and to be checked in."""
    lines = [f"{name:>10}: {json.dumps(each)}" for name, each in said.items()]
    readable = [repr(bytes.fromhex(case[name])) for name in ("reply_hex", "raw_hex") if name in case]
    return "\n".join(each[:2000] for each in ["the cores differ", json.dumps(case), *readable, *lines])
