// Signature version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
#include "sign.hpp"

#include "text.hpp"

#include <map>
#include <utility>

namespace udfgen {

namespace {

// The base64 of a client context may be this long (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
constexpr std::size_t max_context = 3583;

std::string_view view(const Digest &digest) {
    return {reinterpret_cast<const char *>(digest.data()), digest.size()};
}

// Returns a Unix time as `20260102T030405Z`.
std::string show_time(std::time_t time) {
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::string shown;
    const auto append = [&shown](int number, std::size_t width) {
        const std::string digits = std::to_string(number);
        shown.append(width - std::min(width, digits.size()), '0').append(digits);
    };
    append(parts.tm_year + 1900, 4);
    append(parts.tm_mon + 1, 2);
    append(parts.tm_mday, 2);
    shown += 'T';
    append(parts.tm_hour, 2);
    append(parts.tm_min, 2);
    append(parts.tm_sec, 2);
    return shown + 'Z';
}

// Returns each part of a path percent-encoded, its slashes as they are.
std::string encode_path(std::string_view path) {
    std::string encoded;
    while (true) {
        const std::size_t slash = path.find('/');
        encoded += percent_encode(path.substr(0, slash));
        if (slash == std::string_view::npos) {
            return encoded;
        }
        encoded += '/';
        path.remove_prefix(slash + 1);
    }
}

const char *invocation_type(Invoke invoke) {
    return invoke == Invoke::async ? "Event" : "DryRun";
}

// Returns the headers to sign, by lower-case name in the order that signing wants.
std::map<std::string, std::string> signed_headers(const Binding &binding, std::string_view context, const Keys &keys,
                                                  const Url &endpoint, const std::string &time) {
    std::map<std::string, std::string> headers{{"host", endpoint.authority}, {"x-amz-date", time}};
    const bool is_sync = binding.invoke == Invoke::sync;
    if (!is_sync) {
        headers["x-amz-invocation-type"] = invocation_type(binding.invoke);
    }
    if (is_sync && binding.log_tail) {
        headers["x-amz-log-type"] = "Tail";
    }
    const std::string encoded = to_base64(context);
    // A context that is too long would fail the call, for a thing that only informs.
    if (is_sync && !encoded.empty() && encoded.size() <= max_context) {
        headers["x-amz-client-context"] = encoded;
    }
    if (!keys.token.empty()) {
        headers["x-amz-security-token"] = keys.token;
    }
    return headers;
}

}  // namespace

// What stays the same for a day: the scope of the signatures and the key that is made for it.
struct Signer::Day {
    std::string secret_key, scope;
    Digest key;
};

Signer::Signer(std::string region, Url endpoint) : region_(std::move(region)), endpoint_(std::move(endpoint)) {}

std::shared_ptr<const Signer::Day> Signer::day(const std::string &date, const Keys &keys) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (!day_ || day_->scope.compare(0, date.size(), date) != 0 || day_->secret_key != keys.secret_key) {
        Digest key = hmac("AWS4" + keys.secret_key, date);
        for (const std::string_view part : {std::string_view(region_), std::string_view("lambda"),
                                            std::string_view("aws4_request")}) {
            key = hmac(view(key), part);
        }
        day_ = std::make_shared<const Day>(Day{keys.secret_key, date + "/" + region_ + "/lambda/aws4_request", key});
    }
    return day_;
}

Request Signer::operator()(const Binding &binding, std::string_view body, std::string_view context, const Keys &keys,
                           std::time_t time) {
    const std::string moment = show_time(time);
    const std::shared_ptr<const Day> today = day(moment.substr(0, 8), keys);
    const std::string base = endpoint_.path.substr(0, endpoint_.path.find_last_not_of('/') + 1);
    const std::string path = base + "/2015-03-31/functions/" + percent_encode(binding.target) + "/invocations";
    const std::string query = binding.qualifier ? "Qualifier=" + percent_encode(*binding.qualifier) : "";
    // Every service but S3 wants the path encoded once more than it is sent.
    std::string canonical = "POST\n" + encode_path(path) + "\n" + query + "\n", names;
    Request request{"POST", query.empty() ? path : path + "?" + query, {}, body};
    for (const auto &[name, value] : signed_headers(binding, context, keys, endpoint_, moment)) {
        canonical.append(name).append(":").append(value).append("\n");
        names += names.empty() ? name : ";" + name;
        request.headers.push_back(name + ": " + value);
    }
    canonical += "\n" + names + "\n" + to_hex(sha256(body));
    const std::string to_sign =
        "AWS4-HMAC-SHA256\n" + moment + "\n" + today->scope + "\n" + to_hex(sha256(canonical));
    request.headers.push_back("content-type: application/json");
    request.headers.push_back("authorization: AWS4-HMAC-SHA256 Credential=" + keys.access_key + "/" + today->scope +
                              ", SignedHeaders=" + names + ", Signature=" + to_hex(hmac(view(today->key), to_sign)));
    return request;
}

}  // namespace udfgen
