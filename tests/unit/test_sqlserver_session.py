"""SQL Server's session without a server: what is trusted, what an error says, how digits are read back."""

from __future__ import annotations

import hashlib
import random
import struct
from dataclasses import replace

import pytest

from udfgen import commands, dialect
from udfgen.bundle import Bundle
from udfgen.ir import Kind, Type
from udfgen.render import render
from udfgen.spec import check

sqlserver = dialect.load("sqlserver")
lower, problems, refusal, trust, values = (
    sqlserver.part(name) for name in ("lower", "problems", "refusal", "trust", "values")
)

SPEC = """
udfgen: 1
name: shop
aws: {region: eu-west-1}
bindings: {b: {function: f}}
functions: {ping: {binding: b, returns: void}}
engines: {sqlserver: {}}
"""


def bundle(code: bytes | None = None) -> Bundle:
    """Return a bundle, with the bytes of a compiled assembly or without."""
    made = render(commands.lower(commands.compile_program(check.check_text(SPEC, "spec.yaml")), "sqlserver"))
    return replace(made, fills={lower.BYTES: f"0x{code.hex()}"}) if code else made


# Trust


def test_the_hash_is_that_of_the_very_bytes() -> None:
    assert trust.sha512(bundle(b"MZ\x90\x00")) == hashlib.sha512(b"MZ\x90\x00").hexdigest().upper()
    assert trust.sha512(bundle()) is None


def test_the_command_names_the_assembly_as_the_server_does() -> None:
    made = bundle()
    (name,) = (each.key.name for each in made.objects if each.key.kind == "assembly")
    assert trust.command(made, "AB") == (
        f"exec sys.sp_add_trusted_assembly 0xAB, N'{name}, version=0.0.0.0, culture=neutral, publickeytoken=null, "
        "processorarchitecture=msil';"
    )


@pytest.mark.parametrize(
    ("answer", "may_give", "may_see"),
    [
        ((1, 1), True, True),
        ((1, 0), True, True),
        ((0, 1), False, True),
        ((0, 0), False, False),
        ((0, None), False, False),
    ],
)
def test_who_may_give_trust_may_see_it(answer: tuple[int, int | None], may_give: bool, may_see: bool) -> None:
    assert trust.rights(lambda sql: [answer]) == trust.Rights(may_give, may_see)


# Errors


def test_a_message_is_one_line_without_places_in_net() -> None:
    said = "No: \r\nSystem.Exception: [udfgen timeout]: b: late\r\nSystem.Exception: \r\n   at A.B(C d)\r\n   at E.F()"
    assert refusal.plain(said) == "No: System.Exception: [udfgen timeout]: b: late"
    assert refusal.code(said) == "timeout"
    assert refusal.code("no code") is None


def test_all_errors_are_told_and_the_first_that_is_known_says_what_to_do() -> None:
    faults = [refusal.Fault(1, 2, "One."), refusal.Fault(262, 3, "Two."), refusal.Fault(10343, 4, "Three.")]
    assert str(refusal.Refusal(faults)) == (
        "Msg 1, line 2: One; Msg 262, line 3: Two; Msg 10343, line 4: Three; "
        "connect as a member of db_owner whose login has EXTERNAL ACCESS ASSEMBLY or UNSAFE ASSEMBLY, granted in "
        "master; trust is given by CONTROL SERVER"
    )


def test_an_error_of_the_core_says_itself_what_to_do() -> None:
    said = str(refusal.Refusal([refusal.Fault(6522, 1, "[udfgen throttled]: b: slow down")]))
    assert said == "Msg 6522, line 1: [udfgen throttled]: b: slow down"


# Values


def test_a_real_reads_back_as_the_same_32_bits_and_as_no_fewer_digits() -> None:
    """Style 3 shows nine digits, which is always enough; what is told has the fewest that are."""
    chance = random.Random(2017)
    real = Type(Kind.REAL)
    for _ in range(20_000):
        bits = chance.getrandbits(32)
        if bits >> 23 & 0xFF == 0xFF:
            continue  # infinities, and what is no number: SQL Server has none
        (number,) = struct.unpack("f", struct.pack("I", bits))
        told = values.neutral(real, f"{number:.8e}")
        assert struct.pack("f", float(told)) == struct.pack("f", number + 0.0) or not number
        digits = len(told.lstrip("-").partition("e")[0].replace(".", "").strip("0"))
        shorter = {f"{number:.{count}g}" for count in range(1, digits)}
        assert all(struct.pack("f", float(each)) != struct.pack("f", number) for each in shorter)


@pytest.mark.parametrize(
    ("kind", "shown", "told"),
    [
        (Kind.TIME, "23:59:59.999999", "23:59:59.999999"),
        (Kind.TIMESTAMP, "0001-01-01 00:00:00.000000", "0001-01-01T00:00:00"),
        (Kind.TIMESTAMPTZ, "9999-12-31 23:59:59.100000 +00:00", "9999-12-31T23:59:59.1Z"),
        (Kind.DOUBLE, "4.9406564584124654e-324", "5e-324"),
        (Kind.DOUBLE, "1.7976931348623157e+308", "1.7976931348623157e+308"),
        (Kind.BOOLEAN, "0", "false"),
    ],
)
def test_the_ends_of_the_types(kind: Kind, shown: str, told: str) -> None:
    assert values.neutral(Type(kind), shown) == told


# Where a session is


@pytest.mark.parametrize(("version", "major"), [("14.0.1000.169", 14), ("17.0.1.2", 17), ("9.00.5000.00", 9)])
def test_the_version_is_counted_as_microsoft_does(version: str, major: int) -> None:
    here = problems.Server(3, version, "Windows", None, "sales", "sa", "[dbo]")
    assert here.major == major
    assert bool(list(problems.platform(here))) is (major < 14)
