// Runs the core's encoder and decoder for a test: one case a line in, one outcome a line out, both JSON.
//
//   {"op": "encode", "function": {…}, "arguments": [{"hex": "616263"}, {"number": "1e23"}, null]}
//   {"op": "decode", "function": {…}, "body": "6e756c6c"}
//
// The outcome is {"value": "616263"}, whose value may be null, or {"error": {"code": "bad_argument", "message": "…"}}.
// Texts are hexadecimal, because not all of them are UTF-8.
#include "arguments.hpp"
#include "failure.hpp"
#include "given.hpp"
#include "results.hpp"
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

Json answer(const Json &request) {
    const udfgen::Function function = udfgen::read_function(request["function"].dump());
    try {
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
