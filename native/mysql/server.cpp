// The server's own functions, found by name in its process.
#include "server.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <dlfcn.h>
#include <exception>

namespace udfgen {

namespace {

// The errors of a statement that was killed, and that ran out of MySQL's or MariaDB's time limit
// (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, https://mariadb.com/kb/en/e1969/).
constexpr int interrupted = 1317, out_of_execution_time = 3024, out_of_statement_time = 1969;

// Servers keep 511 bytes of an error's text and cut without regard to characters.
constexpr std::size_t max_text = 480;

// Both servers take their flags in an integer, of 32 or of 64 bits: 0 in a register is the same for both.
using Raise = void (*)(unsigned number, const char *format, long flags, ...);
using CurrentSession = void *(*)();
using SessionNumber = unsigned long (*)(const void *session);
using Killed = int (*)(void *session);
using KillReason = int (*)(void *session);

// MySQL's registry of services, and the three that lead to the active account: tables of functions, each of which
// returns true when it fails. Source: https://dev.mysql.com/doc/dev/mysql-server/latest/security__context_8h.html
struct Registry {
    bool (*acquire)(const char *name, void **service);
    bool (*acquire_related)(const char *name, void *service, void **related);
    bool (*release)(void *service);
};
struct SessionReader {
    bool (*get)(void **session);
};
struct SessionContext {
    bool (*get)(void *session, void **context);
    bool (*set)(void *session, void *context);
};
struct ContextOptions {
    bool (*get)(void *context, const char *name, void *value);
    bool (*set)(void *context, const char *name, void *value);
};
struct ConstString {
    const char *text;
    std::size_t length;
};
using AcquireRegistry = Registry *(*)();

// MariaDB's: a part of the active account
// (https://github.com/MariaDB/server/blob/10.11/sql/sql_class.cc, where its storage engines find them).
using AccountPart = const char *(*)(const void *session, std::size_t *length);

// A service in use. MySQL counts these, and one that is never released is an error when the server shuts down.
template <typename Service>
class Acquired {
public:
    Acquired(const Registry &registry, void *service) : registry_(registry), service_(service) {}
    Acquired(const Registry &registry, const char *name) : registry_(registry) {
        if (registry.acquire(name, &service_)) {
            service_ = nullptr;
        }
    }
    ~Acquired() {
        if (service_ != nullptr) {
            registry_.release(service_);
        }
    }
    Acquired(const Acquired &) = delete;
    Acquired &operator=(const Acquired &) = delete;

    explicit operator bool() const { return service_ != nullptr; }
    const Service *operator->() const { return static_cast<const Service *>(service_); }
    const Service &operator*() const { return *operator->(); }

private:
    const Registry &registry_;
    void *service_ = nullptr;
};

// Returns what the process exports under one of two names, or null. Those of MySQL are mangled, MariaDB's are plain.
template <typename Pointer>
Pointer look_up(const char *name, const char *other = "") {
    void *found = dlsym(RTLD_DEFAULT, name);
    return reinterpret_cast<Pointer>(found != nullptr ? found : dlsym(RTLD_DEFAULT, other));
}

// Everything that was looked for, null where it was not found.
struct Hooks {
    Raise raise = look_up<Raise>("_Z15my_printf_errorjPKciz", "my_printf_error");
    CurrentSession session = look_up<CurrentSession>("_Z19thd_get_current_thdv", "_current_thd");
    SessionNumber number = look_up<SessionNumber>("thd_get_thread_id");
    // MariaDB has both, but its thd_killed overlooks a soft kill.
    Killed killed = look_up<Killed>("thd_kill_level", "thd_killed");
    // The number of the error: MariaDB's THD::killed_errno; MySQL's thd_killed says the same.
    KillReason reason = look_up<KillReason>("_ZN3THD12killed_errnoEv", "thd_killed");
    AcquireRegistry registry = look_up<AcquireRegistry>("_Z29mysql_plugin_registry_acquirev");
    AccountPart user = look_up<AccountPart>("thd_priv_user");
    AccountPart host = look_up<AccountPart>("thd_priv_host");
};

const Hooks &hooks() {
    static const auto &found = *new Hooks;
    return found;
}

// Returns one part of the active account on MariaDB; empty when there is none.
std::string read_part(AccountPart part, const void *session) {
    std::size_t length = 0;
    const char *const text = part(session, &length);
    return text == nullptr ? "" : std::string(text, length);
}

// Returns one text of a security context on MySQL; empty when the server gives none.
std::string read_option(const ContextOptions &options, void *context, const char *name) {
    ConstString value{nullptr, 0};
    return options.get(context, name, &value) || value.text == nullptr ? "" : std::string(value.text, value.length);
}

// Returns the active account on MySQL.
std::optional<Account> ask_registry(Registry *registry) {
    if (registry == nullptr) {
        return std::nullopt;
    }
    const Acquired<Registry> itself(*registry, static_cast<void *>(registry));
    const Acquired<SessionReader> reader(*registry, "mysql_current_thread_reader");
    const Acquired<SessionContext> security(*registry, "mysql_thd_security_context");
    const Acquired<ContextOptions> options(*registry, "mysql_security_context_options");
    void *session = nullptr, *context = nullptr;
    if (!reader || !security || !options || reader->get(&session) || security->get(session, &context)) {
        return std::nullopt;
    }
    return Account{read_option(*options, context, "priv_user"), read_option(*options, context, "priv_host")};
}

// Appends a character of four bytes by its code point, as `\u{1f600}`.
void append_escaped(std::string &out, std::string_view character) {
    unsigned point = static_cast<unsigned char>(character[0]) & 7u;
    for (const char byte : character.substr(1)) {
        point = point << 6 | (static_cast<unsigned char>(byte) & 0x3Fu);
    }
    std::array<char, 8> digits{};
    const char *end = std::to_chars(digits.begin(), digits.end(), point, 16).ptr;
    out.append("\\u{").append(digits.cbegin(), end).append("}");
}

// Returns text in characters that both servers show: one beyond U+FFFF ends a message on MariaDB, and comes out as
// bytes on MySQL.
std::string spell(std::string_view text) {
    std::string shown;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (static_cast<unsigned char>(text[at]) < 0xF0) {
            shown += text[at];
        } else {
            append_escaped(shown, text.substr(at, 4));
            at += 3;
        }
    }
    return shown;
}

// Returns UTF-8 of at most `size` bytes, cut between characters, the last three then `...`.
std::string shorten(const std::string &text, std::size_t size) {
    if (text.size() <= size) {
        return text;
    }
    std::size_t end = size < 3 ? 0 : size - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
        --end;
    }
    return text.substr(0, end) + "...";
}

std::string mark(Code code) {
    return std::string("[udfgen ") + name(code) + "]: ";
}

}  // namespace

bool can_raise() {
    return hooks().raise != nullptr;
}

void raise(Code code, std::string_view text) noexcept {
    const unsigned number = 51000 + static_cast<unsigned>(code);
    try {
        hooks().raise(number, "%s", 0L, shorten(mark(code) + spell(text), max_text).c_str());
    } catch (const std::exception &) {
        hooks().raise(number, "[udfgen %s]: %s", 0L, name(code), out_of_memory);
    }
}

void raise(const std::string &binding, Failure failure) {
    const std::size_t room = max_text - mark(failure.code).size();
    failure.what = shorten(spell(failure.what), room);
    const std::size_t size = describe(binding, failure).size();
    if (size > room) {
        const std::size_t excess = size - room;
        failure.what = shorten(failure.what, failure.what.size() > excess ? failure.what.size() - excess : 0);
    }
    raise(failure.code, describe(binding, failure));
}

std::optional<std::uint64_t> session_number() {
    const Hooks &found = hooks();
    const void *const session = found.session != nullptr ? found.session() : nullptr;
    return session != nullptr && found.number != nullptr ? std::optional<std::uint64_t>(found.number(session)) : std::nullopt;
}

bool is_killed() {
    const Hooks &found = hooks();
    if (found.session == nullptr || found.killed == nullptr) {
        return false;
    }
    // MariaDB's thd_kill_level reads through the pointer that it is given.
    void *session = found.session();
    return session != nullptr && found.killed(session) != 0;
}

void raise_interruption() noexcept {
    const Hooks &found = hooks();
    const int number = found.reason != nullptr ? found.reason(found.session()) : interrupted;
    const auto say = [&](int code, const char *text) { found.raise(static_cast<unsigned>(code), text, 0L); };
    if (number == out_of_statement_time) {
        say(number, "Query execution was interrupted (max_statement_time exceeded)");
    } else if (number == out_of_execution_time) {
        say(number, "Query execution was interrupted, maximum statement execution time exceeded");
    } else {
        say(interrupted, "Query execution was interrupted");
    }
}

bool knows_definer() {
    const Hooks &found = hooks();
    return found.registry != nullptr || (found.session != nullptr && found.user != nullptr && found.host != nullptr);
}

std::optional<Account> active_account() {
    const Hooks &found = hooks();
    if (found.registry != nullptr) {
        return ask_registry(found.registry());
    }
    const void *const session = knows_definer() ? found.session() : nullptr;
    if (session == nullptr) {
        return std::nullopt;
    }
    return Account{read_part(found.user, session), read_part(found.host, session)};
}

}  // namespace udfgen
