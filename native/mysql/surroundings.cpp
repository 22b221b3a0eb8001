// The switch, the caller, the policies: the same for single calls and batches.
#include "surroundings.hpp"

#include "json.hpp"

#include <algorithm>

namespace udfgen {

Mode look(const Binding &binding, const Surroundings &around) {
    const Mode mode = around.mode(binding.name);
    if (mode == Mode::off) {
        throw Failure{Code::disabled, "it is switched off: udfgen switch turns it on again"};
    }
    return mode;
}

std::string show_caller(const Binding &binding, const Surroundings &around) {
    if (!binding.client_context) {
        return {};
    }
    std::string json = R"({"custom":{"database":)";
    append_quoted(json, around.database);
    json += R"(,"session_user":)";
    append_quoted(json, around.user);
    return json + "}}";
}

Binding rehearsed(Binding binding) {
    binding.invoke = Invoke::dry_run;
    binding.log_tail = false;
    return binding;
}

bool hides(const Function &function, const Failure &failure) {
    return function.null_on_error && failure.code != Code::bad_argument && failure.code != Code::disabled;
}

bool has_null(const std::vector<Argument> &arguments) {
    return std::any_of(arguments.begin(), arguments.end(), [](const Argument &argument) { return argument.is_null; });
}

}  // namespace udfgen
