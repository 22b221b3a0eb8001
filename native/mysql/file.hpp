// Files that the library reads as they are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace udfgen {

// Returns what stands in an ordinary file of at most `size` bytes, or nothing. Follows no link at the end of the path.
std::optional<std::string> read_file(const std::string &path, std::size_t size);

}  // namespace udfgen
