// Unpack: the reply to a batch's request becomes one result per row.
#pragma once

#include "results.hpp"
#include "table.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

using Results = std::vector<std::optional<std::string>>;

// Reads the replies of one batch function. Many threads may use one at once.
class Unpacker {
public:
    explicit Unpacker(const Function &function);

    // Returns the results of `count` rows in the server's spelling, none for void; `number` gives the number of the
    // row of an index, for errors. Throws Failure `bad_response`, or `function_error` where the reply says so.
    Results operator()(std::string_view body, std::size_t count,
                       const std::function<std::size_t(std::size_t index)> &number) const;

private:
    std::optional<std::string> read(std::string_view result) const;
    void read_void(std::string_view body) const;

    const Batch batch_;
    const bool is_void_;
    const Decoder decode_;
};

// Returns results as one JSON array, so that JSON_TABLE reads them without loss: integers and floating point numbers as
// numbers, json as it stands, decimals as strings, because MySQL takes a number with a point for a double; all else as
// strings in the server's spelling, bytes in base64.
std::string write_json(Kind kind, const Results &results);

}  // namespace udfgen
