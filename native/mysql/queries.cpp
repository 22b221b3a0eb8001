// Counters. Nobody tells the library that a session has ended.
#include "queries.hpp"

namespace udfgen {

namespace {

// Servers number their sessions upwards, so that the first ones are those that most likely have ended. One that lives
// on begins at 1 again.
constexpr std::size_t max_sessions = 10'000;

}  // namespace

std::uint64_t Queries::next(std::optional<std::uint64_t> session) {
    if (!session) {
        return 1;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::uint64_t count = ++counts_[*session];
    if (counts_.size() > max_sessions) {
        counts_.erase(counts_.begin());
    }
    return count;
}

}  // namespace udfgen
