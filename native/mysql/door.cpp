// Who may call: the account whose rights count; a token where the server does not say.
#include "door.hpp"

#include "digest.hpp"
#include "failure.hpp"
#include "file.hpp"
#include "server.hpp"

#include <dlfcn.h>
#include <openssl/crypto.h>

namespace udfgen {

namespace {

// A digest and a line end; whatever is longer was written by somebody else.
constexpr std::size_t max_digest_file = 200;

std::optional<std::string> read_digest(const std::string &path) {
    auto text = read_file(path, max_digest_file);
    if (text && !text->empty() && text->back() == '\n') {
        text->pop_back();
    }
    return text && is_hash(*text) ? text : std::nullopt;
}

bool is_same_file(const struct stat &one, const struct stat &other) {
    return one.st_ino == other.st_ino && one.st_dev == other.st_dev && one.st_size == other.st_size &&
           one.st_mtim.tv_sec == other.st_mtim.tv_sec && one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

}  // namespace

std::string own_path() {
    Dl_info found{};
    return dladdr(reinterpret_cast<const void *>(&own_path), &found) != 0 ? found.dli_fname : "";
}

Door::Door(const Program &program)
    : owner_user_(program.owner_user), owner_host_(program.owner_host), file_(own_path() + ".token_sha256") {}

void Door::check(std::string_view token) {
    if (!(knows_definer() ? is_owner() : has_token(token))) {
        throw Failure{Code::not_authorized, "only the functions that udfgen installed may call this"};
    }
}

std::string Door::describe() {
    if (knows_definer()) {
        return active_account() ? "definer" : "shut, this server does not say whose rights count in a call";
    }
    const auto digest = known_digest();
    return digest ? "token " + *digest : "shut, there is no digest of a token in " + file_;
}

bool Door::is_owner() const {
    const auto account = active_account();
    return account && account->user == owner_user_ && account->host == owner_host_;
}

bool Door::has_token(std::string_view token) {
    const auto expected = known_digest();
    const std::string shown = to_hex(sha256(token));
    return expected && CRYPTO_memcmp(shown.data(), expected->data(), shown.size()) == 0;
}

// The file is looked at in every call, and read again when it is another one: a new token needs no restart.
std::optional<std::string> Door::known_digest() {
    struct stat now {};
    const bool is_there = lstat(file_.c_str(), &now) == 0;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!is_there || !digest_ || !is_same_file(now, seen_)) {
        digest_ = is_there ? read_digest(file_) : std::nullopt;
        seen_ = now;
    }
    return digest_;
}

}  // namespace udfgen
