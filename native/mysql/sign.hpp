// Signature version 4 of Invoke requests. libcurl can sign too, but 7.88 signs headers that it does not send, and
// encodes the path once where AWS wants it twice: no ARN is accepted.
#pragma once

#include "credentials.hpp"
#include "digest.hpp"
#include "table.hpp"
#include "transport.hpp"
#include "url.hpp"

#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace udfgen {

// Signs requests for one endpoint and region. May be used by many threads at once.
class Signer {
public:
    // Takes the region and the endpoint that all requests go to.
    Signer(std::string region, Url endpoint);

    // Returns the signed request that invokes a function at a Unix time. `context` is the JSON of a client context, or
    // empty. What is signed is the host and every x-amz-* header, nothing that a proxy may change
    // (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
    Request operator()(const Binding &binding, std::string_view body, std::string_view context, const Keys &keys,
                       std::time_t time);

private:
    struct Day;
    std::shared_ptr<const Day> day(const std::string &date, const Keys &keys);

    const std::string region_;
    const Url endpoint_;
    std::mutex mutex_;
    std::shared_ptr<const Day> day_;
};

}  // namespace udfgen
