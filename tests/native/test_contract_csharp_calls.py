"""What only the C# core does when it signs: threads share a signer. The vectors are in test_contract_calls.py."""

from __future__ import annotations

from tests.native.csharp_calls_support import session
from tests.native.test_contract_calls import request_of
from tests.native.test_contract_java_calls import signature
from tests.native.test_contract_python import load


def test_a_server_signs_by_the_day_and_the_secret_of_each_call() -> None:
    (case, *_) = load("signatures.json")
    assert case["authorization"].endswith(f"Signature={signature(case)}")
    with session() as running:
        # A secret that is longer than a block of the hash is hashed itself.
        for secret in (case["secret_key"], "b" * 60, "c" * 61):
            for day in ("2026-01-02", "2026-01-03", "2026-01-02"):
                other = case | {"time": f"{day}T03:04:05Z", "secret_key": secret}
                _, _, headers = running.sign(**request_of(other))
                assert headers["authorization"].endswith(f"Signature={signature(other)}"), other


def test_threads_sign_each_request_for_itself() -> None:
    (case, *_) = load("signatures.json")
    days = [f"2026-01-{day:02}" for day in range(1, 9)]
    others = [case | {"time": f"{day}T03:04:05Z", "secret_key": f"{day}-secret"} for day in days]
    with session() as running:
        jobs = [{"op": "sign"} | request_of(other) for other in others]
        outcomes = running.ask("threads", calls=jobs, rounds=200)
    for other, signed in zip(others, outcomes, strict=True):
        assert len(signed) == 200
        assert all(f"Signature={signature(other)}\r\n" in each for each in signed)
