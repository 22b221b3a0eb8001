// Text in UTF-8, and bytes as text in base64.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace udfgen {

// Tells whether text is well-formed UTF-8: no half of a surrogate pair, no overlong form
// (https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7).
bool is_utf8(std::string_view text);

// Returns the number of code points of UTF-8.
std::size_t count_code_points(std::string_view text);

// Returns the beginning of UTF-8 that holds `count` code points, or all of it when it holds fewer.
std::string_view first_code_points(std::string_view text, std::size_t count);

// Appends one code point in UTF-8. Half of a surrogate pair gives three bytes that is_utf8 refuses.
void append_code_point(std::string &out, unsigned code);

// Returns ASCII letters in lower case, and all else unchanged, whatever the locale.
std::string to_lower(std::string_view text);

// Tells whether a character is one of 0 to 9, whatever the locale.
constexpr bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

// Tells whether text is a UUID in lower case, as `a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11`.
bool is_uuid(std::string_view text);

// Returns bytes in base64, padded, without line breaks (https://www.rfc-editor.org/rfc/rfc4648#section-4).
std::string to_base64(std::string_view bytes);

// Returns the bytes of base64, or nothing unless it is exactly what to_base64 writes for them.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace udfgen
