// The server around the library: what its process offers beyond the interface of loadable functions.
//
// The names are exported for the server's own plugins, not promised to loadable functions, so each is looked up when
// the library is first used, and each may be missing.
#pragma once

#include "failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace udfgen {

// An account as the server writes it: `user`@`host`.
struct Account {
    std::string user, host;
};

// What is said when nothing can be allocated to say more.
constexpr const char *out_of_memory = "the server has no memory left for this call";

// Tells whether the server lets a function raise errors. Without that a failed call would look like NULL.
bool can_raise();

// Raises error 51000 + code with the text `[udfgen <code>]: <text>`, in the session of the calling thread.
void raise(Code code, std::string_view text) noexcept;

// Raises a failure of a binding, its text shortened so that the request id at the end stays.
void raise(const std::string &binding, Failure failure);

// Returns the number of the session that the calling thread works for. Nothing where the server does not say.
std::optional<std::uint64_t> session_number();

// Tells whether the statement of the calling thread was killed or ran out of time. False where the server does not say.
bool is_killed();

// Raises the server's own error for a statement that was killed, or ran out of time.
void raise_interruption() noexcept;

// Tells whether the server is one that says on whose behalf it runs a statement: MySQL 8.0, MariaDB 10.11, and later.
bool knows_definer();

// Returns the account whose rights count now: in a SQL SECURITY DEFINER routine its definer, else the user. Nothing
// where the server does not say.
std::optional<Account> active_account();

}  // namespace udfgen
