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

    // Returns the body. Checks parameters in their order, used in the payload or not, and last that the text to be sent
    // is UTF-8. Throws Failure `bad_argument` that names the first parameter that fails, and never shows a value.
    std::string operator()(const std::vector<Argument> &arguments) const;

private:
    struct Slot {
        Parameter parameter;
        Limits limits;
    };

    std::vector<Slot> slots_;
    Payload payload_;
};

}  // namespace udfgen
