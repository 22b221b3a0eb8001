"""Which Lambda function a binding reaches: a name, a partial ARN or an ARN.

The forms and lengths are those of the Invoke API:
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from udfgen.endpoint import partition
from udfgen.spec.wording import Wrong, show

REGION = r"(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-[0-9]"
NAME = r"[A-Za-z0-9_.-]{1,64}"
QUALIFIER = r"\$LATEST(?:\.PUBLISHED)?|[A-Za-z0-9_-]{1,128}"
TARGET = re.compile(
    rf"(?P<target>(?:(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>{REGION}):)?(?P<account>[0-9]{{12}}):function:)?{NAME})"
    rf"(?::(?P<qualifier>{QUALIFIER}))?"
)
PATTERN = rf"^(?:(?:arn:aws[a-zA-Z-]*:lambda:{REGION}:)?[0-9]{{12}}:function:)?{NAME}(?::(?:{QUALIFIER}))?$"
LENGTH = 256
LATEST = "$LATEST"


@dataclass(frozen=True, slots=True)
class Target:
    """A Lambda function: what Invoke is given without the qualifier, and what an ARN says besides."""

    target: str
    region: str | None
    account: str | None
    qualifier: str | None


def parse_target(value: object) -> Target:
    """Return the Lambda function that a text names, or raise Wrong."""
    if not isinstance(value, str):
        raise Wrong(f"{show(value)} is not a Lambda function", "quote it if it is a name", "arn")
    match = TARGET.fullmatch(value)
    if match is None or len(value) > LENGTH:
        raise _wrong(value)
    return Target(match["target"], match["region"], match["account"], match["qualifier"])


def spellings(target: str, qualifier: str | None, region: str, account: str | None) -> tuple[str, ...]:
    """Return every way to write a function: its name, and where the account is known, the partial ARN and the ARN.

    Each with the qualifier behind it, where there is one, and without. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    name = target.rpartition(":")[2]
    forms = [name]
    known = parse_target(target).account or account
    if known is not None:
        partial = f"{known}:function:{name}"
        within = target.split(":")[1] if target.startswith("arn:") else partition(region)
        forms += [partial, f"arn:{within}:lambda:{region}:{partial}"]
    return tuple(form + end for form in forms for end in ("", f":{qualifier}")[: 1 + (qualifier is not None)])


def _wrong(text: str) -> Wrong:
    forms = "arn:aws:lambda:eu-west-1:123456789012:function:name, 123456789012:function:name, or name"
    if text.lower().startswith("arn:"):
        return Wrong(f"{show(text)} is not the ARN of a Lambda function", f"write it as {forms}", "arn")
    if len(text.partition(":")[0]) > 64:
        return Wrong("the name of a Lambda function has at most 64 characters", f"write it as {forms}", "arn")
    return Wrong(f"{show(text)} is not the name of a Lambda function", f"write it as {forms}", "arn")
