// The entry points that a server calls, and what the generated functions.cpp fills in.
#pragma once

#include "abi.hpp"

#include <initializer_list>

namespace udfgen {

// The tables of the spec, as JSON; defined in functions.cpp. Neither needs code to run when the library is loaded or
// unloaded.
extern const char *const program;
extern const std::initializer_list<const char *> functions;

// Prepares a call: says how the arguments are to arrive. Returns true and a message when the server cannot be served.
bool start(UdfInit *init, UdfArgs *args, char *message) noexcept;

// Runs a call, one per row: (name, user() of the caller, token, arguments…) gives the result, as text or NULL; no
// arguments give the library's own facts, and the name '' asks the probe. Failures are raised as errors of the server.
char *run(UdfInit *init, UdfArgs *args, unsigned long *length, unsigned char *is_null, unsigned char *error) noexcept;

// Frees what `start` made.
void finish(UdfInit *init) noexcept;

}  // namespace udfgen

#define UDFGEN_ENTRY extern "C" __attribute__((visibility("default")))

// Defines the three functions that CREATE FUNCTION … SONAME looks for. The name begins with `udfgen_`.
#define UDFGEN_EXPORT(name)                                                                                            \
    UDFGEN_ENTRY bool name##_init(udfgen::UdfInit *init, udfgen::UdfArgs *args, char *message) {                       \
        return udfgen::start(init, args, message);                                                                     \
    }                                                                                                                  \
    UDFGEN_ENTRY char *name(udfgen::UdfInit *init, udfgen::UdfArgs *args, char *, unsigned long *length,               \
                            unsigned char *is_null, unsigned char *error) {                                            \
        return udfgen::run(init, args, length, is_null, error);                                                        \
    }                                                                                                                  \
    UDFGEN_ENTRY void name##_deinit(udfgen::UdfInit *init) {                                                           \
        udfgen::finish(init);                                                                                          \
    }
