// Small questions about text in ASCII, as HTTP, URLs and configuration files ask them; the locale has no say.
#pragma once

#include "text.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

namespace udfgen {

// Tells whether a character is one of A to Z, a to z and 0 to 9.
constexpr bool is_alphanumeric(char character) {
    return is_digit(character) || (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

// Tells whether a character shows: no blank, no control, nothing beyond ASCII.
constexpr bool is_visible(char character) {
    return character > ' ' && character < '\x7f';
}

// Tells whether text is not empty and every character of it passes a test.
template <typename Test>
bool is_all(std::string_view text, Test test) {
    return !text.empty() && std::all_of(text.begin(), text.end(), test);
}

// Returns text without the blanks at both ends.
inline std::string_view trim(std::string_view text) {
    const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

// Returns the first text that is not empty, or an empty one.
inline std::string first_set(std::initializer_list<std::string> texts) {
    const auto *const found = std::find_if(texts.begin(), texts.end(), [](const auto &text) { return !text.empty(); });
    return found == texts.end() ? std::string() : *found;
}

}  // namespace udfgen
