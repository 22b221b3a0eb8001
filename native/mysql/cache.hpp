// The cache: results that a session may have again for a while.
//
// Server threads change sessions, and sessions change threads, so it is one for the process, with the session's number
// in each key. Nobody tells the library that a session has ended: what is too old goes when another result is kept.
#pragma once

#include "table.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace udfgen {

// The results of all sessions. One per process; any thread may ask.
class Cache {
public:
    using Clock = std::chrono::steady_clock;
    using Value = std::optional<std::string>;          // nothing for NULL
    using Place = std::pair<std::uint64_t, std::string>;  // the session and the function

    // Takes how many bytes of keys and results there may be; of more, what was not used for longest goes.
    explicit Cache(std::size_t max_bytes = 64UL << 20) : max_bytes_(max_bytes) {}

    // Returns what was kept under a key and is still good.
    std::optional<Value> find(const Place &place, const std::string &key);

    // Keeps a result that came just now.
    void keep(const Place &place, const std::string &key, const Value &value, const Keeping &rules);

    // Forgets all.
    void clear();

private:
    struct Entry {
        std::string key;
        Value value;
        Clock::time_point end;
        std::size_t size() const { return key.size() + (value ? value->size() : 0) + sizeof(Entry); }
    };
    // The results of one function in one session, the one used last in front, and where each key is.
    struct Shelf {
        Place place;
        std::list<Entry> entries;
        std::unordered_map<std::string_view, std::list<Entry>::iterator> index;
        Clock::time_point end;  // of its last entry
    };
    using Shelves = std::list<Shelf>;

    Shelf *find_shelf(const Place &place);
    Shelf &make_shelf(const Place &place);
    void drop(Shelf &shelf, std::list<Entry>::iterator entry);
    void drop(Shelves::iterator shelf);
    void tidy(Clock::time_point now);

    const std::size_t max_bytes_;
    std::mutex mutex_;  // guards what follows
    Shelves shelves_;   // the one used last is in front
    std::map<Place, Shelves::iterator> places_;
    std::size_t bytes_ = 0;
};

}  // namespace udfgen
