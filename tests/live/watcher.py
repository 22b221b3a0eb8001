"""A second connection that looks, without pause, who may call the functions of a schema while an install runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.live.databases import connection, run

# Both ways of asking: what the server would say of PUBLIC and of a role without grants, and the ACLs themselves.
QUERY = """
select proc.oid::regprocedure::text
from pg_proc as proc
join pg_namespace as schema on schema.oid = proc.pronamespace
where schema.nspname = any('{{{schemas}}}') and (
    has_function_privilege('public', proc.oid, 'execute')
    or has_function_privilege('bob', proc.oid, 'execute')
    or exists (
        select from aclexplode(coalesce(proc.proacl, acldefault('f', proc.proowner))) as entry
        where entry.grantee in (0, 'bob'::regrole)
    )
)
"""

PAUSE = 0.003
"""Seconds between two looks: an install commits once, so what it lets in stays to be seen; it needs the processor."""


class Watcher:
    """Counts its looks, keeps what it saw: functions that PUBLIC or `bob` could call at some moment."""

    def __init__(self, dsn: str, schemas: str) -> None:
        self.looks = 0
        self.sightings: set[str] = set()
        self._dsn, self._query = dsn, QUERY.format(schemas=schemas)
        self._ended = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _watch(self) -> None:
        try:
            with connection(self._dsn) as opened:
                while not self._ended.is_set():
                    self.sightings.update(row[0] for row in run(opened, self._query))
                    self.looks += 1
                    time.sleep(PAUSE)
        except Exception as failure:
            self._failure = failure


@contextmanager
def nobody_comes_in(dsn: str, schemas: str = "quickstart") -> Iterator[Watcher]:
    """Assert that neither PUBLIC nor `bob` could call anything in the schemas while the block ran."""
    with Watcher(dsn, schemas) as watcher:
        yield watcher
    assert watcher.looks > 0
    assert watcher.sightings == set()
