// From a server's call to the core and back: which function is meant, whether the caller may, what comes out.
#include "batched.hpp"
#include "cache.hpp"
#include "callable.hpp"
#include "digest.hpp"
#include "door.hpp"
#include "failure.hpp"
#include "file.hpp"
#include "invoke.hpp"
#include "number.hpp"
#include "probe.hpp"
#include "queries.hpp"
#include "rows.hpp"
#include "server.hpp"
#include "switch.hpp"
#include "table.hpp"
#include "udf.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace udfgen {

namespace {

// Servers derive the type of a column from this when a result becomes a table; they hold no such buffer.
constexpr unsigned long max_result = 64UL << 20;

// The library's own file is hashed up to this size: it has some 500 KB, and what it holds is read at once.
constexpr std::size_t max_library = 64UL << 20;

// What a wrapper passes first: the function's name, the user, the token. Then the function's own arguments.
constexpr unsigned user_argument = 1, token_argument = 2, first_argument = 3;

// What a batch function has in the place of its arguments: the rows, and how many the caller counted.
constexpr unsigned rows_argument = first_argument, count_argument = first_argument + 1, after_batch = first_argument + 2;

// A function of the spec, for a row or for many.
using Routine = std::variant<Callable, Batched>;

const Function &function_of(const Routine &routine) {
    return std::visit([](const auto &each) -> const Function & { return each.function(); }, routine);
}

// What all calls of the process share.
struct Process {
    Process();
    void add(const Binding &binding);
    void add(Function function);

    const Program table = read_program(program);
    Door door{table};
    Invoker invoke{table};
    Switch look{table.switch_file};
    Cache cache;
    Queries queries;
    std::map<std::string, const Routine, std::less<>> routines;
    std::vector<Binding> bindings;  // of the routines, each once
};

Process::Process() {
    for (const char *json : functions) {
        Function function = read_function(json);
        if (function.binding) {
            add(*function.binding);
        }
        for (const auto &choice : function.choices) {
            add(choice.second);
        }
        add(std::move(function));
    }
}

void Process::add(Function function) {
    const std::string name = function.name;
    if (function.batch) {
        routines.try_emplace(name, std::in_place_type<Batched>, std::move(function));
    } else {
        routines.try_emplace(name, std::in_place_type<Callable>, std::move(function));
    }
}

void Process::add(const Binding &binding) {
    const auto is_same = [&](const Binding &other) { return other.name == binding.name; };
    if (std::none_of(bindings.begin(), bindings.end(), is_same)) {
        bindings.push_back(binding);
    }
}

// The state of the process, once it is made.
std::atomic<Process *> made{nullptr};

// Returns the state of the process. It is never destroyed, because threads may still run when a server ends. What it
// holds, idle connections among it, DROP FUNCTION leaves behind until then. Throws Failure when the endpoint is no URL.
Process &process() {
    static auto &kept = *new Process;
    made = &kept;
    return kept;
}

// Frees what sessions keep when the library is unloaded: it may be much.
__attribute__((destructor)) void forget() {
    if (Process *const kept = made) {
        kept->cache.clear();
    }
}

// What one use of the library in a statement needs from init to deinit.
struct Statement {
    const Routine *routine = nullptr;  // none when the first argument is no constant, or no name of the spec
    std::string result;                // of the last row; the server reads it there
};

// An error was raised, and nothing is left to say.
struct Raised {};

std::string_view read_text(const UdfArgs &args, unsigned at) {
    const bool is_there = at < args.arg_count && args.args[at] != nullptr;
    return is_there ? std::string_view(args.args[at], args.lengths[at]) : std::string_view();
}

// Returns the function that a call names by a constant text: the length of any other constant is that of its display.
// When what the process shares cannot be made there is none; `run` says why.
const Routine *find_routine(const UdfArgs &args) noexcept {
    if (args.arg_count == 0 || args.arg_type[0] != text_argument) {
        return nullptr;
    }
    try {
        const auto &routines = process().routines;
        const auto found = routines.find(read_text(args, 0));
        return found != routines.end() ? &found->second : nullptr;
    } catch (...) {
        return nullptr;
    }
}

// Tells whether an argument is a floating point number; those of a batch are in its text.
bool is_floating(const Routine *routine, std::size_t parameter) {
    const auto *const callable = routine != nullptr ? std::get_if<Callable>(routine) : nullptr;
    return callable != nullptr && parameter < callable->function().parameters.size() &&
           is_floating(callable->function().parameters[parameter].type.kind);
}

// Asks for text, which has all digits, but for floating point numbers as they are: servers round the text of those.
void ask_for_types(const UdfArgs &args, const Routine *routine) {
    for (unsigned at = 0; at < args.arg_count; ++at) {
        const bool is_double = at >= first_argument && is_floating(routine, at - first_argument);
        args.arg_type[at] = is_double ? double_argument : text_argument;
    }
}

Argument read_argument(const UdfArgs &args, unsigned at) {
    Argument argument{args.args[at] == nullptr, {}, 0};
    if (args.arg_type[at] == text_argument) {
        argument.text = read_text(args, at);
    } else if (!argument.is_null) {
        std::memcpy(&argument.number, args.args[at], sizeof argument.number);
    }
    return argument;
}

std::vector<Argument> read_arguments(const UdfArgs &args) {
    std::vector<Argument> arguments;
    for (unsigned at = first_argument; at < args.arg_count; ++at) {
        arguments.push_back(read_argument(args, at));
    }
    return arguments;
}

std::optional<std::string> call(const Callable &callable, const UdfArgs &args, const Surroundings &around) {
    return callable(read_arguments(args), around);
}

// Returns how many rows the caller of a batch function counted.
std::size_t read_count(const UdfArgs &args) {
    const auto count = to_integer(read_text(args, count_argument));
    if (!count || *count < 0) {
        throw Failure{Code::bad_argument, "row_count must be the number of rows, as count(*) gives it"};
    }
    return static_cast<std::size_t>(*count);
}

// Returns the results of a batch as one JSON array, nothing for void.
std::optional<std::string> call(const Batched &batched, const UdfArgs &args, const Surroundings &around) {
    const Function &function = batched.function();
    try {
        const bool is_null = args.args[rows_argument] == nullptr;
        const auto text = is_null ? std::nullopt : std::optional(read_text(args, rows_argument));
        JsonRows rows(function.parameters, text, read_count(args));
        const Results results = batched(rows, around);
        const auto *const result = std::get_if<Result>(&function.returns);
        return result != nullptr ? std::optional(write_json(result->type.kind, results)) : std::nullopt;
    } catch (const Failure &failure) {
        throw Failed{function.binding->name, failure};
    }
}

// Runs a function for a caller who may. Throws Raised when it failed.
std::optional<std::string> call(const Routine &routine, const UdfArgs &args) {
    Process &shared = process();
    const std::function<Mode(const std::string &)> mode = [&](const std::string &name) { return shared.look.mode(name); };
    const std::function<bool()> killed = is_killed;
    const std::string_view user = read_text(args, user_argument);
    try {
        const Surroundings around{mode, shared.invoke, killed,       shared.table.database,
                                  user, session_number(), shared.cache, shared.queries};
        return std::visit([&](const auto &each) { return call(each, args, around); }, routine);
    } catch (const Failed &failed) {
        raise(failed.subject, failed.failure);
        throw Raised{};
    }
}

// Tells whether a call asks the probe: the function without a name, and one argument.
bool is_probe(const UdfArgs &args) {
    return args.arg_count == first_argument + 1 && args.args[0] != nullptr && args.lengths[0] == 0;
}

unsigned count_arguments(const Routine &routine) {
    const bool is_batch = std::holds_alternative<Batched>(routine);
    return is_batch ? after_batch : first_argument + static_cast<unsigned>(function_of(routine).parameters.size());
}

// Lets the caller in, or not, before anything that depends on the arguments happens or is said.
std::optional<std::string> admit(const Routine *routine, const UdfArgs &args) {
    Process &shared = process();
    shared.door.check(read_text(args, token_argument));
    if (is_probe(args)) {
        return probe(read_text(args, first_argument), shared.table, shared.bindings, shared.invoke, is_killed);
    }
    if (routine == nullptr || args.arg_count != count_arguments(*routine)) {
        throw Failure{Code::unavailable, "this library was built for other functions: install them again"};
    }
    return call(*routine, args);
}

// Returns what an installer asks for, a line each: the library's SHA-256, how the door is kept, and whether the switch
// cannot be read. Nothing of it is secret.
std::string show_facts() {
    const auto file = read_file(own_path(), max_library);
    const Program known = read_program(program);
    return "sha256 " + (file ? to_hex(sha256(*file)) : "unknown") + "\ndoor: " + Door(known).describe() +
           (Switch(known.switch_file).is_readable() ? "" : "\nswitch: unreadable");
}

// Tells whether a call is made by a procedure that gives nothing back.
bool is_void(const Routine *routine) {
    return routine != nullptr && std::holds_alternative<std::monostate>(function_of(*routine).returns);
}

// Raises the error for the exception that is being handled.
void report(const Routine *routine) noexcept {
    try {
        throw;
    } catch (const Raised &) {
        // The error stands already.
    } catch (const Interrupted &) {
        // The server raises what it was in functions and queries, and then no handler catches it. But a procedure
        // whose `select … into` was interrupted ends as if all were well.
        if (is_void(routine)) {
            raise_interruption();
        }
    } catch (const Failure &failure) {
        raise(failure.code, failure.what);
    } catch (const std::bad_alloc &) {
        raise(Code::unavailable, out_of_memory);
    } catch (...) {
        raise(Code::unavailable, "the library failed by a mistake of its own, please report it");
    }
}

}  // namespace

bool start(UdfInit *init, UdfArgs *args, char *message) noexcept {
    if (!can_raise()) {
        std::strcpy(message, "udfgen: this server does not let a function raise errors (my_printf_error is missing)");
        return true;
    }
    try {
        auto statement = std::make_unique<Statement>();
        statement->routine = find_routine(*args);
        ask_for_types(*args, statement->routine);
        init->ptr = reinterpret_cast<char *>(statement.release());
    } catch (...) {
        std::strcpy(message, out_of_memory);
        return true;
    }
    init->maybe_null = true;
    init->max_length = max_result;
    // The same arguments need not give the same result.
    init->const_item = false;
    return false;
}

char *run(UdfInit *init, UdfArgs *args, unsigned long *length, unsigned char *is_null, unsigned char *error) noexcept {
    auto &statement = *reinterpret_cast<Statement *>(init->ptr);
    try {
        if (auto result = args->arg_count == 0 ? show_facts() : admit(statement.routine, *args)) {
            statement.result = std::move(*result);
            *length = statement.result.size();
            return statement.result.data();
        }
    } catch (...) {
        report(statement.routine);
        *error = 1;
    }
    *is_null = 1;
    return nullptr;
}

void finish(UdfInit *init) noexcept {
    const std::unique_ptr<Statement> statement(reinterpret_cast<Statement *>(init->ptr));
}

}  // namespace udfgen
