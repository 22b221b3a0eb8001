// What a spec asks of an argument beyond its type.
#pragma once

#include "number.hpp"
#include "table.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

// A regular expression that must match a whole text (https://www.pcre.org/current/doc/html/pcre2api.html).
class Pattern {
public:
    // Compiles the canonical form of udfgen's portable subset. Throws std::logic_error when it cannot be read.
    explicit Pattern(const std::string &pattern);

    // Tells whether all of a text matches, within bounds of steps and memory; what goes beyond them does not match.
    bool matches(std::string_view text) const;

private:
    std::shared_ptr<pcre2_code> code_;
    std::shared_ptr<pcre2_match_context> bounds_;
};

// The constraints of one parameter, ready to be checked by many threads at once.
class Limits {
public:
    explicit Limits(const Parameter &parameter);

    // Checks the plain text that would be sent, without JSON's quotes. Throws Unfit.
    void check(std::string_view text) const { is_numeric_ ? check_number(text) : check_text(text); }

private:
    void check_number(std::string_view text) const;
    void check_text(std::string_view text) const;

    Constraints wanted_;
    bool is_numeric_;
    std::vector<Decimal> numbers_;
    std::optional<Decimal> min_, max_;
    std::optional<Pattern> pattern_;
};

}  // namespace udfgen
