// The environment, and the keeping of what was found there or elsewhere.
#include "credentials.hpp"

#include "environment.hpp"
#include "metadata.hpp"
#include "profile.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace udfgen {

namespace {

constexpr double renew_seconds = 600;
constexpr std::size_t shortest_secret = 8;
const char *const searching = "looking for AWS credentials";

bool is_printable(const std::string &text) {
    return std::all_of(text.begin(), text.end(), [](char character) { return character >= ' ' && character < '\x7f'; });
}

// Returns the seconds that credentials are still good: none without any, for ever without an expiry.
double seconds_left(const Keys *keys) {
    if (keys == nullptr) {
        return 0;
    }
    return keys->expires ? std::difftime(*keys->expires, std::time(nullptr)) : std::numeric_limits<double>::infinity();
}

// Returns the credentials in the environment of the server process, or nothing.
std::optional<Keys> find_in_environment() {
    const std::string access_key = environment("AWS_ACCESS_KEY_ID"), secret_key = environment("AWS_SECRET_ACCESS_KEY");
    if (access_key.empty() || secret_key.empty()) {
        return std::nullopt;
    }
    return make_keys({"environment", access_key, secret_key, environment("AWS_SESSION_TOKEN"), std::nullopt});
}

// Returns the size of the longest beginning of a secret with which a text ends, 0 for less than 8 characters: foreign
// text is cut, perhaps within a secret.
std::size_t beginning_at_end(const std::string &text, const std::string &secret) {
    for (std::size_t size = std::min(text.size(), secret.size() - 1); size >= shortest_secret; --size) {
        if (text.compare(text.size() - size, size, secret, 0, size) == 0) {
            return size;
        }
    }
    return 0;
}

std::vector<std::string> sources(const CredentialSource &where) {
    if (where.source == "chain") {
        return {"environment", "profile", "container", "imds"};
    }
    return {where.source};
}

}  // namespace

Keys make_keys(Keys keys) {
    if (!is_printable(keys.access_key) || !is_printable(keys.secret_key) || !is_printable(keys.token)) {
        throw Failure{Code::not_authorized, "they hold a line break or another odd character"};
    }
    return keys;
}

std::string hide(std::string text, const Keys &keys) {
    for (const std::string &secret : {keys.token, keys.secret_key, keys.access_key}) {
        if (secret.size() < shortest_secret) {
            continue;
        }
        for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3) {
            text.replace(at, secret.size(), "***");
        }
        const std::size_t left = beginning_at_end(text, secret);
        text.replace(text.size() - left, left, left == 0 ? "" : "***");
    }
    return text;
}

// A thread's turn to search, given up however the search ends.
class Keeper::Turn {
public:
    explicit Turn(Keeper &keeper) : keeper_(keeper) {}
    Turn(const Turn &) = delete;
    Turn &operator=(const Turn &) = delete;

    ~Turn() {
        const std::lock_guard<std::mutex> guard(keeper_.mutex_);
        keeper_.is_searching_ = false;
        keeper_.changed_.notify_all();
    }

private:
    Keeper &keeper_;
};

// What a search came to: credentials or none, and what to say when there are none that are good.
struct Keeper::Search {
    std::shared_ptr<const Keys> found;
    std::string why;
};

Keeper::Keeper(CredentialSource where, std::chrono::milliseconds rest) : where_(std::move(where)), rest_(rest) {}

std::shared_ptr<const Keys> Keeper::current(Patience &patience) {
    if (take_turn(patience)) {
        const Turn turn(*this);
        renew(patience);
    }
    const std::lock_guard<std::mutex> guard(mutex_);
    if (seconds_left(held_.get()) <= 0) {
        throw Failure{Code::not_authorized, why_};
    }
    return held_;
}

// Returns whether this thread is to search; waits while another one does and there is nothing to go on with.
bool Keeper::take_turn(Patience &patience) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (is_searching_ && seconds_left(held_.get()) <= 0) {
        patience.enter(searching);
        changed_.wait_for(lock, patience.slice());
        patience.check();
    }
    const bool has_rested = !tried_ || Patience::Clock::now() - *tried_ >= rest_;
    if (is_searching_ || !has_rested || seconds_left(held_.get()) >= renew_seconds) {
        return false;
    }
    is_searching_ = true;
    return true;
}

void Keeper::renew(Patience &patience) {
    patience.enter(searching);
    bool is_good = false;
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        is_good = seconds_left(held_.get()) > 0;
    }
    const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(patience.left() / 2);
    Patience limit = is_good ? patience.narrow(half, {Code::not_authorized, "no time is left"}) : patience;
    Search outcome = search(limit);
    const std::lock_guard<std::mutex> guard(mutex_);
    held_ = outcome.found ? outcome.found : held_;
    why_ = outcome.why;
    tried_ = Patience::Clock::now();
}

Keeper::Search Keeper::search(Patience &patience) const {
    std::string tried;
    for (const std::string &source : sources(where_)) {
        tried += (tried.empty() ? "" : ", ") + source;
        try {
            if (const auto found = ask(source, patience)) {
                return {std::make_shared<const Keys>(*found), "the AWS credentials found have expired"};
            }
        } catch (const Failure &failure) {
            if (failure.code == Code::timeout) {
                throw;
            }
            return {nullptr, "no AWS credentials found: looked in " + tried + " (" + failure.what + ")"};
        }
    }
    return {nullptr, "no AWS credentials found: looked in " + tried};
}

std::optional<Keys> Keeper::ask(const std::string &source, Patience &patience) const {
    if (source == "environment") {
        return find_in_environment();
    }
    if (source == "profile") {
        return where_.source == "profile" || has_profile() ? find_in_profile(where_) : std::nullopt;
    }
    return source == "container" ? find_in_container(patience) : find_in_imds(patience);
}

void Keeper::drop(const std::shared_ptr<const Keys> &expired) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (held_ == expired) {
        held_ = nullptr;
        tried_.reset();
    }
}

}  // namespace udfgen
