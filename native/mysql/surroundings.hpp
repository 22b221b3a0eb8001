// What every call finds around it, and what is asked before it goes out.
#pragma once

#include "arguments.hpp"
#include "cache.hpp"
#include "failure.hpp"
#include "invoke.hpp"
#include "queries.hpp"
#include "switch.hpp"
#include "table.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

// A call that failed, and what its words begin with: a binding, or a drop-in name that reaches none.
struct Failed {
    std::string subject;
    Failure failure;
};

// What a call finds around it: how a binding is switched, the way to AWS, whether the statement was killed, who calls
// in which session (none where the server does not say), what sessions keep.
struct Surroundings {
    const std::function<Mode(const std::string &binding)> &mode;
    Invoker &invoke;
    const std::function<bool()> &is_killed;
    std::string_view database, user;
    std::optional<std::uint64_t> session;
    Cache &cache;
    Queries &queries;
};

// Throws Failure `disabled` unless a binding may be called, or tried; returns which.
Mode look(const Binding &binding, const Surroundings &around);

// Returns who calls, as the JSON of a client context; empty where the binding has none
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext).
std::string show_caller(const Binding &binding, const Surroundings &around);

// Returns the binding of a dry run, which has no log.
Binding rehearsed(Binding binding);

// Tells whether the policy of a function makes NULL of a failure: not where the caller made a mistake, or an
// administrator said no.
bool hides(const Function &function, const Failure &failure);

// Tells whether any argument is NULL.
bool has_null(const std::vector<Argument> &arguments);

}  // namespace udfgen
