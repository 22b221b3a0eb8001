// What the server process finds: the endpoint, credentials, bindings that may be called.
#include "probe.hpp"

#include "credentials.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "patience.hpp"

#include <chrono>

namespace udfgen {

namespace {

constexpr std::chrono::seconds time_to_search(10);

std::string show_check(std::string_view what, bool is_fine, std::string_view found, std::string_view advice = "") {
    std::string json = "[";
    append_quoted(json, what);
    json += is_fine ? ",true," : ",false,";
    append_quoted(json, found);
    json += ",";
    append_quoted(json, advice);
    return json + "]";
}

std::string show_failure(const std::string &owner, const Failure &failure) {
    return std::string("[udfgen ") + name(failure.code) + "]: " + describe(owner, failure);
}

std::string check_credentials(const Program &program, const std::function<bool()> &is_killed) {
    Patience patience(is_killed, time_to_search);
    try {
        return show_check("credentials", true,
                          "found in: " + Keeper(program.credentials, time_to_search).current(patience)->source);
    } catch (const Failure &failure) {
        return show_check("credentials", false, show_failure(program.name, failure),
                          "they are looked for by the server process, not by this client");
    }
}

// Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-InvocationType
std::string check_binding(Binding binding, Invoker &invoke, const std::function<bool()> &is_killed) {
    binding.invoke = Invoke::dry_run;
    Patience patience(is_killed, binding.timeout);
    try {
        invoke(binding, "{}", "", patience);
        return show_check("binding " + binding.name, true, "DryRun says that it may be called");
    } catch (const Failure &failure) {
        return show_check("binding " + binding.name, false, show_failure(binding.name, failure));
    }
}

}  // namespace

std::string probe(std::string_view what, const Program &program, const std::vector<Binding> &bindings, Invoker &invoke,
                  const std::function<bool()> &is_killed) {
    if (what == "endpoint") {
        return find_endpoint(program);
    }
    if (what != "checks") {
        throw Failure{Code::bad_argument, "ask for endpoint or checks"};
    }
    std::string json = "[" + show_check("endpoint", true, find_endpoint(program));
    json += "," + check_credentials(program, is_killed);
    for (const Binding &binding : bindings) {
        json += "," + check_binding(binding, invoke, is_killed);
    }
    return json + "]";
}

}  // namespace udfgen
