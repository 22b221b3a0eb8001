// Why a call failed: a code that callers can act on, and words for a person.
#pragma once

#include <string>
#include <string_view>

namespace udfgen {

// The codes of every engine, in the order of their numbers: MySQL reports 51000 + code.
enum class Code {
    throttled = 1,
    timeout,
    not_authorized,
    not_found,
    too_large,
    function_error,
    bad_response,
    bad_argument,
    unavailable,
    disabled
};

// Returns the word for a code that stands in `[udfgen <code>]`.
const char *name(Code code);

// A call that failed for a reason that has a code; thrown by value.
struct Failure {
    Code code;
    std::string what;             // without the binding's name and the request id
    std::string request_id = {};  // AWS's, empty where there was no reply
    bool retry = false;           // whether an idempotent binding may try again
    double wait = 0;              // seconds that AWS asks to wait before that
    bool expired = false;         // whether the credentials were too old
};

// Returns `<binding>: <what> (request id <id>)`, with at most 500 characters of what; the bracket only with an id.
std::string describe(const std::string &binding, const Failure &failure);

// A value that its type or a constraint refuses; `what` says what it must be, never what it was.
struct Unfit {
    std::string what;
};

// Thrown in place of a Failure when the server ended the statement: the server has words of its own for that.
struct Interrupted {};

}  // namespace udfgen
