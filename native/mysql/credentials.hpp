// Credentials: found by the server process, never by the caller; kept by the process, and renewed before they expire.
#pragma once

#include "patience.hpp"
#include "table.hpp"

#include <chrono>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace udfgen {

// A key pair, perhaps temporary: `expires` is Unix time. `source` names where it was found.
struct Keys {
    std::string source, access_key, secret_key, token;
    std::optional<std::time_t> expires;
};

// Returns the keys, or throws Failure `not_authorized` when they cannot stand in a header: a line break would begin
// another one.
Keys make_keys(Keys keys);

// Returns text with `***` in place of each part of the keys that is 8 characters or longer: what is shorter is a
// stand-in of some local endpoint, and would blot out ordinary words.
std::string hide(std::string text, const Keys &keys);

// Keeps the credentials of a process. May be used by many threads at once: one of them renews, and the others go on
// with the old credentials until these expire, or wait.
class Keeper {
public:
    // Takes where to look, and for how long a search is not repeated.
    Keeper(CredentialSource where, std::chrono::milliseconds rest);

    // Returns credentials that are still good. Renewal is tried when less than 10 minutes are left, for half of a
    // call's time. Throws Failure `not_authorized` with the sources tried, or what patience throws.
    std::shared_ptr<const Keys> current(Patience &patience);

    // Forgets credentials of which AWS said that they have expired, unless they were renewed meanwhile.
    void drop(const std::shared_ptr<const Keys> &expired);

private:
    class Turn;
    struct Search;

    bool take_turn(Patience &patience);
    void renew(Patience &patience);
    Search search(Patience &patience) const;
    std::optional<Keys> ask(const std::string &source, Patience &patience) const;

    const CredentialSource where_;
    const std::chrono::milliseconds rest_;
    std::mutex mutex_;  // guards all that follows; never held while somebody is asked
    std::condition_variable changed_;
    std::shared_ptr<const Keys> held_;
    std::string why_;
    std::optional<Patience::Clock::time_point> tried_;
    bool is_searching_ = false;
};

}  // namespace udfgen
