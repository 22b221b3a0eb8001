"""The envelope that a batch of redshift's travels in: what of it is not the same in every session.

https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-lambda-sql-udf.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

TEXT = r'"(?:[^"\\]|\\.)+"'

HEAD = re.compile(
    r'\{"request_id":"(?P<id>[^"]*)","cluster":"conformance"'
    rf'(?P<caller>,"user":{TEXT},"database":{TEXT})?'
    r',"external_function":"(?P<function>\w+\.\w+)","query_id":(?P<query>\d+),'
)
"""How an envelope begins."""

RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""https://www.rfc-editor.org/rfc/rfc9562#section-5.4: a UUID of version 4."""


def anonymous(bodies: Sequence[str], ids: Sequence[int] | None = None) -> list[str]:
    """Return bodies without what each session has for itself; those of one SQL call.

    Checks that the ids of the requests are the same as far as `ids` are, and all different without it, and that all
    are of one query.
    """
    heads = [head for head in map(HEAD.match, bodies) if head is not None]
    found = [head["id"] for head in heads]
    assert all(RANDOM.fullmatch(each) for each in found), found
    assert [found.index(each) for each in found] == list(range(len(found)) if ids is None else ids), found
    assert len({head["query"] for head in heads}) <= 1, bodies
    return [HEAD.sub(_hidden, body, count=1) for body in bodies]


def _hidden(head: re.Match[str]) -> str:
    caller = ',"user":"*","database":"*"' if head["caller"] else ""
    return f'{{"request_id":"*","cluster":"conformance"{caller},"external_function":"{head["function"]}","query_id":1,'


def query(body: str) -> int:
    """Return the number of the SQL call that a body belongs to."""
    head = HEAD.match(body)
    assert head is not None, body[:200]
    return int(head["query"])
