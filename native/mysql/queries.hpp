// How many SQL calls of batch functions each session has made: what a handler of Redshift's finds as `query_id`.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace udfgen {

// The counters of all sessions. One per process; any thread may ask.
class Queries {
public:
    // Returns the number of a session's next call, from 1; 1 for one that is not known.
    std::uint64_t next(std::optional<std::uint64_t> session);

private:
    std::mutex mutex_;
    std::map<std::uint64_t, std::uint64_t> counts_;  // by session
};

}  // namespace udfgen
