// Refusal: what a reply means that is not the answer, in words that people can read and logs can hold.
#pragma once

#include "reply.hpp"
#include "table.hpp"

#include <string>
#include <string_view>

namespace udfgen {

// Returns foreign text fit for an error: one line of at most 4000 characters, no control characters, none that turns
// the direction of text, and no `[udfgen` of its own, because an error holds `[udfgen <code>]` once.
std::string clean(std::string_view text);

// Returns a text member of the JSON object in a body, as it is; empty where there is none.
std::string read_text(std::string_view body, const std::string &member);

// Returns the request's id, for AWS's support; empty where the reply has none.
std::string request_id(const Reply &reply);

// Throws the Failure that a reply means, unless it is the answer that was asked for: the status of that kind of call,
// from a function that did not fail (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
void require_answer(const Binding &binding, const Reply &reply);

}  // namespace udfgen
