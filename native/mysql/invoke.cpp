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

// Takes keys out of the texts of a failure.
void strip(Failure &failure, const Keys &keys) {
    failure.what = hide(failure.what, keys);
    failure.request_id = hide(failure.request_id, keys);
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

void Answer::blame(Failure &failure) const {
    failure.request_id = request_id;
    strip(failure, *keys);
}

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
    Flight flight(*this, binding, body, context, patience);
    while (!flight.advance()) {
        Waiting waiting;
        flight.watch(waiting);
        waiting.wait();
    }
    return flight.take();
}

Flight::Flight(Invoker &invoker, const Binding &binding, const std::string &body, const std::string &context,
               Patience &patience)
    : invoker_(invoker), binding_(binding), body_(body), context_(context), patience_(patience),
      resume_(Patience::Clock::now()) {
    check_size(binding, body.size());
}

bool Flight::advance() {
    try {
        if (!exchange_ && Patience::Clock::now() >= resume_) {
            begin();
        }
        if (exchange_) {
            return proceed();
        }
        patience_.check();
    } catch (Failure &failure) {
        redact(failure);
        retreat(failure);
    }
    return false;
}

void Flight::watch(Waiting &waiting) const {
    if (exchange_) {
        exchange_->watch(waiting);
    } else {
        waiting.until(std::min(resume_, Patience::Clock::now() + patience_.slice()));
    }
}

void Flight::begin() {
    keys_ = invoker_.keeper_.current(patience_);
    const std::string_view shown = binding_.client_context ? std::string_view(context_) : "";
    const Request request = invoker_.signer_(binding_, body_, shown, *keys_, std::time(nullptr));
    exchange_.emplace(invoker_.transport_, request, patience_, binding_.connect_timeout);
}

bool Flight::proceed() {
    if (!exchange_->advance()) {
        return false;
    }
    Reply reply = exchange_->take();
    exchange_.reset();
    require_answer(binding_, reply);
    const bool is_silent = reply.body().empty() && binding_.invoke != Invoke::sync;
    answer_ = {is_silent ? "null" : reply.release_body(), request_id(reply), keys_};
    return true;
}

// Takes the credentials in use out of a failure.
void Flight::redact(Failure &failure) const {
    if (keys_) {
        strip(failure, *keys_);
    }
}

// Plans the next attempt, or throws the failure when there is none.
void Flight::retreat(const Failure &failure) {
    exchange_.reset();
    if (failure.expired && keys_) {
        invoker_.keeper_.drop(keys_);
    }
    resume_ = Patience::Clock::now() + plan_retry(binding_, failure, attempt_, patience_);
    ++attempt_;
    keys_.reset();
    patience_.enter("waiting to retry");
}

}  // namespace udfgen
