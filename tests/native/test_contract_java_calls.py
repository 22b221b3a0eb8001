"""What only the Java core does when it signs: it keeps the key of a day. The vectors are in test_contract_calls.py."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

from tests.native.java_calls_support import session
from tests.native.test_contract_calls import request_of
from tests.native.test_contract_python import load

Case = dict[str, Any]


def signature(case: Case) -> str:
    """Return the signature that a case's canonical request has by the time and the secret key of that case."""
    day, stamp = case["time"][:10].replace("-", ""), re.sub("[-:]", "", case["time"])
    canonical = re.sub(r"(?<=x-amz-date:)\w+", stamp, case["canonical_request"])
    scope = (day, case["region"], "lambda", "aws4_request")
    to_sign = "\n".join(("AWS4-HMAC-SHA256", stamp, "/".join(scope), hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{case['secret_key']}".encode()
    for part in (*scope, to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def test_a_session_signs_by_the_day_and_the_secret_of_each_call() -> None:
    (case, *_) = load("signatures.json")
    assert case["authorization"].endswith(f"Signature={signature(case)}")
    with session() as running:
        # A secret that is longer than a block of the hash is hashed itself.
        for secret in (case["secret_key"], "b" * 60, "c" * 61):
            for day in ("2026-01-02", "2026-01-03", "2026-01-02"):
                other = case | {"time": f"{day}T03:04:05Z", "secret_key": secret}
                _, _, headers = running.sign(**request_of(other))
                assert headers["authorization"].endswith(f"Signature={signature(other)}"), other
