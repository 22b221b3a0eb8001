// The time that one call may take, kept in slices, so that a KILL gets through.
#pragma once

#include "failure.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace udfgen {

// One deadline over a whole call: the search for credentials, every attempt, the waits between them.
class Patience {
public:
    using Clock = std::chrono::steady_clock;

    // Starts the clock. `is_killed` is asked every 100 ms of waiting, and must live longer than this.
    Patience(const std::function<bool()> &is_killed, std::chrono::milliseconds limit);

    // Returns a shorter patience within this one, that ends with another failure.
    Patience narrow(std::chrono::milliseconds limit, const Failure &failure) const;

    // Says what is waited for, in the words of a timeout: `connecting`.
    void enter(const char *stage) { stage_ = stage; }

    // Returns the failure of a call that took too long.
    Failure late() const;

    // Returns the time until the deadline, below zero when it is over.
    Clock::duration left() const { return deadline_ - Clock::now(); }

    // Returns how long to wait before the next check, 1 to 100 ms.
    std::chrono::milliseconds slice() const;

    // Throws Interrupted when the statement was killed, asking every 100 ms, then Failure when the time is over.
    void check();

    // Waits in slices.
    void sleep(Clock::duration time);

private:
    const std::function<bool()> *is_killed_;
    std::chrono::milliseconds limit_;
    Clock::time_point asked_, deadline_;
    const char *stage_ = "waiting for the reply";
    std::optional<Failure> failure_;
};

// What one thread waits for when several things are under way: sockets, and the time when one of them goes on anyway.
class Waiting {
public:
    void add(pollfd socket) { sockets_.push_back(socket); }
    void until(Patience::Clock::time_point time) { end_ = std::min(end_, time); }

    // Waits until the first of it comes.
    void wait();

private:
    std::vector<pollfd> sockets_;
    Patience::Clock::time_point end_ = Patience::Clock::time_point::max();
};

}  // namespace udfgen
