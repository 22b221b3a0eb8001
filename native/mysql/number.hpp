// Numbers without rounding by accident: exact decimals, and the digits of floating-point numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace udfgen {

// An exact decimal: 0.digits times ten to the power of `point`. No zero begins or ends the digits; zero has none,
// and no sign.
class Decimal {
public:
    // Reads a JSON number, or throws std::invalid_argument. Time and memory follow the length of the text, whatever its
    // exponent.
    explicit Decimal(std::string_view number);

    // Returns the number rounded half away from zero to `scale` digits after the point.
    Decimal round(std::size_t scale) const;

    // Tells whether the number, once rounded to a scale, has at most `precision` digits with those after the point.
    bool fits(std::size_t precision, std::size_t scale) const;

    // Returns the number with exactly `scale` digits after the point. Ask `fits` before: an exponent becomes zeros.
    std::string fixed(std::size_t scale) const;

    // Tells whether the number is 1 or more, or -1 or less.
    bool has_whole_part() const { return point_ > 0; }

    bool operator==(const Decimal &other) const { return compare(other) == 0; }
    bool operator!=(const Decimal &other) const { return compare(other) != 0; }
    bool operator<(const Decimal &other) const { return compare(other) < 0; }
    bool operator>(const Decimal &other) const { return compare(other) > 0; }

private:
    int compare(const Decimal &other) const;
    void normalize();

    bool is_negative_ = false;
    std::string digits_;
    std::int64_t point_ = 0;
};

// Tells whether a JSON number's exponent is 10000 or more, or -10000 or less, as it is written.
bool has_wild_exponent(std::string_view number);

// Returns the integer that text of digits writes, or nothing when it is no such text or beyond 64 bits.
std::optional<std::int64_t> to_integer(std::string_view text);

// Returns the double nearest to a JSON number; infinite when it is too large, 0 when it is too small.
double to_double(std::string_view number);

// Returns a double rounded to 32 bits, to nearest and ties to even; infinite when it does not fit.
float to_real(double number);

// Return the fewest digits that read back as the same finite number, in the form of ECMAScript and RFC 8785, section
// 3.2.2.3 (https://tc39.es/ecma262/#sec-numeric-types-number-tostring). Negative zero is `0`.
std::string shortest(double number);
std::string shortest(float number);

}  // namespace udfgen
