// Invoke: one call of AWS Lambda, from a payload to the body of the reply
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
#pragma once

#include "credentials.hpp"
#include "patience.hpp"
#include "sign.hpp"
#include "table.hpp"
#include "transport.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace udfgen {

// What a function returned: JSON, `null` where AWS sends no body (async and dry_run), AWS's id of the request, and the
// keys that it was signed with.
struct Answer {
    std::string body, request_id;
    std::shared_ptr<const Keys> keys;

    // Puts the id of the request into a failure to read the body, and takes the keys out of its texts.
    void blame(Failure &failure) const;
};

// Returns the URL of the Lambda endpoint: from the server's environment, the spec, or the region.
std::string find_endpoint(const Program &program);

class Flight;

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
    friend class Flight;

    Signer signer_;
    Keeper keeper_;
    Transport transport_;
};

// One call under way, beside which a thread may have others: its attempts, and the waits between them. What it is made
// of must outlive it; `context` is sent when the binding has one.
class Flight {
public:
    // Throws Failure `too_large` for what AWS Lambda would refuse.
    Flight(Invoker &invoker, const Binding &binding, const std::string &body, const std::string &context,
           Patience &patience);

    // Does what can be done without waiting, but for a search of credentials; tells whether the answer is there. Throws
    // what Invoker says.
    bool advance();

    // Gives away the answer.
    Answer take() { return std::move(answer_); }

    // Says what it waits for.
    void watch(Waiting &waiting) const;

private:
    void begin();
    bool proceed();
    void redact(Failure &failure) const;
    void retreat(const Failure &failure);

    Invoker &invoker_;
    const Binding &binding_;
    const std::string &body_, &context_;
    Patience &patience_;
    int attempt_ = 0;
    Patience::Clock::time_point resume_;  // when the next attempt begins
    std::shared_ptr<const Keys> keys_;    // of the attempt under way
    std::optional<Exchange> exchange_;
    Answer answer_;
};

}  // namespace udfgen
