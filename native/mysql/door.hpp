// The door: who may make the library call AWS. Servers let every account call a loadable function, so it checks itself.
//
// Only the definer of the wrappers passes. Where the server says whose rights count in a call, that decides. Elsewhere
// the wrapper shows a token that the definer alone may read, and the library knows only the token's SHA-256.
#pragma once

#include "table.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace udfgen {

// Returns the path of the library's own file, as the server loaded it; empty when the loader does not say.
std::string own_path();

// Lets the wrappers of one program through and nobody else. One per process; any thread may ask.
class Door {
public:
    // Takes the definer of the wrappers. The token's digest stands in a file beside the library: its path with
    // `.token_sha256` at the end.
    explicit Door(const Program &program);

    // Throws Failure `not_authorized` unless the caller is one of the wrappers. The token counts only where the server
    // does not know the definer.
    void check(std::string_view token);

    // Returns how the door is kept: `definer`, `token <digest>` or `shut, <why>`.
    std::string describe();

private:
    std::optional<std::string> known_digest();
    bool has_token(std::string_view token);
    bool is_owner() const;

    const std::string owner_user_, owner_host_, file_;
    std::mutex mutex_;                   // guards what follows
    struct stat seen_ {};                // the file when it was last read
    std::optional<std::string> digest_;  // what it said; nothing when it was missing or said no digest
};

}  // namespace udfgen
