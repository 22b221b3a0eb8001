"""What the tests of the library stand on: a table of functions, the build by CMake, and a stand-in of a server."""

from __future__ import annotations

import _ctypes
import ctypes
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import tool

CORE = Path(__file__).parents[2] / "native" / "mysql"
NAME = "udfgen_shop"
LIBRARY = "udfgen_shop_5c1f2a3b4c5d"


def function(name: str, parameters: list[dict[str, Any]], returns: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """Return a function's table entry, as udfgen.ir.describe gives it, whose binding has the same name."""
    binding = {"name": name, "target": name, "invoke": "sync", "timeout_ms": 5000, "connect_timeout_ms": 1000}
    payload = ["[", *(piece for index in range(len(parameters)) for piece in (index, ","))][: 2 * len(parameters)]
    return {
        "name": name,
        "binding": binding | rest.pop("binding", {}),
        "parameters": parameters,
        "payload": [*payload, "]" if parameters else "[]"],
        "returns": returns,
        **rest,
    }


def scalar(type_: str, *path: str) -> dict[str, Any]:
    return {"kind": "scalar", "type": type_, "path": list(path)}


ROWS = {"kind": "table", "rows": [], "columns": [{"name": "only", "type": "bigint", "path": ["only"]}]}
FUNCTIONS = [
    function("echo", [{"name": "n", "type": "bigint"}, {"name": "x", "type": "double"}], scalar("json")),
    function("shout", [{"name": "word", "type": "text", "enum": ["\U0001f600"]}], scalar("json")),
    function("strict", [{"name": "n", "type": "bigint"}], scalar("json"), null_on_null=True),
    function("strict_rows", [{"name": "n", "type": "bigint"}], ROWS, null_on_null=True),
    function("lenient", [{"name": "n", "type": "smallint"}], scalar("bigint", "none"), null_on_error=True),
    function("lenient_rows", [], ROWS | {"rows": ["none"]}, null_on_error=True),
    function("far", [], scalar("text", "\u00e9" * 400)),
    function("who", [], scalar("json"), binding={"client_context": True}),
    function("slow", [], {"kind": "void"}),
    function("slow_value", [], scalar("json")),
]
PROGRAM = {
    "name": "shop",
    "region": "eu-west-1",
    "credentials": {"source": "environment"},
    "database": "shop",
    "owner_user": "udfgen_shop",
    "owner_host": "localhost",
    "switch_file": "udfgen_shop/switch.CSV",
}


def functions_cpp() -> str:
    """Return what the dialect generates for PROGRAM and FUNCTIONS."""
    entries = "\n".join(f'    R"json({json.dumps(each)})json",' for each in FUNCTIONS)
    return f"""#include "udf.hpp"

namespace udfgen {{

const char *const program = R"json({json.dumps(PROGRAM)})json";

const std::initializer_list<const char *> functions = {{
{entries}
}};

}}  // namespace udfgen

UDFGEN_EXPORT({NAME})
"""


def build(folder: Path, compiler: str, umask: int = 0o022, **environment: str) -> Path:
    """Build the library in a folder as a person would, and return it; any word of the compiler is a failure."""
    source, built = folder / "mysql", folder / "build"
    shutil.copytree(CORE, source, ignore=shutil.ignore_patterns("__*"))
    (source / "functions.cpp").write_text(functions_cpp(), encoding="utf-8")
    project = source / "CMakeLists.txt"
    project.write_text(f"set(UDFGEN_LIBRARY {LIBRARY})\n{project.read_text(encoding='utf-8')}", encoding="utf-8")
    settings = os.environ | {"CXX": compiler} | environment
    for command in (["-S", str(source), "-B", str(built)], ["--build", str(built)]):
        done = subprocess.run(
            [tool("cmake", "cmake"), *command], env=settings, umask=umask, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return built / f"{LIBRARY}.so"


# A stand-in of a server: the names that the library looks for in its process, and what came of them.

STUB = r"""
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

unsigned number;
char text[4096];
int kill_level, acquired, released;
const char *user = "udfgen_shop", *host = "localhost";

#define NAMED(name) __asm__(name)
#ifdef MYSQL
#define CURRENT "_Z19thd_get_current_thdv"
#define KILLED "thd_killed"
#define RAISE "_Z15my_printf_errorjPKciz"
typedef int flags_type;
#else
#define CURRENT "_current_thd"
#define KILLED "thd_kill_level"
#define RAISE "my_printf_error"
typedef unsigned long flags_type;
#endif

void print(unsigned code, const char *format, flags_type flags, ...) NAMED(RAISE);
void print(unsigned code, const char *format, flags_type flags, ...) {
    va_list rest;
    va_start(rest, flags);
    number = code;
    vsnprintf(text, sizeof text, format, rest);
    va_end(rest);
}
void *current(void) NAMED(CURRENT);
void *current(void) { return &number; }
int killed(void *session) NAMED(KILLED);
int killed(void *session) { return session == &number ? kill_level : -1; }
#ifndef MYSQL
int reason(void *session) NAMED("_ZN3THD12killed_errnoEv");
int reason(void *session) { return session == &number ? kill_level : -1; }
#endif

#ifdef MYSQL
struct string { const char *text; size_t size; };
struct service { void *first, *second, *third; };
static bool read_session(void **session) { *session = &number; return false; }
static bool read_context(void *session, void **context) { *context = &user; return session != &number; }
static bool read_option(void *context, const char *name, struct string *value) {
    value->text = strcmp(name, "priv_user") == 0 ? user : strcmp(name, "priv_host") == 0 ? host : NULL;
    value->size = value->text ? strlen(value->text) : 0;
    return context != &user;
}
static struct service reader = {read_session}, security = {read_context}, options = {read_option};
static bool acquire(const char *name, void **service) {
    *service = strcmp(name, "mysql_current_thread_reader") == 0   ? &reader
               : strcmp(name, "mysql_thd_security_context") == 0     ? &security
               : strcmp(name, "mysql_security_context_options") == 0 ? &options : NULL;
    acquired += *service != NULL;
    return *service == NULL;
}
static bool release(void *service) { ++released; return service == NULL; }
static struct service registry = {acquire, NULL, release};
void *acquire_registry(void) NAMED("_Z29mysql_plugin_registry_acquirev");
void *acquire_registry(void) { ++acquired; return &registry; }
#endif
"""


class Init(ctypes.Structure):
    """UDF_INIT of the servers."""

    _fields_ = (
        ("maybe_null", ctypes.c_bool),
        ("decimals", ctypes.c_uint),
        ("max_length", ctypes.c_ulong),
        ("ptr", ctypes.c_void_p),
        ("const_item", ctypes.c_bool),
        ("extension", ctypes.c_void_p),
    )


class Args(ctypes.Structure):
    """UDF_ARGS of the servers."""

    _fields_ = (
        ("count", ctypes.c_uint),
        ("types", ctypes.POINTER(ctypes.c_int)),
        ("values", ctypes.POINTER(ctypes.c_void_p)),
        ("lengths", ctypes.POINTER(ctypes.c_ulong)),
        ("maybe_null", ctypes.c_void_p),
        ("attributes", ctypes.c_void_p),
        ("attribute_lengths", ctypes.c_void_p),
        ("extension", ctypes.c_void_p),
    )


@dataclass
class Outcome:
    """What a call gave: a result, None for NULL; what was raised; whether the server shall stop; types asked for."""

    result: str | None = None
    raised: tuple[int, str] | None = None
    stopped: bool = False
    types: tuple[int, ...] = ()
    refusal: str = ""


Value = str | bytes | float | None


class Server:
    """A process that the library is loaded into, with the names of MARIADB, MYSQL or no server."""

    def __init__(self, stub: Path | None, library: Path) -> None:
        self.stub = ctypes.CDLL(str(stub), os.RTLD_GLOBAL | os.RTLD_NOW) if stub else None
        self.library = ctypes.CDLL(str(library), os.RTLD_NOW)
        self.loaded = [each for each in (self.stub, self.library) if each]
        self.init, self.run = self.library[f"{NAME}_init"], self.library[NAME]
        self.init.restype, self.run.restype = ctypes.c_bool, ctypes.c_void_p

    def set(self, name: str, value: int) -> None:
        ctypes.c_int.in_dll(self.stub, name).value = value  # type: ignore[arg-type]

    def get(self, name: str) -> int:
        return ctypes.c_int.in_dll(self.stub, name).value  # type: ignore[arg-type]

    def set_account(self, user: bytes, host: bytes) -> None:
        ctypes.c_char_p.in_dll(self.stub, "user").value = user  # type: ignore[arg-type]
        ctypes.c_char_p.in_dll(self.stub, "host").value = host  # type: ignore[arg-type]

    def call(self, *values: Value) -> Outcome:
        """Run one statement with one row, in which every argument is a constant."""
        count, kept = len(values), [_spell(value) for value in values]
        types, lengths = (ctypes.c_int * count)(), (ctypes.c_ulong * count)(*(len(text or b"") for text in kept))
        # Each text stands between two others, so that one read beyond its end shows.
        buffers = [None if text is None else ctypes.create_string_buffer(text + b"9") for text in kept]
        pointers = (ctypes.c_void_p * count)()
        for at, buffer in enumerate(buffers):
            pointers[at] = ctypes.addressof(buffer) if buffer else None
        init, args = Init(), Args(count, types, pointers, lengths)
        message = ctypes.create_string_buffer(512)
        if self.init(ctypes.byref(init), ctypes.byref(args), message):
            return Outcome(refusal=message.value.decode())
        assert (init.maybe_null, init.const_item, init.max_length >= 2**24) == (True, False, True)
        doubles = [ctypes.c_double(value) if isinstance(value, float) else None for value in values]
        for at, double in enumerate(doubles):
            if double is not None and types[at] == 1:
                pointers[at] = ctypes.addressof(double)
        return self._run(init, args, tuple(types))

    def _run(self, init: Init, args: Args, types: tuple[int, ...]) -> Outcome:
        length, is_null, error = ctypes.c_ulong(), ctypes.c_ubyte(), ctypes.c_ubyte()
        self.set("number", 0)
        outputs = ctypes.byref(length), ctypes.byref(is_null), ctypes.byref(error)
        found = self.run(ctypes.byref(init), ctypes.byref(args), None, *outputs)
        assert bool(found) is not bool(is_null)
        result = ctypes.string_at(found, length.value).decode() if found else None
        self.library[f"{NAME}_deinit"](ctypes.byref(init))
        number, text = self.get("number"), (ctypes.c_char * 4096).in_dll(self.stub, "text").value  # type: ignore[arg-type]
        return Outcome(result, (number, text.decode()) if number else None, bool(error), types)

    def close(self) -> None:
        """Unload the library, as DROP FUNCTION does."""
        while self.loaded:
            _ctypes.dlclose(self.loaded.pop()._handle)


def _spell(value: Value) -> bytes | None:
    """Return an argument as the text that a server has for it."""
    if isinstance(value, float):
        return repr(value).encode()
    return value.encode() if isinstance(value, str) else value
