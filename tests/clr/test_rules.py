"""The rules of SQL Server's hosting: each is shown alive by an assembly that breaks it, and ours break none.

An assembly in bad/ says at its top what must be found in it, `rule: place`, and nothing else may be.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clr import build

BAD = sorted(path for path in (build.HERE / "bad").iterdir() if path.suffix in {".cs", ".il"})
CACHES = {
    "lambda-cache.cs": ["a lambda's cache, a static field that is written"],
    "switch-cache.cs": ["a switch over strings caches here, and writes"],
}
CORE = build.HERE.parents[1] / "native" / "sqlserver"


def header(source: Path) -> dict[str, list[str]]:
    """Return what stands at the top of a bad source: its options for mcs and what must be found, by their names."""
    lines = source.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines()
    pairs = [line.removeprefix("// ").split(": ", 1) for line in lines]
    return {name: [text for one, text in pairs if one == name] for name, _ in pairs}


def made(source: Path, folder: Path) -> Path:
    """Compile a bad source."""
    dll = folder / f"{source.stem}.dll"
    if source.suffix == ".il":
        return build.assemble(source, dll)
    options = [word for line in header(source).get("options", []) for word in line.split()]
    return build.compile_csharp([source], dll, *options)


@pytest.mark.parametrize("source", [pytest.param(each, id=each.stem) for each in BAD])
def test_a_bad_assembly_breaks_its_rule_and_no_other(source: Path, tmp_path: Path) -> None:
    expected = [f"{source.stem}: {place}" for place in header(source)[source.stem]]
    found = build.check_rules(made(source, tmp_path))
    assert {next((one for one in expected if line.startswith(f"{one}: ")), line) for line in found} == set(expected)


def test_every_rule_has_a_bad_assembly() -> None:
    names = build.rules().stdout.split()
    assert sorted(path.stem for path in BAD) == sorted(names)


def test_the_caches_of_lambdas_and_switches_are_called_so(tmp_path: Path) -> None:
    found = {name: build.check_rules(made(build.HERE / "bad" / name, tmp_path)) for name in CACHES}
    assert {name: [line.split(": ", 2)[2] for line in lines] for name, lines in found.items()} == CACHES


GOOD = """\
namespace Udfgen
{
    using System;
    using System.Collections;
    using System.Collections.Generic;
    using System.Data.SqlClient;
    using System.Data.SqlTypes;
    using System.Net;
    using System.Net.Security;
    using System.Net.Sockets;
    using System.Security.Cryptography;
    using System.Text.RegularExpressions;
    using System.Threading;
    using Microsoft.SqlServer.Server;

    internal sealed class Kept
    {
        public static readonly Kept[] Last = new Kept[1];
        public static readonly Dictionary<string, int> Codes = new Dictionary<string, int> { { "one", 1 } };
        private static readonly int[] table = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
        private static readonly Guid none = Guid.Empty;

        public static string Read(string host, byte[] bytes, int[,] grid, List<string>[] lists)
        {
            Interlocked.Exchange(ref Last[0], new Kept());
            Thread.Sleep(table[0] + grid[0, 1] + lists[0].Count);
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Blocking = false;
            socket.NoDelay = true;
            try
            {
                socket.Connect(new IPEndPoint(Dns.GetHostAddresses(host)[0], 443));
            }
            catch (SocketException failure)
            {
                return failure.SocketErrorCode + none.ToString();
            }
            new SslStream(new NetworkStream(socket)).AuthenticateAsClient(host);
            using (var hash = SHA256.Create())
            using (var mac = new HMACSHA256(hash.ComputeHash(bytes)))
            using (var connection = new SqlConnection("context connection=true"))
            {
                connection.Open();
                return Regex.Replace(Environment.GetEnvironmentVariable("HOME"), "a", "b") + mac.HashSize;
            }
        }
    }

    public static class Functions
    {
        [SqlFunction(FillRowMethodName = "Fill")]
        public static IEnumerable rows(SqlInt64 number, DateTimeOffset? at, SqlChars text)
        {
            return new object[] { number, at };
        }

        public static void Fill(object row, out SqlInt64 number, out DateTime? day)
        {
            number = (SqlInt64)row;
            day = null;
        }

        [SqlProcedure]
        public static void log(SqlBytes bytes)
        {
        }
    }
}
"""


def test_what_is_allowed_is_not_found(tmp_path: Path) -> None:
    source = tmp_path / "good.cs"
    source.write_text(GOOD, encoding="utf-8")
    assert build.check(build.compile_csharp([source], tmp_path / "good.dll", "-warnaserror")) == []


def test_what_cannot_be_verified_is_found(tmp_path: Path) -> None:
    source = tmp_path / "raw.cs"
    source.write_text("class Raw { static unsafe int Read(int* at) { return *at; } }", encoding="utf-8")
    assert build.verify(build.compile_csharp([source], tmp_path / "raw.dll", "-unsafe")) == [
        "unverifiable: Raw::Read(int*)"
    ]


def test_the_core_keeps_every_rule(tmp_path: Path) -> None:
    dll = build.compile_csharp(sorted(CORE.glob("*.cs")), tmp_path / "core.dll", "-warnaserror")
    assert build.check(dll) == []
