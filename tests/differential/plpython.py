"""Runs PostgreSQL's core as PL/Python does: beside no module but those that it imports, its parts compiled when needed.

`python -I -S plpython.py FILE` takes jobs on its standard input and answers on its output, both by marshal, for which
nothing is imported: `{"op": "encode", "function": …, "arguments": […]}` and `{"op": "decode", …, "body": b"…"}`. The
answer is a value under `value`, rows under `rows`, or `error`; decimals are text.
"""

from __future__ import annotations

import marshal
import sys
from decimal import Decimal
from types import ModuleType

# Importing typing would import what the core must do without.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load(file: str) -> Any:
    """Return the core in a file, loaded as the function in the generated SQL loads it."""
    # pathlib would import what the core may lack.
    with open(file, encoding="utf-8") as source:  # noqa: PTH123
        first, _, rest = source.read().partition("\n#### ")
    module: Any = ModuleType("udfgen_core")
    exec(compile(first, "udfgen_core.py", "exec"), module.__dict__)
    module.load(rest)
    return module


def answer(core: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Return what a job comes to."""
    try:
        return encode(core, job) if job["op"] == "encode" else decode(core, job)
    except core.Failure as failure:
        core.need("failures")
        return {"error": {"code": failure.code, "message": core.describe_failure("score", failure)[0]}}
    except Exception as error:
        # No core may raise anything else: it is told, and differs from what the others say.
        return {"error": {"code": "none", "message": type(error).__name__}}


def encode(core: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Return the body for arguments."""
    function = job["function"]
    pairs = zip(function["parameters"], job["arguments"], strict=True)
    arguments = [Decimal(each) if facts["type"] == "decimal" and each is not None else each for facts, each in pairs]
    return {"value": core.compile_payload(function["parameters"], function["payload"])(arguments)}


def decode(core: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Return the result, or the rows, of a reply."""
    returns = job["function"]["returns"]
    found = core.compile_returns(returns)(job["body"])
    if returns["kind"] != "table":
        return {"value": show(found)}
    return {"rows": [[show(each) for each in (row if len(returns["columns"]) > 1 else [row])] for row in found]}


def show(value: Any) -> Any:
    """Return a result as marshal takes it."""
    return format(value, "f") if isinstance(value, Decimal) else value


def main() -> None:
    """Answer one job after the other."""
    core = load(sys.argv[1])
    while True:
        try:
            job = marshal.load(sys.stdin.buffer)
        except EOFError:
            break
        marshal.dump(answer(core, job), sys.stdout.buffer)
        sys.stdout.buffer.flush()
    assert "json" not in sys.modules, "PL/Python has not imported it either"


if __name__ == "__main__":
    main()
