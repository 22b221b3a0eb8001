// The probe: what an installer cannot see from outside, told by the process that makes the calls.
#pragma once

#include "invoke.hpp"
#include "table.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

// Answers `endpoint` with the URL of AWS Lambda, and `checks` with a JSON array of checks: [what, whether it is fine,
// what was found, advice]. Asks for credentials, and by DryRun for each binding whether it may be called, which runs
// nothing. Throws Failure `bad_argument` when asked for anything else, or Interrupted.
std::string probe(std::string_view what, const Program &program, const std::vector<Binding> &bindings, Invoker &invoke,
                  const std::function<bool()> &is_killed);

}  // namespace udfgen
