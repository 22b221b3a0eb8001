"""Random replies that lead from page to page, through the four cores: what each sends, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.differential.exchanges import Callers
from tests.differential.four import Case, Said, agree
from tests.differential.replies import broken, document
from tests.differential.source import Source
from tests.native.calls_support import PROGRAM
from tests.native.cores import Core, Runner
from tests.native.test_contract_python import called
from tests.native.whole_calls import entry_of, replies
from tests.unit.core_support import Server, answers

NEXT = {"name": "next", "type": "text"}
RETURNS = {"kind": "table", "rows": ["items"], "columns": [{"name": "id", "type": "bigint", "path": ["id"]}]}
MODES = ("live", "live", "live", "live", "off", "dry_run", "x")
FIRST = (None, "a", '"', "\u00e9\U0001f600")
ITEMS = ('{"id":1}', '{"id":2},{"id":null}', "", '{"id":"3"}', "{}", '{"id":1.5}', "[]")
PLACES: dict[str, tuple[list[str | int], str]] = {
    "a member": (["next"], '"next":{0}'),
    "a member of a member": (["page", "next"], '"page":{{"next":{0}}}'),
    "an element": (["next", 0], '"next":[{0}]'),
}
STOPS = ("true", "false", "true ", '"true"', "1", "null", "[true]")

Way = Callable[[Server, Case], Said]


def followed(source: Source) -> Case:
    """Make a call that follows pages, and the pages; rarely in a mode in which it does not."""
    place, form = PLACES[source.pick(tuple(PLACES))]
    follow: dict[str, Any] = {"token": place, "into": 0, "max_pages": 4 - source.upto(3)}
    follow |= {"until": ["done"]} if source.upto(1) else {}
    follow |= {"until_empty": True} if source.upto(2) == 0 else {}
    follow |= {"stops_at_limit": True} if source.upto(2) == 0 else {}
    made = [_page(source, form) for _ in range(1 + source.upto(4))]
    mode = source.pick(MODES)
    case = {"parameters": [NEXT], "payload": ['{"next":', 0, "}"], "returns": RETURNS, "follow": follow}
    case |= {} if mode == "live" else {"mode": mode}
    return case | {"arguments": [source.pick(FIRST)], "replies": [{"body": each} for each in made]}


def _page(source: Source, form: str) -> str:
    """Make the body of a page; often it leads to a next one."""
    members = [f'"items":[{source.pick(ITEMS)}]']
    if source.upto(3):
        members.append(form.format('"n"' if source.upto(1) else document(source)))
    if source.once_in(3):
        members.append(f'"done":{source.pick(STOPS)}')
    body = "{" + ",".join(members[:: 1 - 2 * source.upto(1)]) + "}"
    return broken(source, body.encode()).decode("utf-8", "replace") if source.once_in(12) else body


def by_process(core: Core, process: Runner) -> Way:
    """Return a way to call by a process that runs a core."""
    values = core.values()

    def call(server: Server, case: Case) -> Said:
        arguments = [values.to_argument(*each) for each in zip(case["parameters"], case["arguments"], strict=True)]
        program = PROGRAM | {"endpoint": server.url}
        said: Said = process.ask(
            "run", program=program, function=entry_of(case), arguments=arguments, mode=case.get("mode")
        )
        return {name: said[name] for name in ("rows", "result", "code", "text") if name in said}

    return call


def outcome(way: Way, case: Case) -> Said:
    """Return what a call comes to, and the bodies that it sent."""
    with Server(answers(*replies(case))) as server:
        said = way(server, case)
    return said | {"sent": [request.body.decode("utf-8", "replace") for request in server.requests]}


class Pages(Callers):
    """The cores side by side, each with a server that gives page after page."""

    def __init__(self) -> None:
        super().__init__(lambda server, case: called(case, server), by_process)
        self.followed = 0

    def check(self, case: Case) -> None:
        """Raise AssertionError when the cores do not agree on what is sent, or on what comes of it."""
        said = self.heard(outcome, case)
        self.refused += "code" in said["postgresql"]
        self.followed += len(said["postgresql"]["sent"]) > 1
        agree(case, said)
