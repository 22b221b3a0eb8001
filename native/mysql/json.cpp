// Readers of JSON. They look for the ends of values only, because the whole document was checked before.
#include "json.hpp"

#include "grammar.hpp"
#include "text.hpp"

#include <algorithm>
#include <charconv>

namespace udfgen {

namespace {

// Returns the position after the string that begins at `at` in valid JSON.
std::size_t skip_string(std::string_view text, std::size_t at) {
    at = skip_plain(text, at + 1);
    while (text[at] != '"') {
        // Past the backslash and the character after it.
        at = skip_plain(text, at + 2);
    }
    return at + 1;
}

// Returns the position after the container that begins at `at` in valid JSON.
std::size_t skip_container(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    do {
        const char character = text[at];
        at = character == '"' ? skip_string(text, at) : at + 1;
        depth += character == '[' || character == '{';
        depth -= character == ']' || character == '}';
    } while (depth > 0);
    return at;
}

// Returns the position after the value that begins at `at` in valid JSON.
std::size_t skip_value(std::string_view text, std::size_t at) {
    switch (text[at]) {
    case '"': return skip_string(text, at);
    case '[':
    case '{': return skip_container(text, at);
    default: return std::min(text.find_first_of(",]} \t\n\r", at), text.size());
    }
}

bool is_named(std::string_view name, const std::string &wanted) {
    const std::string_view inside = name.substr(1, name.size() - 2);
    return inside.find('\\') == inside.npos ? inside == wanted : unquote(name) == wanted;
}

// Returns the last member of an object that has a name.
std::optional<std::string_view> find_member(std::string_view value, const std::string &name) {
    std::optional<std::string_view> found;
    if (value[0] == '{') {
        for (Children each(value); each.next();) {
            if (is_named(each.name(), name)) {
                found = each.value();
            }
        }
    }
    return found;
}

std::optional<std::string_view> find_element(std::string_view value, std::size_t index) {
    if (value[0] == '[') {
        for (Children each(value); each.next();) {
            if (index-- == 0) {
                return each.value();
            }
        }
    }
    return std::nullopt;
}

// Returns the number that four hexadecimal digits write.
unsigned read_hex(std::string_view digits) {
    unsigned code = 0;
    std::from_chars(digits.data(), digits.data() + 4, code, 16);
    return code;
}

// Appends the character of the escape `\uXXXX` at `at`, and returns the position after it. Two escapes that are a
// surrogate pair are one character: https://www.rfc-editor.org/rfc/rfc8259#section-7
std::size_t append_unescaped(std::string &out, std::string_view string, std::size_t at) {
    const unsigned high = read_hex(string.substr(at + 2, 4));
    const std::string_view next = string.substr(at + 6);
    if (high >= 0xD800 && high < 0xDC00 && next.substr(0, 2) == "\\u") {
        const unsigned low = read_hex(next.substr(2, 4));
        if (low >= 0xDC00 && low < 0xE000) {
            append_code_point(out, 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            return at + 12;
        }
    }
    append_code_point(out, high);
    return at + 6;
}

char unescape(char letter) {
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
    }
}

// Appends a character that JSON does not take as it is.
void append_escaped(std::string &out, char character) {
    constexpr std::string_view characters = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt", digits = "0123456789abcdef";
    const std::size_t found = characters.find(character);
    if (found != characters.npos) {
        (out += '\\') += letters[found];
        return;
    }
    const auto code = static_cast<unsigned char>(character);
    ((out += "\\u00") += digits[code >> 4]) += digits[code & 0xF];
}

bool is_plain_name(const std::string &name) {
    const auto is_letter = [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_';
    };
    for (const char character : name) {
        if (!is_letter(character) && !is_digit(character)) {
            return false;
        }
    }
    return !name.empty() && !is_digit(name[0]);
}

}  // namespace

std::optional<std::string_view> find(std::string_view value, const Path &path) {
    std::optional<std::string_view> found = value;
    for (const auto &step : path) {
        const auto *name = std::get_if<std::string>(&step);
        found = name ? find_member(*found, *name) : find_element(*found, std::get<std::size_t>(step));
        if (!found) {
            break;
        }
    }
    return found;
}

std::string unquote(std::string_view string) {
    const std::string_view inside = string.substr(1, string.size() - 2);
    std::string out;
    out.reserve(inside.size());
    for (std::size_t at = 0; at < inside.size();) {
        const std::size_t plain = std::min(inside.find('\\', at), inside.size());
        out += inside.substr(at, plain - at);
        at = plain;
        if (at < inside.size() && inside[at + 1] == 'u') {
            at = append_unescaped(out, inside, at);
        } else if (at < inside.size()) {
            out += unescape(inside[at + 1]);
            at += 2;
        }
    }
    return out;
}

void append_quoted(std::string &out, std::string_view text) {
    out += '"';
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t end = skip_plain(text, at);
        out += text.substr(at, end - at);
        at = end;
        if (at < text.size()) {
            append_escaped(out, text[at]);
        }
    }
    out += '"';
}

std::string show(const Path &path) {
    std::string shown = "$";
    for (const auto &step : path) {
        const auto *name = std::get_if<std::string>(&step);
        if (!name) {
            shown += '[' + std::to_string(std::get<std::size_t>(step)) + ']';
        } else {
            shown += is_plain_name(*name) ? '.' + *name : "['" + *name + "']";
        }
    }
    return shown;
}

Children::Children(std::string_view container) : text_(container) {}

bool Children::next() {
    const bool is_first = at_ == 0;
    if (!is_first && text_[at_] != ',') {
        return false;
    }
    at_ = skip_blank(text_, at_ + 1);
    if (is_first && (text_[at_] == ']' || text_[at_] == '}')) {
        return false;
    }
    if (text_[0] == '{') {
        const std::size_t end = skip_string(text_, at_);
        name_ = text_.substr(at_, end - at_);
        at_ = skip_blank(text_, skip_blank(text_, end) + 1);
    }
    const std::size_t end = skip_value(text_, at_);
    value_ = text_.substr(at_, end - at_);
    at_ = skip_blank(text_, end);
    return true;
}

}  // namespace udfgen
