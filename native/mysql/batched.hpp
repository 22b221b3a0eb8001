// Batched: one batch function of the spec, from the switch and the rows to a result for each of them.
#pragma once

#include "arguments.hpp"
#include "rows.hpp"
#include "surroundings.hpp"
#include "table.hpp"
#include "unpack.hpp"

#include <string>

namespace udfgen {

// A batch function, ready to run; shared by all threads.
class Batched {
public:
    explicit Batched(Function read);

    // Returns one result per row, in their order, none for void. Throws Failed, or Interrupted within 100 ms after the
    // statement was killed. Calls already made are not undone.
    Results operator()(Rows &rows, const Surroundings &around) const;

    const Function &function() const { return function_; }

private:
    const Function function_;
    const Encoder encode_;
    const Unpacker unpack_;
};

}  // namespace udfgen
