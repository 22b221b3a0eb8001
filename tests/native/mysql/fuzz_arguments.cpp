// Feeds arbitrary bytes, as arguments of every kind under every constraint, to encoders.
#include "arguments.hpp"
#include "failure.hpp"
#include "table.hpp"
#include "text.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace udfgen;
using Json = nlohmann::json;

constexpr std::size_t ways = 4;

// Returns constraints of one of four ways: none, bounds of size, a closed list, a pattern.
Constraints make_constraints(Kind kind, std::size_t way) {
    Constraints wanted;
    wanted.required = way == 1;
    if (way == 1 && is_numeric(kind)) {
        wanted.min = "-100.5";
        wanted.max = "1e3";
    } else if (way == 1) {
        wanted.max_length = 5;
    } else if (way == 2) {
        wanted.one_of = {"0", "1.50", "-7"};
    } else if (way == 3 && !is_numeric(kind)) {
        wanted.pattern = "(?:[a-z]+-)*[^\\n\\r]?";
    }
    return wanted;
}

// One encoder per kind and way, each with its parameter twice in the payload.
const std::vector<Encoder> &encoders() {
    static const auto &all = *new std::vector<Encoder>([] {
        std::vector<Encoder> made;
        Function function;
        const std::size_t place = 0;
        function.payload = {std::string("{\"a\":"), place, std::string(",\"b\":["), place, std::string("]}")};
        for (int kind = 0; kind <= static_cast<int>(Kind::bytes); ++kind) {
            for (std::size_t way = 0; way < ways; ++way) {
                const Type type{static_cast<Kind>(kind), 20, 4, 10};
                const bool as_string = way == 3 && is_numeric(type.kind);
                function.parameters = {{"v", type, make_constraints(type.kind, way), as_string}};
                made.emplace_back(function);
            }
        }
        return made;
    }());
    return all;
}

// Tells whether a body is JSON as far as nlohmann/json can say: it refuses numbers beyond a double, escaped halves of
// surrogate pairs, and nothing else that is valid.
bool is_json(const std::string &body) {
    try {
        return !Json::parse(body).is_discarded();
    } catch (const Json::out_of_range &) {
        return true;
    } catch (const Json::parse_error &error) {
        return std::string_view(error.what()).find("surrogate") != std::string_view::npos;
    }
}

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void encode(const Encoder &encoder, const Argument &argument) {
    try {
        const std::string body = encoder({argument});
        require(is_utf8(body) && is_json(body));
    } catch (const Failure &failure) {
        require(failure.code == Code::bad_argument && is_utf8(failure.what) && failure.what.size() < 200);
    }
}

}  // namespace

// libFuzzer's entry point: https://llvm.org/docs/LibFuzzer.html#fuzz-target
// The input is the text; its last eight bytes are the number as well.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size) {
    double number = 0;
    if (size >= sizeof number) {
        std::memcpy(&number, data + size - sizeof number, sizeof number);
    }
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    for (const Encoder &encoder : encoders()) {
        encode(encoder, {false, text, number});
    }
    return 0;
}
