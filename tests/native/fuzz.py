"""The fuzz targets of the MySQL core: what they begin with, how they are run, what came of it."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.native.cpp import BUILDS, ROOT, build

CONTRACT = ROOT / "native" / "contract"
LONGEST = 20_000
"""Bytes of the longest vector that is worth to begin with."""

URLS = (
    "http://127.0.0.1:9001",
    "https://lambda.eu-west-1.amazonaws.com/",
    "http://[fd00:ec2::23]:80/v1/credentials?a=b",
)

Case = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a run did: its inputs, whether none was a finding, and the last lines that it said."""

    executions: int
    is_clean: bool
    said: str


def run(target: str, folder: Path, *options: str) -> Outcome:
    """Run a target with options of libFuzzer; what it learns, and what it finds, stays in the folder.

    https://llvm.org/docs/LibFuzzer.html#options
    """
    corpus, findings = folder / "corpus", folder / "findings"
    for each in (corpus, findings):
        each.mkdir(parents=True, exist_ok=True)
    for seed in SEEDS[target]():
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    fixed = ("-print_final_stats=1", "-timeout=10", "-rss_limit_mb=1024", f"-artifact_prefix={findings}/")
    program = str(build(target, "UDFGEN_FUZZ"))
    done = subprocess.run([program, *fixed, *options, str(corpus)], capture_output=True, check=False)
    said = done.stderr.decode("utf-8", "replace")
    counted = re.search(r"stat::number_of_executed_units: *(\d+)", said)
    return Outcome(int(counted[1]) if counted else 0, done.returncode == 0, said[-3000:])


def cases(file: str) -> list[Case]:
    """Return the vectors of one file of the contract."""
    found: list[Case] = json.loads((CONTRACT / file).read_text(encoding="utf-8"))["cases"]
    return found


def _bytes(case: Case, name: str) -> bytes | None:
    """Return a text or the bytes of a vector; None where it is strung together, or long."""
    if f"{name}_hex" in case:
        return bytes.fromhex(case[f"{name}_hex"])
    text = case.get(name)
    return text.encode("utf-8", "replace") if isinstance(text, str) and len(text) < LONGEST else None


def documents() -> Iterator[bytes]:
    """Return the bodies of replies, and of requests."""
    found = [_bytes(case, "reply") for case in cases("decoding.json")]
    found += [_bytes(case, "body") for file in ("encoding.json", "errors.json") for case in cases(file)]
    return (each for each in found if each is not None)


def arguments() -> Iterator[bytes]:
    """Return the arguments that are text."""
    given = (
        each for file in ("encoding.json", "constraints.json") for case in cases(file) for each in case["arguments"]
    )
    return (each.encode("utf-8", "replace") for each in given if isinstance(each, str) and len(each) < LONGEST)


def replies() -> Iterator[bytes]:
    """Return whole HTTP replies, and URLs."""
    yield from (url.encode() for url in URLS)
    for case in cases("errors.json"):
        lines = [f"HTTP/1.1 {case['status']} Said", *(f"{name}: {value}" for name, value in case["headers"].items())]
        yield "\r\n".join([*lines, "", ""]).encode() + (_bytes(case, "body") or b"")


SEEDS = {"fuzz_json": documents, "fuzz_arguments": arguments, "fuzz_reply": replies}
"""The targets, and what each begins with."""


def main() -> int:
    """Fuzz every target and print what came of it; 1 when there is a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="how long each target runs")
    parser.add_argument("targets", nargs="*", default=sorted(SEEDS), help="all unless told")
    options = parser.parse_args()
    failed = False
    for target in options.targets:
        folder = BUILDS.parent / "fuzz" / target
        shutil.rmtree(folder / "findings", ignore_errors=True)
        print(f"{target} runs for {options.seconds} s", file=sys.stderr, flush=True)
        outcome = run(target, folder, f"-max_total_time={options.seconds}")
        verdict = "no finding" if outcome.is_clean else f"a FINDING, see {folder / 'findings'}\n{outcome.said}"
        print(f"{target}: {outcome.executions:,} executions, {verdict}", flush=True)
        failed |= not outcome.is_clean
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
