// The environment of the server process.
#include "environment.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace udfgen {

namespace {

constexpr std::size_t max_file = 1024 * 1024;

// Returns the home of the server's account; a server that was started as a service may have no HOME.
std::string home() {
    const std::string said = environment("HOME");
    if (!said.empty()) {
        return said;
    }
    passwd entry{};
    passwd *found = nullptr;
    std::array<char, 16 * 1024> room{};
    const bool is_known = getpwuid_r(getuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr;
    return is_known ? found->pw_dir : "";
}

}  // namespace

std::string environment(const char *name) {
    const char *const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string expand_home(const std::string &path) {
    return path.rfind("~/", 0) == 0 ? home() + path.substr(1) : path;
}

bool is_file(const std::string &path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
}

std::optional<std::string> read_file(const std::string &path) {
    // To open a pipe would wait for one who writes.
    std::ifstream file;
    if (is_file(path)) {
        file.open(path, std::ios::binary);
    }
    if (!file.is_open()) {
        return std::nullopt;
    }
    std::string text(max_file + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return file.bad() || text.size() > max_file ? std::nullopt : std::optional(std::move(text));
}

}  // namespace udfgen
