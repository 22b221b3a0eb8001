// Exact decimals, and the digits of floating-point numbers.
#include "number.hpp"

#include "grammar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <system_error>

namespace udfgen {

namespace {

// Returns where the exponent of a JSON number begins, its letter included, or the end.
std::size_t find_exponent(std::string_view number) {
    return std::min(number.find_first_of("eE"), number.size());
}

// Returns the text after the letter of an exponent, without a plus sign.
std::string_view exponent_of(std::string_view number) {
    std::string_view exponent = number.substr(std::min(find_exponent(number) + 1, number.size()));
    exponent.remove_prefix(!exponent.empty() && exponent[0] == '+');
    return exponent;
}

// Returns a JSON number's exponent, held within bounds that no other number here comes near.
std::int64_t read_exponent(std::string_view number) {
    constexpr std::int64_t bound = std::int64_t{1} << 60;
    const std::string_view exponent = exponent_of(number);
    if (exponent.empty()) {
        return 0;
    }
    return std::clamp(to_integer(exponent).value_or(exponent[0] == '-' ? -bound : bound), -bound, bound);
}

// Lays out digits as ECMAScript does; the number is 0.digits times ten to the power of `point`.
std::string lay_out(const std::string &digits, int point) {
    const int count = static_cast<int>(digits.size());
    const auto split = [&](int at) { return digits.substr(0, static_cast<std::size_t>(at)); };
    const auto rest = [&](int at) { return '.' + digits.substr(static_cast<std::size_t>(at)); };
    if (point > 21 || point <= -6) {
        const std::string exponent = (point > 0 ? "e+" : "e") + std::to_string(point - 1);
        return split(1) + (count > 1 ? rest(1) : "") + exponent;
    }
    if (point <= 0) {
        return "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    }
    if (point >= count) {
        return digits + std::string(static_cast<std::size_t>(point - count), '0');
    }
    return split(point) + rest(point);
}

template <typename Float> std::string print_shortest(Float number) {
    if (number == 0) {
        return "0";
    }
    // `-d.ddde-ddd`: without a precision the digits are the fewest, and of those the nearest
    // (https://eel.is/c++draft/charconv.to.chars#2).
    std::array<char, 32> buffer{};
    char *const begin = buffer.data();
    const char *const end = std::to_chars(begin, begin + buffer.size(), number, std::chars_format::scientific).ptr;
    const std::string_view text(begin, static_cast<std::size_t>(end - begin));
    const bool is_negative = text[0] == '-';
    std::string digits(text.substr(is_negative, find_exponent(text) - is_negative));
    if (digits.size() > 1) {
        digits.erase(1, 1);
    }
    return (is_negative ? "-" : "") + lay_out(digits, static_cast<int>(read_exponent(text)) + 1);
}

}  // namespace

Decimal::Decimal(std::string_view number) {
    if (!is_number(number)) {
        throw std::invalid_argument("not a JSON number");
    }
    is_negative_ = number[0] == '-';
    const std::string_view mantissa = number.substr(is_negative_, find_exponent(number) - is_negative_);
    const std::size_t whole = std::min(mantissa.find('.'), mantissa.size());
    digits_ = mantissa.substr(0, whole);
    digits_ += mantissa.substr(std::min(whole + 1, mantissa.size()));
    point_ = static_cast<std::int64_t>(whole) + read_exponent(number);
    normalize();
}

// Drops the zeros at both ends.
void Decimal::normalize() {
    digits_.erase(digits_.find_last_not_of('0') + 1);
    const std::size_t zeros = std::min(digits_.find_first_not_of('0'), digits_.size());
    digits_.erase(0, zeros);
    point_ = digits_.empty() ? 0 : point_ - static_cast<std::int64_t>(zeros);
    is_negative_ = is_negative_ && !digits_.empty();
}

Decimal Decimal::round(std::size_t scale) const {
    const std::int64_t kept = point_ + static_cast<std::int64_t>(scale);
    if (kept >= static_cast<std::int64_t>(digits_.size())) {
        return *this;
    }
    Decimal rounded = *this;
    const bool is_up = kept >= 0 && digits_[static_cast<std::size_t>(kept)] >= '5';
    rounded.digits_.resize(static_cast<std::size_t>(std::max<std::int64_t>(kept, 0)));
    if (is_up) {
        // A zero in front takes what is carried past the first digit.
        rounded.digits_.insert(0, 1, '0');
        ++rounded.point_;
        const std::size_t last = rounded.digits_.find_last_not_of('9');
        ++rounded.digits_[last];
        rounded.digits_.resize(last + 1);
    }
    rounded.normalize();
    return rounded;
}

bool Decimal::fits(std::size_t precision, std::size_t scale) const {
    return digits_.empty() || point_ + static_cast<std::int64_t>(scale) <= static_cast<std::int64_t>(precision);
}

std::string Decimal::fixed(std::size_t scale) const {
    const auto whole = static_cast<std::size_t>(std::max<std::int64_t>(point_, 0));
    std::string text(static_cast<std::size_t>(std::max<std::int64_t>(-point_, 0)), '0');
    text += digits_;
    text.resize(whole + scale, '0');
    if (scale > 0) {
        text.insert(whole, 1, '.');
    }
    return (is_negative_ ? "-" : "") + (whole == 0 ? '0' + text : text);
}

int Decimal::compare(const Decimal &other) const {
    if (is_negative_ != other.is_negative_) {
        return is_negative_ ? -1 : 1;
    }
    const int sign = is_negative_ ? -1 : 1;
    if (digits_.empty() || other.digits_.empty()) {
        return sign * (static_cast<int>(other.digits_.empty()) - static_cast<int>(digits_.empty()));
    }
    if (point_ != other.point_) {
        return point_ < other.point_ ? -sign : sign;
    }
    return sign * digits_.compare(other.digits_);
}

bool has_wild_exponent(std::string_view number) {
    const std::string_view exponent = exponent_of(number);
    const std::size_t digits = exponent.find_first_not_of("-0");
    return digits != exponent.npos && exponent.size() - digits > 4;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

double to_double(std::string_view number) {
    double value = 0;
    const auto error = std::from_chars(number.data(), number.data() + number.size(), value).ec;
    if (error == std::errc::result_out_of_range) {
        return Decimal(number).has_whole_part() ? std::numeric_limits<double>::infinity() : 0;
    }
    return value;
}

float to_real(double number) {
    // Without this rule of IEEE 754 the conversion of a number that does not fit would have no defined result.
    static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);
    return static_cast<float>(number);
}

std::string shortest(double number) {
    return print_shortest(number);
}

std::string shortest(float number) {
    return print_shortest(number);
}

}  // namespace udfgen
