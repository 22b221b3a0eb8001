// The switch: which bindings an administrator turned off, or lets be tried only.
//
// It stands in a table of the engine CSV, which keeps its rows as text in a file of the server's data folder, where both
// servers run (https://dev.mysql.com/doc/refman/8.4/en/csv-storage-engine.html). The library reads that file: a query in
// the wrappers would cost a fourth of a call, and see what the caller's transaction saw, not what is.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace udfgen {

// What may be done with a binding: everything, only ask whether it may be called, nothing.
enum class Mode { live, dry_run, off };

// Returns what a row of the table says; a text that is not `dry_run` is off.
Mode read_mode(std::string_view text);

// The table, looked at once a second at most. One per process; any thread may ask.
class Switch {
public:
    explicit Switch(std::string path) : path_(std::move(path)) {}

    // Returns how a binding is switched: without a row it is live. Throws Failure `unavailable` when the table is not
    // there or not readable; the next call looks again.
    Mode mode(std::string_view binding);

    // Looks at the table, whenever the last look was; tells whether it is there and readable.
    bool is_readable() const;

private:
    using Clock = std::chrono::steady_clock;
    using Modes = std::map<std::string, Mode, std::less<>>;

    std::optional<Modes> read() const;
    std::optional<Modes> read_patiently() const;
    void look(Clock::time_point now);

    const std::string path_;
    std::mutex mutex_;  // guards what follows
    std::optional<Clock::time_point> looked_;
    bool is_damaged_ = false;  // at the last look
    Modes modes_;
};

}  // namespace udfgen
