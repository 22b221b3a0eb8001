// Runs the core's encoder and decoder for a test: one case a line in, one outcome a line out, both JSON.
//
//   {"op": "encode", "function": {…}, "arguments": [{"hex": "616263"}, {"number": "1e23"}, null]}
//   {"op": "decode", "function": {…}, "body": "6e756c6c"}
//   {"op": "rows", "function": {…}, "text": "[[1,\"a\"]]"}
//
// The outcome is {"value": "616263"}, whose value may be null, or {"error": {"code": "bad_argument", "message": "…"}}.
// Texts are hexadecimal, because not all of them are UTF-8. The outcome for rows is {"sent": ["[1,\"a\"]"]}.
#include "arguments.hpp"
#include "failure.hpp"
#include "given.hpp"
#include "results.hpp"
#include "rows.hpp"
#include "table.hpp"

#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace {

std::optional<std::string> encode(const Json &request, const udfgen::Function &function) {
    const Given given(request["arguments"]);
    return udfgen::Encoder(function)(given.arguments());
}

std::optional<std::string> decode(const Json &request, const udfgen::Function &function) {
    const std::string text = from_hex(request["body"]);
    const std::vector<char> body(text.begin(), text.end());
    return udfgen::Decoder(function.returns)({body.data(), body.size()});
}

Json read_rows(const Json &request, const udfgen::Function &function) {
    const bool is_null = request["text"].is_null();
    const std::string given = is_null ? std::string() : request["text"].get<std::string>();
    const std::vector<char> text(given.begin(), given.end());
    udfgen::JsonRows rows(function.parameters, is_null ? std::optional<std::string_view>() : std::string_view(text.data(), text.size()));
    Json sent = Json::array();
    for (const auto &each : udfgen::encode_rows(udfgen::Encoder(function), rows, false)) {
        sent.push_back(*each);
    }
    return {{"sent", sent}};
}

Json answer(const Json &request) {
    const udfgen::Function function = udfgen::read_function(request["function"].dump());
    try {
        if (request["op"] == "rows") {
            return read_rows(request, function);
        }
        const auto value = request["op"] == "encode" ? encode(request, function) : decode(request, function);
        return {{"value", value ? Json(to_hex(*value)) : Json()}};
    } catch (const udfgen::Failure &failure) {
        const Json message = udfgen::describe(function.binding->name, failure);
        return {{"error", {{"code", udfgen::name(failure.code)}, {"message", message}}}};
    }
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << answer(Json::parse(line)).dump() << std::endl;
    }
}
