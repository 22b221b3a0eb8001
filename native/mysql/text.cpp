// UTF-8 and base64.
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace udfgen {

namespace {

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// What the first byte of a sequence says: its length (0: no such byte), and the range of the second byte.
struct Lead {
    std::size_t length;
    unsigned char low = 0x80, high = 0xBF;
};

Lead read_lead(unsigned char byte) {
    if (byte < 0xC2) {
        return {0};
    }
    if (byte < 0xE0) {
        return {2};
    }
    switch (byte) {
    case 0xE0: return {3, 0xA0, 0xBF};
    case 0xED: return {3, 0x80, 0x9F};
    case 0xF0: return {4, 0x90, 0xBF};
    case 0xF4: return {4, 0x80, 0x8F};
    default: return {byte < 0xF0 ? 3U : byte < 0xF4 ? 4U : 0U};
    }
}

// Returns the length of the well-formed sequence of several bytes that text begins with, or 0.
std::size_t sequence_length(std::string_view text) {
    const Lead lead = read_lead(static_cast<unsigned char>(text[0]));
    if (lead.length == 0 || text.size() < lead.length) {
        return 0;
    }
    const auto second = static_cast<unsigned char>(text[1]);
    if (second < lead.low || second > lead.high) {
        return 0;
    }
    for (std::size_t at = 2; at < lead.length; ++at) {
        if (!is_continuation(text[at])) {
            return 0;
        }
    }
    return lead.length;
}

// Returns where the first byte beyond ASCII stands at or after `at`. Replies are large and mostly ASCII, so it takes
// eight bytes a step.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
    std::uint64_t eight = 0;
    for (; at + sizeof eight <= text.size(); at += sizeof eight) {
        std::memcpy(&eight, text.data() + at, sizeof eight);
        if ((eight & 0x8080808080808080) != 0) {
            break;
        }
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) {
        ++at;
    }
    return at;
}

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The value of each base64 digit by its byte, -1 for all other bytes.
constexpr std::array<signed char, 256> make_base64_values() {
    std::array<signed char, 256> values{};
    for (auto &value : values) {
        value = -1;
    }
    for (std::size_t value = 0; value < base64_digits.size(); ++value) {
        values[static_cast<unsigned char>(base64_digits[value])] = static_cast<signed char>(value);
    }
    return values;
}

constexpr auto base64_values = make_base64_values();

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
        const std::size_t length = sequence_length(text.substr(at));
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

std::size_t count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (const char byte : text) {
        count += !is_continuation(byte);
    }
    return count;
}

std::string_view first_code_points(std::string_view text, std::size_t count) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_continuation(text[at]) && count-- == 0) {
            return text.substr(0, at);
        }
    }
    return text;
}

void append_code_point(std::string &out, unsigned code) {
    const auto append = [&out](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        append(code);
        return;
    }
    if (code < 0x800) {
        append(0xC0 | code >> 6);
    } else {
        if (code < 0x10000) {
            append(0xE0 | code >> 12);
        } else {
            append(0xF0 | code >> 18);
            append(0x80 | (code >> 12 & 0x3F));
        }
        append(0x80 | (code >> 6 & 0x3F));
    }
    append(0x80 | (code & 0x3F));
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char &character : lower) {
        if (character >= 'A' && character <= 'Z') {
            character = static_cast<char>(character - 'A' + 'a');
        }
    }
    return lower;
}

bool is_uuid(std::string_view text) {
    constexpr std::string_view shape = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    const auto fits = [](char character, char wanted) {
        return wanted == '-' ? character == '-' : is_digit(character) || (character >= 'a' && character <= 'f');
    };
    return text.size() == shape.size() && std::equal(text.begin(), text.end(), shape.begin(), fits);
}

std::string to_base64(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        unsigned bits = 0;
        for (std::size_t index = 0; index < 3; ++index) {
            bits = bits << 8 | (index < group.size() ? static_cast<unsigned char>(group[index]) : 0U);
        }
        for (std::size_t index = 0; index < 4; ++index) {
            out += index <= group.size() ? base64_digits[bits >> (18 - 6 * index) & 0x3F] : '=';
        }
    }
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string out;
    out.reserve(text.size() / 4 * 3);
    unsigned bits = 0, count = 0;
    const std::size_t digits = text.find_last_not_of('=') + 1;
    for (const char digit : text.substr(0, digits)) {
        const signed char value = base64_values[static_cast<unsigned char>(digit)];
        if (value < 0) {
            return std::nullopt;
        }
        bits = bits << 6 | static_cast<unsigned>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xFF);
        }
    }
    // What is left over are unused bits, which must be zero, and as many `=` as fill the last group of four.
    const bool is_padded = text.size() % 4 == 0 && text.size() - digits < 3 && digits % 4 != 1;
    const bool is_exact = count < 6 && (bits & ((1U << count) - 1)) == 0;
    return is_padded && is_exact ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace udfgen
