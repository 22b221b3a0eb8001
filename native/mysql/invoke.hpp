// Invoke: one call of AWS Lambda, from a payload to the body of the reply
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
#pragma once

#include "credentials.hpp"
#include "patience.hpp"
#include "sign.hpp"
#include "table.hpp"
#include "transport.hpp"

#include <chrono>
#include <string>

namespace udfgen {

// What a function returned: JSON, `null` where AWS sends no body (async and dry_run), and AWS's id of the request.
struct Answer {
    std::string body, request_id;
};

// Returns the URL of the Lambda endpoint: from the server's environment, the spec, or the region.
std::string find_endpoint(const Program &program);

// Invokes the functions of one spec. One per process: it holds the credentials and the open connections.
class Invoker {
public:
    // Reads the addresses; a search for credentials is not repeated for `rest`. Throws Failure `unavailable` when an
    // address is no http or https URL.
    explicit Invoker(const Program &program, std::chrono::milliseconds rest = std::chrono::seconds(5));

    // Calls a function, with the retries that an idempotent binding allows, as long as the patience lasts. May be called
    // by many threads at once. `context` is the JSON of a client context, sent when the binding has one. Throws
    // Failure, its texts free of credentials, or Interrupted within 100 ms after the statement was killed.
    Answer operator()(const Binding &binding, const std::string &body, const std::string &context, Patience &patience);

private:
    Answer attempt_once(const Binding &binding, const std::string &body, const std::string &context,
                        Patience &patience);

    Signer signer_;
    Keeper keeper_;
    Transport transport_;
};

}  // namespace udfgen
