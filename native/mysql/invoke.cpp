// One call: its size, its deadline, its attempts.
#include "invoke.hpp"

#include "environment.hpp"
#include "failure.hpp"
#include "refusal.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string_view>
#include <utility>

namespace udfgen {

namespace {

constexpr std::size_t max_sync = 6'291'456;
constexpr std::size_t max_async = 1'048'576;

// Regions whose endpoints end otherwise; the first prefix that fits counts
// (https://docs.aws.amazon.com/general/latest/gr/lambda-service.html).
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> suffixes{{{"cn-", "amazonaws.com.cn"},
                                                                                 {"us-isob-", "sc2s.sgov.gov"},
                                                                                 {"us-isof-", "csp.hci.ic.gov"},
                                                                                 {"us-iso-", "c2s.ic.gov"},
                                                                                 {"eu-isoe-", "cloud.adc-e.uk"},
                                                                                 {"eusc-", "amazonaws.eu"},
                                                                                 {"", "amazonaws.com"}}};

// Throws Failure `too_large` for what AWS Lambda would refuse.
void check_size(const Binding &binding, std::size_t size) {
    const std::size_t limit = binding.invoke == Invoke::async ? max_async : max_sync;
    if (size > limit) {
        throw Failure{Code::too_large, "the payload has " + std::to_string(size) + " bytes, AWS Lambda takes " +
                                           std::to_string(limit)};
    }
}

// Returns the seconds to wait before a retry: full jitter over 100 ms, doubled each time
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
double back_off(int attempt) {
    std::random_device random;
    return std::ldexp(0.1 * random() / std::random_device::max(), attempt);
}

// Returns the time to wait before the next attempt, or throws the failure when there is none.
Patience::Clock::duration plan_retry(const Binding &binding, const Failure &failure, int attempt,
                                     const Patience &patience) {
    const double seconds = failure.expired ? 0 : std::max(failure.wait, back_off(attempt));
    const auto wait = std::chrono::duration_cast<Patience::Clock::duration>(std::chrono::duration<double>(seconds));
    const int retries = binding.idempotent ? binding.retries : 0;
    if (!failure.retry || attempt >= retries || wait >= patience.left()) {
        throw failure;
    }
    return wait;
}

std::optional<Url> find_proxy(const Program &program) {
    return program.proxy ? std::optional(parse_url(*program.proxy)) : std::nullopt;
}

std::string find_ca_file(const Program &program) {
    return program.ca_file ? *program.ca_file : environment("AWS_CA_BUNDLE");
}

}  // namespace

std::string find_endpoint(const Program &program) {
    const std::string said = environment("AWS_ENDPOINT_URL_LAMBDA");
    if (!said.empty()) {
        return said;
    }
    const auto *const suffix = std::find_if(suffixes.begin(), suffixes.end(), [&program](const auto &each) {
        return program.region.compare(0, each.first.size(), each.first) == 0;
    });
    return program.endpoint.value_or("https://lambda." + program.region + "." + std::string(suffix->second));
}

Invoker::Invoker(const Program &program, std::chrono::milliseconds rest)
    : signer_(program.region, parse_url(find_endpoint(program))), keeper_(program.credentials, rest),
      transport_(parse_url(find_endpoint(program)), find_proxy(program), find_ca_file(program)) {}

Answer Invoker::operator()(const Binding &binding, const std::string &body, const std::string &context,
                           Patience &patience) {
    check_size(binding, body.size());
    for (int attempt = 0;; ++attempt) {
        Patience::Clock::duration wait{};
        try {
            return attempt_once(binding, body, context, patience);
        } catch (const Failure &failure) {
            wait = plan_retry(binding, failure, attempt, patience);
        }
        patience.enter("waiting to retry");
        patience.sleep(wait);
    }
}

Answer Invoker::attempt_once(const Binding &binding, const std::string &body, const std::string &context,
                             Patience &patience) {
    const auto keys = keeper_.current(patience);
    try {
        const std::string_view shown = binding.client_context ? std::string_view(context) : "";
        const Request request = signer_(binding, body, shown, *keys, std::time(nullptr));
        Reply reply = transport_.exchange(request, patience, binding.connect_timeout);
        require_answer(binding, reply);
        const bool is_silent = reply.body().empty() && binding.invoke != Invoke::sync;
        return {is_silent ? "null" : reply.release_body(), hide(request_id(reply), *keys)};
    } catch (Failure &failure) {
        if (failure.expired) {
            keeper_.drop(keys);
        }
        failure.what = hide(failure.what, *keys);
        failure.request_id = hide(failure.request_id, *keys);
        throw;
    }
}

}  // namespace udfgen
