"""readings(stream text, at_most integer, page text, since timestamp), a SQL function of
spec.yaml, on the side of AWS Lambda.

Columns: id uuid, at time, until time, raw bytes.

Written by `udfgen handler`: the body of readings is yours, the rest speaks with the
database.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from time import monotonic
from typing import Any

FUNCTION = "shop.readings"


def readings(
    stream: str,
    at_most: int | None,
    page: str | None,
    since: dt.datetime | None,
) -> tuple[list[dict[str, Any]], Any]:
    """Return rows by the columns above, and the token of the next page or None."""
    raise NotImplementedError("write the body of this function")


def handler(event: Any, context: Any) -> Any:
    """Answer one call; what is raised is a function error."""
    start, failed = monotonic(), 1
    try:
        reply = answer(event)
        failed = 0
        return reply
    finally:
        log(context, 1, failed, start)


def answer(event: Any) -> Any:
    """Call the function with what arrived, and return its result as it is sent."""
    rows, token = readings(
        event["stream"],
        event["at_most"],
        event["page"],
        to_timestamp(event["since"]),
    )
    items = [
        {
            "id": row["id"],
            "raw": from_bytes(row["raw"]),
            "times": {
                "at": from_moment(row["at"]),
                "until": from_moment(row["until"]),
            },
        }
        for row in rows
    ]
    return {"items": items, "page": {"next": token, "done": token is None}}


def to_timestamp(value: Any) -> Any:
    """Return the moment, without a zone, of a text such as 2016-02-15T12:00:00.5."""
    if value is None:
        return None
    clock, _, fraction = value.partition(".")
    return dt.datetime.fromisoformat(f"{clock}.{fraction:0<6}")


def from_moment(value: Any) -> Any:
    """Return a date, a time or a moment without a zone as text."""
    return None if value is None else value.isoformat()


def from_bytes(value: Any) -> Any:
    """Return bytes as text in base64."""
    return None if value is None else base64.b64encode(value).decode()


def log(context: Any, records: int, failed: int, start: float) -> None:
    """Print what this invocation did, as a line of JSON without arguments and results."""
    ms = round((monotonic() - start) * 1000)
    facts = {"function": FUNCTION, "request_id": context.aws_request_id}
    print(json.dumps({**facts, "records": records, "failed": failed, "ms": ms}))
