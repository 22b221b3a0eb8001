// A call: which binding, whether it is switched on, one request or one for each page, what comes of them.
#include "callable.hpp"

#include "patience.hpp"
#include "refusal.hpp"
#include "text.hpp"

#include <utility>

namespace udfgen {

namespace {

// The most code points of a name that nobody knows that an error shows.
constexpr std::size_t max_name = 200;

// The result of a reply with more bytes is not kept.
constexpr std::size_t largest_kept = 65'536;

Failure unknown(std::string_view name) {
    const std::string shown(first_code_points(clean(name), max_name));
    return {Code::not_found, '"' + shown + "\" is not a Lambda function that this database may call"};
}

// Returns what a decoder makes of an answer. One that does not fit keeps its request id.
template <typename Read>
auto read(const Answer &answer, const Read &decode) {
    try {
        return decode(answer.body);
    } catch (Failure &failure) {
        answer.blame(failure);
        throw;
    }
}

Failure too_many(int pages) {
    return {Code::too_large,
            "more than " + std::to_string(pages) + " pages: raise max_pages, or let it stop there with on_limit: stop"};
}

}  // namespace

// A call with its binding chosen.
struct Callable::Call {
    const Binding &binding;
    const std::vector<Argument> &arguments;
    const Surroundings &around;
    const std::string context;

    Answer send(const Binding &chosen, const std::string &body, Patience &patience) const {
        return around.invoke(chosen, body, context, patience);
    }
};

Callable::Callable(Function read) : function_(std::move(read)), encode_(function_), decode_(function_.returns) {}

std::optional<std::string> Callable::operator()(const std::vector<Argument> &arguments,
                                                const Surroundings &around) const {
    const Binding &binding = choose(arguments);
    try {
        const Mode mode = look(binding, around);
        if (function_.null_on_null && has_null(arguments)) {
            return nothing();
        }
        return run({binding, arguments, around, show_caller(binding, around)}, mode);
    } catch (const Failure &failure) {
        throw Failed{binding.name, failure};
    }
}

// Returns the binding; a drop-in name's first argument is the spelling of one.
const Binding &Callable::choose(const std::vector<Argument> &arguments) const {
    if (function_.binding) {
        return *function_.binding;
    }
    try {
        if (arguments.empty() || arguments[0].is_null) {
            encode_.texts(arguments);
        }
        const auto found = function_.choices.find(arguments[0].text);
        return found != function_.choices.end() ? found->second : throw unknown(arguments[0].text);
    } catch (const Failure &failure) {
        throw Failed{function_.name, failure};
    }
}

std::optional<std::string> Callable::run(const Call &call, Mode mode) const {
    try {
        Patience patience(call.around.is_killed, call.binding.timeout);
        if (mode == Mode::dry_run) {
            call.send(rehearsed(call.binding), encode_(call.arguments), patience);
            return nothing();
        }
        if (function_.follow) {
            return follow(call, *function_.follow, patience);
        }
        const std::string body = encode_(call.arguments);
        const bool is_kept = function_.cache && call.around.session;
        return is_kept ? recall(call, body, patience) : ask(call, body, patience);
    } catch (const Failure &failure) {
        if (hides(function_, failure)) {
            return nothing();
        }
        throw;
    }
}

std::optional<std::string> Callable::ask(const Call &call, const std::string &body, Patience &patience) const {
    return read(call.send(call.binding, body, patience), decode_);
}

// Returns what was kept for the same request of the session, or asks and keeps it. The context is a part of the request:
// a session may change its user.
std::optional<std::string> Callable::recall(const Call &call, const std::string &body, Patience &patience) const {
    const Cache::Place place(*call.around.session, function_.name);
    const std::string key = call.context + '\0' + body;
    if (auto kept = call.around.cache.find(place, key)) {
        return std::move(*kept);
    }
    const Answer answer = call.send(call.binding, body, patience);
    auto value = read(answer, decode_);
    if (answer.body.size() <= largest_kept) {
        call.around.cache.keep(place, key, value, *function_.cache);
    }
    return value;
}

// Calls until a page is the last one; one deadline is over all of them.
std::optional<std::string> Callable::follow(const Call &call, const Follow &follow, Patience &patience) const {
    std::vector<std::string> texts = encode_.texts(call.arguments);
    std::string rows = "[";
    for (int page = 1;; ++page) {
        const Answer answer = call.send(call.binding, encode_.body(texts), patience);
        auto token = read(answer, [&](const std::string &body) { return decode_.append_page(rows, body, follow); });
        if (!token || (page == follow.max_pages && follow.stops_at_limit)) {
            return rows += ']';
        }
        if (page == follow.max_pages) {
            throw too_many(page);
        }
        texts[follow.into] = std::move(*token);
    }
}

// Returns what stands for no result: NULL, or no rows.
std::optional<std::string> Callable::nothing() const {
    return std::holds_alternative<Table>(function_.returns) ? std::optional<std::string>("[]") : std::nullopt;
}

}  // namespace udfgen
