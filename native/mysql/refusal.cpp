// Refusals: error types and messages of AWS and of functions, made clean, and what may be tried again.
#include "refusal.hpp"

#include "ascii.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace udfgen {

namespace {

constexpr std::size_t max_foreign = 4000;
constexpr std::size_t max_request_id = 100;

// Of the conflicts and the bad gateways, the types that a retry can or cannot mend.
constexpr std::array<std::string_view, 3> retried_conflicts{
    "CodeArtifactUserPendingException", "ResourceConflictException", "SnapStartNotReadyException"};
constexpr std::array<std::string_view, 11> permanent{
    "EC2AccessDeniedException",      "ENILimitReachedException",   "InvalidRuntimeException",
    "InvalidSecurityGroupIDException", "InvalidSubnetIDException", "InvalidZipFileException",
    "KMSAccessDeniedException",      "KMSDisabledException",       "KMSInvalidStateException",
    "KMSNotFoundException",          "SubnetIPAddressLimitReachedException"};
constexpr std::array<int, 7> retried_statuses{408, 410, 429, 500, 502, 503, 504};

template <typename List, typename Value>
bool is_among(const List &list, const Value &value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

// Tells whether a code point must not show: a control, a separator of lines, a mark that turns the direction of text.
bool is_unshown(unsigned code) {
    return code <= 0x20 || (code >= 0x7F && code <= 0x9F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

// Returns the code point that a well-formed sequence of UTF-8 stands for.
unsigned decode(std::string_view sequence) {
    static constexpr std::array<unsigned, 5> masks{0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned code = static_cast<unsigned char>(sequence[0]) & masks[sequence.size()];
    for (const char byte : sequence.substr(1)) {
        code = code << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
    }
    return code;
}

std::string without_marks(std::string text) {
    for (std::size_t at = 0; (at = text.find("[udfgen", at)) != std::string::npos;) {
        text[at] = '(';
    }
    return text;
}

std::string clean_text(std::string_view body, const std::string &member) {
    return clean(read_text(body, member));
}

std::string join(const std::string &type, const std::string &message) {
    return message.empty() ? type : type + ": " + message;
}

// Returns AWS's error type without the URI behind it and the name space before it; empty where the reply has none.
std::string read_type(const Reply &reply) {
    const std::string side = clean_text(reply.body(), "Type");
    // `Type` in a body mostly names the guilty side, not the error.
    const std::string said = first_set({clean(reply.header("x-amzn-errortype")), clean_text(reply.body(), "__type"),
                                       side == "User" || side == "Service" ? std::string() : side});
    const std::string type = said.substr(0, said.find(':'));
    return type.substr(type.rfind('#') + 1);
}

std::string read_message(const Reply &reply) {
    std::string message = first_set({clean_text(reply.body(), "message"), clean_text(reply.body(), "Message")});
    // AWS answers a wrong signature with the request that it would have signed, session token included.
    message.resize(std::min(message.find("The Canonical String"), message.size()));
    message.resize(message.find_last_not_of(' ') + 1);
    return message;
}

Code code_of(int status, const std::string &type) {
    // A request older than AWS allows: its status is 400, where all others that say who may not call are 403
    // (https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html).
    if (type == "RequestExpired") {
        return Code::not_authorized;
    }
    switch (status) {
    case 400:
    case 415: return Code::bad_argument;
    case 403: return Code::not_authorized;
    case 404: return Code::not_found;
    case 413: return Code::too_large;
    case 429: return Code::throttled;
    default: return Code::unavailable;
    }
}

// Returns the seconds that AWS asks to wait when it throttles, else 0.
double read_wait(const Reply &reply) {
    const std::string after = reply.header("retry-after");
    const bool is_number = after.size() <= 6 && is_all(after, is_digit);
    return reply.status() == 429 && is_number ? std::stoi(after) : 0;
}

const char *show(Invoke invoke) {
    switch (invoke) {
    case Invoke::sync: return "sync";
    case Invoke::async: return "async";
    case Invoke::dry_run: break;
    }
    return "dry_run";
}

int expected_status(Invoke invoke) {
    switch (invoke) {
    case Invoke::sync: return 200;
    case Invoke::async: return 202;
    case Invoke::dry_run: break;
    }
    return 204;
}

// Returns the failure of a function that raised: its own type and message.
Failure refuse_function_error(const Reply &reply) {
    const std::string type =
        first_set({clean_text(reply.body(), "errorType"), clean(reply.header("x-amz-function-error")), "Unhandled"});
    return {Code::function_error, join(type, clean_text(reply.body(), "errorMessage")), request_id(reply)};
}

// Returns the failure that a status other than the expected one means.
Failure refuse_status(const Binding &binding, const Reply &reply) {
    const int status = reply.status();
    const std::string shown = "HTTP " + std::to_string(status);
    if (status < 300) {
        return {Code::bad_response, shown + " does not answer a call that is " + show(binding.invoke),
                request_id(reply)};
    }
    const std::string type = read_type(reply);
    const bool is_busy = (is_among(retried_statuses, status) && !is_among(permanent, type)) ||
                         (status == 409 && is_among(retried_conflicts, type));
    const bool is_expired = status == 403 && type.rfind("ExpiredToken", 0) == 0;
    const std::string what = join(type.empty() ? shown : type, read_message(reply));
    return {code_of(status, type), what, request_id(reply), is_busy || is_expired, read_wait(reply), is_expired};
}

}  // namespace

std::string clean(std::string_view text) {
    std::string shown;
    bool is_gap = false;
    text = first_code_points(text, max_foreign);
    while (!text.empty()) {
        const std::string_view sequence = first_code_points(text, 1);
        const bool is_shown = is_utf8(sequence) && !is_unshown(decode(sequence));
        if (is_shown) {
            shown += is_gap && !shown.empty() ? " " : "";
            shown += sequence;
        }
        is_gap = !is_shown;
        text.remove_prefix(sequence.size());
    }
    return without_marks(std::move(shown));
}

std::string read_text(std::string_view body, const std::string &member) {
    try {
        const std::string_view document = is_utf8(body) ? parse_json(body) : "null";
        const auto value = document.front() == '{' ? find(document, {member}) : std::nullopt;
        return value && value->front() == '"' ? unquote(*value) : std::string();
    } catch (const Unfit &) {
        return {};
    }
}

std::string request_id(const Reply &reply) {
    return std::string(first_code_points(clean(reply.header("x-amzn-requestid")), max_request_id));
}

void require_answer(const Binding &binding, const Reply &reply) {
    if (reply.status() != expected_status(binding.invoke)) {
        throw refuse_status(binding, reply);
    }
    if (reply.has("x-amz-function-error")) {
        throw refuse_function_error(reply);
    }
}

}  // namespace udfgen
