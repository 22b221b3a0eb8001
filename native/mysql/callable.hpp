// Callable: one function of the spec, from the switch and the arguments to the decoded result.
#pragma once

#include "arguments.hpp"
#include "results.hpp"
#include "surroundings.hpp"
#include "table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace udfgen {

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
    std::optional<std::string> ask(const Call &call, const std::string &body, Patience &patience) const;
    std::optional<std::string> recall(const Call &call, const std::string &body, Patience &patience) const;
    std::optional<std::string> follow(const Call &call, const Follow &follow, Patience &patience) const;
    std::optional<std::string> nothing() const;

    const Function function_;
    const Encoder encode_;
    const Decoder decode_;
};

}  // namespace udfgen
