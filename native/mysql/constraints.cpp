// Checks of constraints.
#include "constraints.hpp"

#include "failure.hpp"
#include "text.hpp"

#include <algorithm>
#include <stdexcept>

namespace udfgen {

namespace {

// The spec refuses patterns that take exponential time. These bounds, in steps and in KiB, hold all others within about
// a second, because a match listens to no KILL.
constexpr std::uint32_t max_steps = 10'000'000, max_memory = 64 * 1024;

template <typename Values, typename Value> bool holds(const Values &values, const Value &value) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

[[noreturn]] void refuse_other_than(const std::vector<std::string> &allowed) {
    std::string what = "must be one of: ";
    for (const std::string &text : allowed) {
        what += (&text == &allowed.front() ? "" : ", ") + text;
    }
    throw Unfit{what};
}

}  // namespace

Pattern::Pattern(const std::string &pattern) {
    constexpr std::uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    int error = 0;
    PCRE2_SIZE at = 0;
    const auto *text = reinterpret_cast<PCRE2_SPTR>(pattern.data());
    code_ = {pcre2_compile(text, pattern.size(), options, &error, &at, nullptr), pcre2_code_free};
    if (!code_) {
        throw std::logic_error("the table has a pattern that cannot be read: " + pattern);
    }
    bounds_ = {pcre2_match_context_create(nullptr), pcre2_match_context_free};
    pcre2_set_match_limit(bounds_.get(), max_steps);
    pcre2_set_heap_limit(bounds_.get(), max_memory);
}

bool Pattern::matches(std::string_view text) const {
    const std::shared_ptr<pcre2_match_data> found(pcre2_match_data_create(1, nullptr), pcre2_match_data_free);
    const auto *subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    return pcre2_match(code_.get(), subject, text.size(), 0, 0, found.get(), bounds_.get()) >= 0;
}

Limits::Limits(const Parameter &parameter)
    : wanted_(parameter.constraints), is_numeric_(is_numeric(parameter.type.kind)) {
    if (is_numeric_) {
        for (const std::string &number : wanted_.one_of) {
            numbers_.emplace_back(number);
        }
    }
    if (wanted_.min) {
        min_.emplace(*wanted_.min);
    }
    if (wanted_.max) {
        max_.emplace(*wanted_.max);
    }
    if (wanted_.pattern) {
        pattern_.emplace(*wanted_.pattern);
    }
    // The longest bytes are bytes, not the characters of their base64: the type itself looks at those.
    if (parameter.type.kind == Kind::bytes) {
        wanted_.max_length.reset();
    }
}

// Compares numbers by the value that is sent: a real 0.1 is not above `max: 0.1`.
void Limits::check_number(std::string_view text) const {
    if (numbers_.empty() && !min_ && !max_) {
        return;
    }
    const Decimal number(text);
    if (!numbers_.empty() && !holds(numbers_, number)) {
        refuse_other_than(wanted_.one_of);
    }
    if (min_ && number < *min_) {
        throw Unfit{"must be at least " + *wanted_.min};
    }
    if (max_ && number > *max_) {
        throw Unfit{"must be at most " + *wanted_.max};
    }
}

void Limits::check_text(std::string_view text) const {
    if (!wanted_.one_of.empty() && !holds(wanted_.one_of, text)) {
        refuse_other_than(wanted_.one_of);
    }
    if (wanted_.max_length && count_code_points(text) > *wanted_.max_length) {
        throw Unfit{"must be at most " + std::to_string(*wanted_.max_length) + " characters long"};
    }
    if (pattern_ && !pattern_->matches(text)) {
        throw Unfit{"must match " + *wanted_.pattern};
    }
}

}  // namespace udfgen
