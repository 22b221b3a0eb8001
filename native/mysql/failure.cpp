// Words for failures.
#include "failure.hpp"

#include "text.hpp"

#include <stdexcept>

namespace udfgen {

namespace {

constexpr std::size_t max_what = 500;

// Returns text cut to `max_what` code points, the last three of them dots.
std::string shorten(const std::string &text) {
    if (count_code_points(text) <= max_what) {
        return text;
    }
    return std::string(first_code_points(text, max_what - 3)) + "...";
}

}  // namespace

const char *name(Code code) {
    switch (code) {
    case Code::throttled: return "throttled";
    case Code::timeout: return "timeout";
    case Code::not_authorized: return "not_authorized";
    case Code::not_found: return "not_found";
    case Code::too_large: return "too_large";
    case Code::function_error: return "function_error";
    case Code::bad_response: return "bad_response";
    case Code::bad_argument: return "bad_argument";
    case Code::unavailable: return "unavailable";
    case Code::disabled: return "disabled";
    }
    throw std::logic_error("a code without a name");
}

std::string describe(const std::string &binding, const Failure &failure) {
    const std::string text = binding + ": " + shorten(failure.what);
    return failure.request_id.empty() ? text : text + " (request id " + failure.request_id + ")";
}

}  // namespace udfgen
