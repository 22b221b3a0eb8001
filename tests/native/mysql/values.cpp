// Runs the core's encoder and decoder for a test: one case a line in, one outcome a line out, both JSON.
//
//   {"op": "encode", "function": {…}, "arguments": [{"hex": "616263"}, {"number": "1e23"}, null]}
//   {"op": "decode", "function": {…}, "body": "6e756c6c"}
//
// The outcome is {"value": "616263"}, whose value may be null, or {"error": {"code": "bad_argument", "message": "…"}}.
// Texts are hexadecimal, because not all of them are UTF-8.
#include "arguments.hpp"
#include "failure.hpp"
#include "results.hpp"
#include "table.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace {

using Json = nlohmann::json;

std::string to_hex(const std::string &bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        (hex += digits[byte >> 4]) += digits[byte & 0xF];
    }
    return hex;
}

std::string from_hex(const std::string &hex) {
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

std::optional<std::string> encode(const Json &request, const udfgen::Function &function) {
    const std::vector<Held> held(request["arguments"].begin(), request["arguments"].end());
    std::vector<udfgen::Argument> arguments;
    for (const Held &each : held) {
        arguments.push_back(each.argument());
    }
    return udfgen::Encoder(function)(arguments);
}

std::optional<std::string> decode(const Json &request, const udfgen::Function &function) {
    const std::string text = from_hex(request["body"]);
    const std::vector<char> body(text.begin(), text.end());
    return udfgen::Decoder(function.returns)({body.data(), body.size()});
}

Json answer(const Json &request) {
    const udfgen::Function function = udfgen::read_function(request["function"].dump());
    try {
        const auto value = request["op"] == "encode" ? encode(request, function) : decode(request, function);
        return {{"value", value ? Json(to_hex(*value)) : Json()}};
    } catch (const udfgen::Failure &failure) {
        const Json message = udfgen::describe(function.binding.name, failure);
        return {{"error", {{"code", udfgen::name(failure.code)}, {"message", message}}}};
    }
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << answer(Json::parse(line)).dump() << std::endl;
    }
}
