// What the server process was given: variables of its environment, files of its account.
#pragma once

#include <optional>
#include <string>

namespace udfgen {

// Returns a variable of the server process, empty where it is not set.
std::string environment(const char *name);

// Returns a path with `~` at its beginning replaced by the home of the server's account.
std::string expand_home(const std::string &path);

// Tells whether a path leads to a regular file that this process may know of.
bool is_file(const std::string &path);

// Returns what a regular file of at most 1 MiB holds, or nothing when it cannot be read.
std::optional<std::string> read_file(const std::string &path);

}  // namespace udfgen
