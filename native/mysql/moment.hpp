// Dates and times as text, in the one form that AWS Lambda gets and gives: ISO 8601 without options.
#pragma once

#include <string>
#include <string_view>

namespace udfgen {

// Tells whether text is a day of the Gregorian calendar from `0001-01-01` to `9999-12-31`.
bool is_date(std::string_view text);

// Tells whether text is a time from `00:00:00` to `23:59:59.999999`, with at most six digits of fraction.
bool is_time(std::string_view text);

// Tells whether text is an offset from UTC: `Z`, or `+00:00` to `-23:59`.
bool is_offset(std::string_view text);

// Returns a time without the zeros that end its fraction, and without its point when nothing else is left.
std::string_view trim_fraction(std::string_view time);

// Returns `<date><separator><time>` moved from an offset to UTC. Throws Unfit when that leaves the years 1 to 9999.
std::string to_utc(std::string_view date, char separator, std::string_view time, std::string_view offset);

}  // namespace udfgen
