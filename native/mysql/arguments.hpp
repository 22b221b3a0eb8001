// Arguments: what the server hands over becomes the JSON that AWS Lambda gets.
#pragma once

#include "constraints.hpp"
#include "table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

// An argument as the server has it. real and double come as `number`, all others as `text` in the server's spelling:
// a boolean as an integer, of which 0 is false; time as `12:00:00.000000`; date and time with a blank between; bytes
// as they are; text in UTF-8.
struct Argument {
    bool is_null = true;
    std::string_view text = {};
    double number = 0;
};

// Turns the arguments of one function into the body of its request. Many threads may use one at once.
class Encoder {
public:
    explicit Encoder(const Function &function);

    // Returns the JSON of each argument. Checks parameters in their order, used in the payload or not. Throws Failure
    // `bad_argument` that names the first parameter that fails, and never shows a value.
    std::vector<std::string> texts(const std::vector<Argument> &arguments) const;

    // Returns the body with these texts in its places. Throws the same Failure when what is to be sent is not UTF-8.
    std::string body(const std::vector<std::string> &texts) const;

    // Returns the body of a call.
    std::string operator()(const std::vector<Argument> &arguments) const { return body(texts(arguments)); }

private:
    struct Slot {
        Parameter parameter;
        Limits limits;
    };

    std::vector<Slot> slots_;
    Payload payload_;
};

}  // namespace udfgen
