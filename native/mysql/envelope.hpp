// Envelope: what stands around the rows of a batch's request.
#pragma once

#include "surroundings.hpp"
#include "table.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace udfgen {

// The envelope of one SQL call: Redshift's object
// (https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-lambda-sql-udf.html), or an array's brackets.
class Envelope {
public:
    // `query` numbers the SQL calls of a session.
    Envelope(const Batch &batch, const Surroundings &around, std::uint64_t query);

    // Returns how many bytes stand around so many rows.
    std::size_t size(std::size_t rows) const;

    // Returns the body for the rows from `start` to before `stop`. In an object it has an id of its own.
    std::string wrap(const std::vector<std::string> &rows, std::size_t start, std::size_t stop) const;

private:
    bool is_object() const { return !middle_.empty(); }

    std::string middle_;  // from behind the request's id to before the number of rows; empty for an array
    std::size_t fixed_;   // the bytes around no rows, without that number
};

}  // namespace udfgen
