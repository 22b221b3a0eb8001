// Callable: one function of the spec, from the switch and the arguments to the decoded result.
#pragma once

#include "arguments.hpp"
#include "failure.hpp"
#include "invoke.hpp"
#include "results.hpp"
#include "switch.hpp"
#include "table.hpp"

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

// What a call finds around it: how a binding is switched, the way to AWS, whether the statement was killed, who calls.
struct Surroundings {
    const std::function<Mode(const std::string &binding)> &mode;
    Invoker &invoke;
    const std::function<bool()> &is_killed;
    std::string_view database, user;
};

// A function of the spec, ready to run; shared by all threads.
class Callable {
public:
    explicit Callable(Function read);

    // Returns the result in the server's spelling, or nothing for NULL and void. Throws Failed, or Interrupted.
    std::optional<std::string> operator()(const std::vector<Argument> &arguments, const Surroundings &around) const;

    const Function &function() const { return function_; }

private:
    struct Call;

    const Binding &choose(const std::vector<Argument> &arguments) const;
    std::optional<std::string> run(const Call &call, Mode mode) const;
    std::optional<std::string> follow(const Call &call, const Follow &follow, Patience &patience) const;
    std::optional<std::string> nothing() const;
    bool hides(const Failure &failure) const;

    const Function function_;
    const Encoder encode_;
    const Decoder decode_;
};

}  // namespace udfgen
