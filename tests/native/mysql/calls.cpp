// calls: what pytest drives to see the core call out. One JSON object a line in, one JSON value a line out:
//     {"op": "call", "program": …, "function": …, "body": …, "context": …, "kill_after_ms": …, "rest_ms": …}
//     {"op": "run", "program": …, "function": …, "arguments": …, "mode": …}
//     {"op": "batch", "program": …, "function": …, "rows": …, "mode": …, "caller": …, "kill_after_ms": …}
//     {"op": "calls", "program": …, "function": …, "calls": [{"arguments": …, "wait_ms": …}, …], "mode": …, "caller": …}
//     {"op": "threads", "rounds": …, "calls": [call, …]}    a thread for each call
//     {"op": "look", "program": …, "rest_ms": …, "times": …, "timeout_ms": …}
//     {"op": "sign", "function": …, "region": …, "endpoint": …, "keys": …, "time": …, "body": …, "context": …}
//     {"op": "endpoint", "program": …}    {"op": "url", "text": …}    {"op": "speed", "calls": …, "call": call}
// Programs and functions are the compiler's tables. Calls with the same program share one Invoker, as in a server.
#include "batched.hpp"
#include "callable.hpp"
#include "credentials.hpp"
#include "given.hpp"
#include "invoke.hpp"
#include "patience.hpp"
#include "results.hpp"
#include "sign.hpp"
#include "table.hpp"
#include "url.hpp"

#include <csignal>
#include <iostream>
#include <map>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

double ms_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

udfgen::Invoker &invoker(const Json &job) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<udfgen::Invoker>> invokers;
    const std::lock_guard<std::mutex> guard(mutex);
    const std::string program = job.at("program").dump();
    auto &found = invokers[program];
    if (!found) {
        const milliseconds rest(job.value("rest_ms", 5000));
        found = std::make_unique<udfgen::Invoker>(udfgen::read_program(program), rest);
    }
    return *found;
}

Json show(const std::string &name, const udfgen::Failure &failure) {
    return {{"code", udfgen::name(failure.code)}, {"text", udfgen::describe(name, failure)}};
}

// Calls as the library does: encoded body in, decoded result out.
Json call(const Json &job) {
    const udfgen::Function function = udfgen::read_function(job.at("function").dump());
    const auto begin = Clock::now();
    const double kill_after = job.value("kill_after_ms", 1e9);
    int asked = 0;
    Json outcome;
    try {
        const auto is_killed = [&] { return ++asked, ms_since(begin) >= kill_after; };
        const std::function<bool()> asking = is_killed;
        udfgen::Patience patience(asking, function.binding->timeout);
        udfgen::Answer answer = invoker(job)(*function.binding, job.at("body").get<std::string>(),
                                                           job.value("context", ""), patience);
        try {
            const auto result = udfgen::Decoder(function.returns)(answer.body);
            outcome["result"] = result ? Json(*result) : Json();
        } catch (udfgen::Failure &failure) {
            answer.blame(failure);
            throw;
        }
    } catch (const udfgen::Failure &failure) {
        outcome = show(function.binding->name, failure);
    } catch (const udfgen::Interrupted &) {
        outcome["code"] = "interrupted";
    }
    outcome["ms"] = ms_since(begin);
    outcome["asked"] = asked;
    return outcome;
}

// Shows a result as the vectors spell it: an array of arrays for a table.
Json show_result(const udfgen::Function &function, const std::optional<std::string> &result) {
    if (std::holds_alternative<udfgen::Table>(function.returns)) {
        return {{"rows", Json::parse(*result)}};
    }
    return {{"result", result ? Json(*result) : Json()}};
}

// What a job's calls find around them: a session of their own, in which `mode` is that of the binding `score`.
class Around {
public:
    explicit Around(const Json &job)
        : said_(job.value("mode", Json())), user_(job.value("/caller/session_user"_json_pointer, "app")),
          database_(job.value("/caller/database"_json_pointer, "sensors")),
          kill_after_(job.value("kill_after_ms", 1e9)), invoker_(invoker(job)) {}

    udfgen::Surroundings operator()() {
        static udfgen::Cache cache;
        static udfgen::Queries queries;
        return {mode_, invoker_, is_killed_, database_, user_, session_, cache, queries};
    }

private:
    udfgen::Mode mode(const std::string &binding) const {
        const bool is_switched = !said_.is_null() && binding == "score";
        return is_switched ? udfgen::read_mode(said_.get_ref<const std::string &>()) : udfgen::Mode::live;
    }

    const Json said_;
    const std::string user_, database_;
    const double kill_after_;
    const Clock::time_point begin_ = Clock::now();
    const std::function<udfgen::Mode(const std::string &)> mode_ = [this](const std::string &name) { return mode(name); };
    const std::function<bool()> is_killed_ = [this] { return ms_since(begin_) >= kill_after_; };
    udfgen::Invoker &invoker_;
    static inline std::uint64_t sessions_ = 0;
    const std::uint64_t session_ = ++sessions_;
};

// Adds the outcome of what fails, and how long it took.
template <typename Work>
Json timed(Work work) {
    const auto begin = Clock::now();
    Json outcome;
    try {
        outcome = work();
    } catch (const udfgen::Failed &failed) {
        outcome = show(failed.subject, failed.failure);
    } catch (const udfgen::Interrupted &) {
        outcome["code"] = "interrupted";
    }
    outcome["ms"] = ms_since(begin);
    return outcome;
}

Json run_once(const udfgen::Callable &callable, const Json &arguments, Around &around) {
    return timed([&] {
        const Given given(arguments);
        return show_result(callable.function(), callable(given.arguments(), around()));
    });
}

// Runs a function as a wrapper does, from the switch to the rows.
Json run(const Json &job) {
    const udfgen::Callable callable(udfgen::read_function(job.at("function").dump()));
    Around around(job);
    return run_once(callable, job.at("arguments"), around);
}

// Runs a function several times in one session.
Json run_several(const Json &job) {
    const udfgen::Callable callable(udfgen::read_function(job.at("function").dump()));
    Around around(job);
    Json outcomes = Json::array();
    for (const Json &each : job.at("calls")) {
        std::this_thread::sleep_for(milliseconds(each.value("wait_ms", 0)));
        outcomes.push_back(run_once(callable, each.at("arguments"), around));
    }
    return outcomes;
}

// Returns a result of a batch as the vectors spell it.
Json show_neutral(udfgen::Kind kind, const std::optional<std::string> &result) {
    const bool is_moment = kind == udfgen::Kind::timestamp || kind == udfgen::Kind::timestamptz;
    if (!result || !is_moment) {
        return result ? Json(*result) : Json();
    }
    std::string text = *result;
    text[10] = 'T';
    return text + (kind == udfgen::Kind::timestamptz ? "Z" : "");
}

// Runs a batch function.
Json batch(const Json &job) {
    const udfgen::Batched batched(udfgen::read_function(job.at("function").dump()));
    Around around(job);
    return timed([&] {
        GivenRows rows(job.at("rows"));
        Json results = Json::array();
        const auto *const result = std::get_if<udfgen::Result>(&batched.function().returns);
        for (const auto &each : batched(rows, around())) {
            results.push_back(show_neutral(result->type.kind, each));
        }
        return Json{{"results", results}};
    });
}
Json in_threads(const Json &job) {
    const Json &calls = job.at("calls");
    std::vector<Json> outcomes(calls.size());
    std::vector<std::thread> threads;
    for (std::size_t index = 0; index < calls.size(); ++index) {
        threads.emplace_back([&, index] {
            for (int round = 0; round < job.value("rounds", 1); ++round) {
                outcomes[index].push_back(call(calls[index]));
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    return outcomes;
}

// Returns what successive looks at the credentials give.
Json look(const Json &job) {
    const udfgen::Program program = udfgen::read_program(job.at("program").dump());
    udfgen::Keeper keeper(program.credentials, milliseconds(job.value("rest_ms", 5000)));
    Json seen = Json::array();
    for (int time = 0; time < job.value("times", 1); ++time) {
        const std::function<bool()> never = [] { return false; };
        udfgen::Patience patience(never, milliseconds(job.value("timeout_ms", 3000)));
        try {
            const auto keys = keeper.current(patience);
            seen.push_back({{"source", keys->source}, {"key", keys->access_key}, {"token", keys->token}});
        } catch (const udfgen::Failure &failure) {
            seen.push_back(show("score", failure));
        }
    }
    return seen;
}

Json sign(const Json &job) {
    const Json &given = job.at("keys");
    const udfgen::Keys keys{"test", given.at(0), given.at(1), given.at(2), std::nullopt};
    const udfgen::Function function = udfgen::read_function(job.at("function").dump());
    const std::string body = job.at("body"), context = job.at("context");
    udfgen::Signer signer(job.at("region"), udfgen::parse_url(job.at("endpoint").get<std::string>()));
    const udfgen::Request request = signer(*function.binding, body, context, keys, job.at("time").get<std::time_t>());
    return {{"method", request.method}, {"target", request.target}, {"headers", request.headers}};
}

Json url(const Json &job) {
    try {
        const udfgen::Url url = udfgen::parse_url(job.at("text").get<std::string>());
        return {{"scheme", url.scheme}, {"host", url.host}, {"authority", url.authority}, {"path", url.path}};
    } catch (const udfgen::Failure &failure) {
        return show("url", failure);
    }
}

// Returns the microseconds per call of a loop over one connection, nothing decoded.
Json speed(const Json &job) {
    const Json &one = job.at("call");
    const udfgen::Function function = udfgen::read_function(one.at("function").dump());
    const std::string body = one.at("body"), context = one.value("context", "");
    const std::function<bool()> never = [] { return false; };
    udfgen::Invoker &invoke = invoker(one);
    const auto send = [&] {
        udfgen::Patience patience(never, function.binding->timeout);
        invoke(*function.binding, body, context, patience);
    };
    send();
    const auto begin = Clock::now();
    const int calls = job.at("calls");
    for (int count = 0; count < calls; ++count) {
        send();
    }
    return ms_since(begin) * 1000 / calls;
}

Json answer(const Json &job) {
    const std::map<std::string, Json (*)(const Json &)> operations{
        {"call", call}, {"run", run}, {"calls", run_several}, {"batch", batch}, {"threads", in_threads}, {"look", look}, {"sign", sign}, {"url", url}, {"speed", speed}};
    const std::string name = job.at("op");
    if (name == "endpoint") {
        return udfgen::find_endpoint(udfgen::read_program(job.at("program").dump()));
    }
    return operations.at(name)(job);
}

}  // namespace

int main() {
    // As database servers do: writing to a connection that the other end has closed is no reason to end.
    std::signal(SIGPIPE, SIG_IGN);
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << answer(Json::parse(line)).dump(-1, ' ', true, Json::error_handler_t::replace) << std::endl;
    }
}
