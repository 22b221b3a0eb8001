// From a server's call to the core and back: which function is meant, whether the caller may, what comes out.
#include "callable.hpp"
#include "digest.hpp"
#include "door.hpp"
#include "failure.hpp"
#include "file.hpp"
#include "invoke.hpp"
#include "probe.hpp"
#include "server.hpp"
#include "switch.hpp"
#include "table.hpp"
#include "udf.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

namespace {

// Servers derive the type of a column from this when a result becomes a table; they hold no such buffer.
constexpr unsigned long max_result = 64UL << 20;

// The library's own file is hashed up to this size: it has some 500 KB, and what it holds is read at once.
constexpr std::size_t max_library = 64UL << 20;

// What a wrapper passes first: the function's name, the user, the token. Then the function's own arguments.
constexpr unsigned user_argument = 1, token_argument = 2, first_argument = 3;

// What all calls of the process share.
struct Process {
    Process();
    void add(const Binding &binding);

    const Program table = read_program(program);
    Door door{table};
    Invoker invoke{table};
    Switch look{table.switch_file};
    std::map<std::string, const Callable, std::less<>> callables;
    std::vector<Binding> bindings;  // of the callables, each once
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
        const std::string name = function.name;
        callables.try_emplace(name, std::move(function));
    }
}

void Process::add(const Binding &binding) {
    const auto is_same = [&](const Binding &other) { return other.name == binding.name; };
    if (std::none_of(bindings.begin(), bindings.end(), is_same)) {
        bindings.push_back(binding);
    }
}

// Returns the state of the process. It is never destroyed, because threads may still run when a server ends. What it
// holds, idle connections among it, DROP FUNCTION leaves behind until then. Throws Failure when the endpoint is no URL.
Process &process() {
    static auto &kept = *new Process;
    return kept;
}

// What one use of the library in a statement needs from init to deinit.
struct Statement {
    const Callable *callable = nullptr;  // none when the first argument is no constant, or no name of the spec
    std::string result;                  // of the last row; the server reads it there
};

// An error was raised, and nothing is left to say.
struct Raised {};

std::string_view read_text(const UdfArgs &args, unsigned at) {
    const bool is_there = at < args.arg_count && args.args[at] != nullptr;
    return is_there ? std::string_view(args.args[at], args.lengths[at]) : std::string_view();
}

// Returns the function that a call names by a constant text: the length of any other constant is that of its display.
// When what the process shares cannot be made there is none; `run` says why.
const Callable *find_callable(const UdfArgs &args) noexcept {
    if (args.arg_count == 0 || args.arg_type[0] != text_argument) {
        return nullptr;
    }
    try {
        const auto &callables = process().callables;
        const auto found = callables.find(read_text(args, 0));
        return found != callables.end() ? &found->second : nullptr;
    } catch (...) {
        return nullptr;
    }
}

bool is_floating(const Callable *callable, std::size_t parameter) {
    if (callable == nullptr || parameter >= callable->function().parameters.size()) {
        return false;
    }
    const Kind kind = callable->function().parameters[parameter].type.kind;
    return kind == Kind::real || kind == Kind::double_;
}

// Asks for text, which has all digits, but for floating point numbers as they are: servers round the text of those.
void ask_for_types(const UdfArgs &args, const Callable *callable) {
    for (unsigned at = 0; at < args.arg_count; ++at) {
        const bool is_double = at >= first_argument && is_floating(callable, at - first_argument);
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

// Runs a function for a caller who may. Throws Raised when it failed.
std::optional<std::string> call(const Callable &callable, const UdfArgs &args) {
    Process &shared = process();
    const std::function<Mode(const std::string &)> mode = [&](const std::string &name) { return shared.look.mode(name); };
    const std::function<bool()> killed = is_killed;
    const std::string_view user = read_text(args, user_argument);
    try {
        return callable(read_arguments(args), {mode, shared.invoke, killed, shared.table.database, user});
    } catch (const Failed &failed) {
        raise(failed.subject, failed.failure);
        throw Raised{};
    }
}

// Tells whether a call asks the probe: the function without a name, and one argument.
bool is_probe(const UdfArgs &args) {
    return args.arg_count == first_argument + 1 && args.args[0] != nullptr && args.lengths[0] == 0;
}

// Lets the caller in, or not, before anything that depends on the arguments happens or is said.
std::optional<std::string> admit(const Callable *callable, const UdfArgs &args) {
    Process &shared = process();
    shared.door.check(read_text(args, token_argument));
    if (is_probe(args)) {
        return probe(read_text(args, first_argument), shared.table, shared.bindings, shared.invoke, is_killed);
    }
    if (callable == nullptr || args.arg_count != first_argument + callable->function().parameters.size()) {
        throw Failure{Code::unavailable, "this library was built for other functions: install them again"};
    }
    return call(*callable, args);
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
bool is_void(const Callable *callable) {
    return callable != nullptr && std::holds_alternative<std::monostate>(callable->function().returns);
}

// Raises the error for the exception that is being handled.
void report(const Callable *callable) noexcept {
    try {
        throw;
    } catch (const Raised &) {
        // The error stands already.
    } catch (const Interrupted &) {
        // The server raises what it was in functions and queries, and then no handler catches it. But a procedure
        // whose `select … into` was interrupted ends as if all were well.
        if (is_void(callable)) {
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
        statement->callable = find_callable(*args);
        ask_for_types(*args, statement->callable);
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
        if (auto result = args->arg_count == 0 ? show_facts() : admit(statement.callable, *args)) {
            statement.result = std::move(*result);
            *length = statement.result.size();
            return statement.result.data();
        }
    } catch (...) {
        report(statement.callable);
        *error = 1;
    }
    *is_null = 1;
    return nullptr;
}

void finish(UdfInit *init) noexcept {
    const std::unique_ptr<Statement> statement(reinterpret_cast<Statement *>(init->ptr));
}

}  // namespace udfgen
