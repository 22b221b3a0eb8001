// Given: arguments as a test writes them, and their bytes as a server holds them.
#pragma once

#include "arguments.hpp"
#include "rows.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <string>
#include <vector>

using Json = nlohmann::json;

inline std::string to_hex(const std::string &bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        (hex += digits[byte >> 4]) += digits[byte & 0xF];
    }
    return hex;
}

inline std::string from_hex(const std::string &hex) {
    std::string bytes(hex.size() / 2, '\0');
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        unsigned char byte = 0;
        std::from_chars(hex.data() + 2 * at, hex.data() + 2 * at + 2, byte, 16);
        bytes[at] = static_cast<char>(byte);
    }
    return bytes;
}

// Holds the bytes that an argument points to. The server ends no text with NUL, so they end where their memory ends.
struct Held {
    explicit Held(const Json &facts) : is_null(facts.is_null()) {
        if (facts.contains("hex")) {
            const std::string text = from_hex(facts["hex"]);
            bytes.assign(text.begin(), text.end());
        } else if (facts.contains("number")) {
            const auto text = facts["number"].get<std::string>();
            std::from_chars(text.data(), text.data() + text.size(), number);
        }
    }

    udfgen::Argument argument() const { return {is_null, {bytes.data(), bytes.size()}, number}; }

    bool is_null;
    std::vector<char> bytes;
    double number = 0;
};

// The arguments of one call: `[{"hex": "616263"}, {"number": "1e23"}, null]`.
class Given {
public:
    explicit Given(const Json &facts) : held_(facts.begin(), facts.end()) {}

    std::vector<udfgen::Argument> arguments() const {
        std::vector<udfgen::Argument> arguments;
        for (const Held &each : held_) {
            arguments.push_back(each.argument());
        }
        return arguments;
    }

private:
    const std::vector<Held> held_;
};

// The rows of a batch, each as the arguments of one call.
class GivenRows : public udfgen::Rows {
public:
    explicit GivenRows(const Json &facts) : rows_(facts.begin(), facts.end()) {}

    bool next(std::vector<udfgen::Argument> &arguments) override {
        if (at_ == rows_.size()) {
            return false;
        }
        arguments = rows_[at_++].arguments();
        return true;
    }

private:
    const std::vector<Given> rows_;
    std::size_t at_ = 0;
};
