"""A program beside the database: reads rows, calls Lambda with boto3, prints the rows per second.

`boto3_program.py DSN FUNCTION PACK FLIGHT ROWS`: PACK rows in a call, FLIGHT threads. One client is kept, with a
connection for each thread; what is timed is reading the rows, the calls and reading their replies, not the start.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import boto3
import psycopg
from botocore.config import Config

Row = tuple[int, str]


def main() -> None:
    """Send the rows once, after a call on each connection."""
    dsn, function, *numbers = sys.argv[1:]
    pack, flight, count = map(int, numbers)
    client = boto3.client(
        "lambda",
        region_name="eu-west-1",
        endpoint_url=os.environ["AWS_ENDPOINT_URL_LAMBDA"],
        verify=os.environ["AWS_CA_BUNDLE"],
        config=Config(max_pool_connections=flight),
    )

    def call(rows: list[Row]) -> list[float]:
        body = envelope(rows) if function.startswith("batch-") else {"customer_id": rows[0][0], "tier": rows[0][1]}
        reply = json.load(client.invoke(FunctionName=function, Payload=json.dumps(body))["Payload"])
        return reply["results"] if function.startswith("batch-") else [reply["score"]]

    with psycopg.connect(dsn) as connection, ThreadPoolExecutor(flight) as threads:
        list(threads.map(call, [[(1, "gold")]] * flight))
        start = time.perf_counter()
        rows = connection.execute("select i, 'gold' from generate_series(1, %s) i", (count,)).fetchall()
        source = iter(rows)
        packs = iter(lambda: list(islice(source, pack)), [])
        results = [result for each in threads.map(call, packs) for result in each]
        seconds = time.perf_counter() - start
    if results != [87.5] * count:
        raise SystemExit(f"{len(results)} results of {count}")
    print(count / seconds)


def envelope(rows: list[Row]) -> dict[str, object]:
    """Return a batch as Redshift sends it."""
    head = {"request_id": "1", "cluster": "bench", "external_function": "bench.score", "query_id": 1}
    return head | {"num_records": len(rows), "arguments": rows}


if __name__ == "__main__":
    main()
