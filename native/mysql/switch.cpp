// The file of the switch's table: `"score","off"` and a line feed for each row.
#include "switch.hpp"

#include "failure.hpp"
#include "file.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace udfgen {

namespace {

constexpr std::chrono::seconds between_looks(1);

// A look that fails is tried again this often, so far apart; a server writes its file in less.
constexpr int looks_again = 3;
constexpr std::chrono::milliseconds between_looks_again(10);

// A row has two short words; a file above this size is no switch.
constexpr std::size_t max_file = 1UL << 20;

constexpr std::string_view middle = "\",\"";

// One row: the binding, and what is said of it.
struct Line {
    std::string_view binding, mode;
};

// Tells whether a text is one that the column of modes can hold: the server keeps '' for all that is none.
bool is_mode(std::string_view text) {
    return text == "off" || text == "dry_run" || text.empty();
}

// Returns the parts of a line without its end, or nothing when it is no row of the table as it should be.
std::optional<Line> split_line(std::string_view line) {
    const std::size_t at = line.find(middle);
    if (at == line.npos || at == 0 || line.front() != '"' || line.back() != '"') {
        return std::nullopt;
    }
    const Line parts{line.substr(1, at - 1), line.substr(at + middle.size(), line.size() - at - middle.size() - 1)};
    return is_mode(parts.mode) ? std::optional(parts) : std::nullopt;
}

Failure unreadable() {
    return {Code::unavailable, "the table of its switch cannot be read, and it may be off: see udfgen status"};
}

}  // namespace

Mode read_mode(std::string_view text) {
    return text == "dry_run" ? Mode::dry_run : Mode::off;
}

Mode Switch::mode(std::string_view binding) {
    const auto now = Clock::now();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!looked_ || now - *looked_ >= between_looks) {
        look(now);
    }
    const auto found = modes_.find(binding);
    return found == modes_.end() ? Mode::live : found->second;
}

// Returns what the table says. A binding has one row; while it is being switched there may be two, and then the stricter
// one counts.
std::optional<Switch::Modes> Switch::read() const {
    const auto text = read_file(path_, max_file);
    if (!text || (!text->empty() && text->back() != '\n')) {
        return std::nullopt;
    }
    Modes modes;
    for (std::string_view rest = *text; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        const auto line = split_line(rest.substr(0, end));
        if (!line) {
            return std::nullopt;
        }
        Mode &mode = modes.try_emplace(std::string(line->binding), Mode::live).first->second;
        mode = std::max(mode, read_mode(line->mode));
        rest.remove_prefix(end + 1);
    }
    return modes;
}

// Reads again where a look meets the server while it adds a row or puts a new file in the place.
std::optional<Switch::Modes> Switch::read_patiently() const {
    auto modes = read();
    for (int again = 0; !modes && again < looks_again; ++again) {
        std::this_thread::sleep_for(between_looks_again);
        modes = read();
    }
    return modes;
}

// A table that was damaged before is read once: all calls wait for the look.
void Switch::look(Clock::time_point now) {
    looked_.reset();
    auto modes = is_damaged_ ? read() : read_patiently();
    is_damaged_ = !modes;
    if (is_damaged_) {
        throw unreadable();
    }
    modes_ = std::move(*modes);
    looked_ = now;
}

bool Switch::is_readable() const {
    return read_patiently().has_value();
}

}  // namespace udfgen
