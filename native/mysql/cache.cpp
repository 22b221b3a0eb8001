// Two levels of least recently used: functions of sessions, and results in each.
#include "cache.hpp"

#include <iterator>

namespace udfgen {

std::optional<Cache::Value> Cache::find(const Place &place, const std::string &key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Shelf *const shelf = find_shelf(place);
    if (shelf == nullptr) {
        return std::nullopt;
    }
    const auto found = shelf->index.find(key);
    if (found == shelf->index.end()) {
        return std::nullopt;
    }
    const auto entry = found->second;
    if (entry->end <= Clock::now()) {
        drop(*shelf, entry);
        return std::nullopt;
    }
    shelf->entries.splice(shelf->entries.begin(), shelf->entries, entry);
    return entry->value;
}

void Cache::keep(const Place &place, const std::string &key, const Value &value, const Keeping &rules) {
    const auto now = Clock::now();
    const std::lock_guard<std::mutex> lock(mutex_);
    Shelf &shelf = make_shelf(place);
    const auto before = shelf.index.find(key);
    if (before != shelf.index.end()) {
        drop(shelf, before->second);
    }
    shelf.end = now + rules.ttl;
    shelf.entries.push_front({key, value, shelf.end});
    const auto entry = shelf.entries.begin();
    shelf.index.emplace(entry->key, entry);
    bytes_ += entry->size();
    while (shelf.entries.size() > rules.max_entries) {
        drop(shelf, std::prev(shelf.entries.end()));
    }
    tidy(now);
}

void Cache::clear() {
    const std::lock_guard<std::mutex> lock(mutex_);
    places_.clear();
    shelves_.clear();
    bytes_ = 0;
}

// Returns the shelf of a function, now the one used last; null where there is none.
Cache::Shelf *Cache::find_shelf(const Place &place) {
    const auto found = places_.find(place);
    if (found == places_.end()) {
        return nullptr;
    }
    shelves_.splice(shelves_.begin(), shelves_, found->second);
    return &shelves_.front();
}

Cache::Shelf &Cache::make_shelf(const Place &place) {
    Shelf *const found = find_shelf(place);
    if (found != nullptr) {
        return *found;
    }
    shelves_.push_front({place, {}, {}, {}});
    places_.emplace(place, shelves_.begin());
    return shelves_.front();
}

void Cache::drop(Shelf &shelf, std::list<Entry>::iterator entry) {
    bytes_ -= entry->size();
    shelf.index.erase(entry->key);
    shelf.entries.erase(entry);
}

void Cache::drop(Shelves::iterator shelf) {
    for (const Entry &each : shelf->entries) {
        bytes_ -= each.size();
    }
    places_.erase(shelf->place);
    shelves_.erase(shelf);
}

// Drops what is too old, from the shelf that was not used for longest, and more where there is too much: last the oldest
// results of the only shelf.
void Cache::tidy(Clock::time_point now) {
    while (shelves_.size() > 1 && (shelves_.back().end <= now || bytes_ > max_bytes_)) {
        drop(std::prev(shelves_.end()));
    }
    Shelf &last = shelves_.front();
    while (bytes_ > max_bytes_) {
        drop(last, std::prev(last.entries.end()));
    }
}

}  // namespace udfgen
