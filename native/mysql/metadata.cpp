// Metadata services, asked without a proxy and with little patience.
#include "metadata.hpp"

#include "ascii.hpp"
#include "environment.hpp"
#include "failure.hpp"
#include "refusal.hpp"
#include "text.hpp"
#include "transport.hpp"
#include "url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

namespace {

using Seconds = std::chrono::duration<double>;

Failure refuse(const std::string &what) {
    return {Code::not_authorized, what};
}

bool is_role_character(char character) {
    return is_alphanumeric(character) || std::string_view("+=,.@_-").find(character) != std::string_view::npos;
}

// Returns the digits of `text` at some place as a number, or -1 where there are none.
int read_digits(std::string_view text, std::size_t at, std::size_t count) {
    const std::string_view digits = text.size() < at + count ? "" : text.substr(at, count);
    int number = -1;
    if (is_all(digits, is_digit)) {
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    }
    return number;
}

// Returns the Unix time of `2026-01-02T03:04:05Z`. What follows the seconds is not looked at: AWS writes UTC.
std::time_t read_time(const std::string &text) {
    std::tm parts{};
    parts.tm_year = read_digits(text, 0, 4) - 1900;
    parts.tm_mon = read_digits(text, 5, 2) - 1;
    parts.tm_mday = read_digits(text, 8, 2);
    parts.tm_hour = read_digits(text, 11, 2);
    parts.tm_min = read_digits(text, 14, 2);
    parts.tm_sec = read_digits(text, 17, 2);
    const auto is_within = [](int number, int low, int high) { return number >= low && number <= high; };
    const bool is_time = is_within(parts.tm_year, -1899, 8099) && is_within(parts.tm_mon, 0, 11) &&
                         is_within(parts.tm_mday, 1, 31) && is_within(parts.tm_hour, 0, 23) &&
                         is_within(parts.tm_min, 0, 59) && is_within(parts.tm_sec, 0, 59);
    const bool is_shaped = is_time && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
                           text[16] == ':';
    const int day = parts.tm_mday;
    const std::time_t time = timegm(&parts);
    // timegm makes the 30th of February another day.
    if (!is_shaped || parts.tm_mday != day) {
        throw refuse("they have no valid expiry");
    }
    return time;
}

// Returns a number from the environment that is at least 1, or 1.
double read_positive(const char *name) {
    const std::string text = environment(name);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size() && is_digit(text[0]);
    return is_number && number < 10'000 ? std::max(1.0, number) : 1.0;
}

// Returns the reply of a metadata service. Throws Failure `not_authorized` when it does not answer within `time`.
Reply fetch(const std::string &address, Patience &patience, Seconds time, const char *method,
            std::vector<std::string> headers) {
    const Url place = parse_url(address);
    const Failure silent = refuse(place.authority + " does not answer");
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(time);
    headers.push_back("host: " + place.authority);
    Transport transport(place, std::nullopt, environment("AWS_CA_BUNDLE"));
    Patience narrow = patience.narrow(limit, silent);
    try {
        return transport.exchange({method, place.path.empty() ? "/" : place.path, headers, ""}, narrow, limit);
    } catch (const Failure &failure) {
        throw failure.code == Code::timeout ? failure : silent;
    }
}

// Returns the credentials in a metadata service's reply, which may be an error with status 200.
Keys read_keys(const std::string &source, const Reply &reply) {
    const auto read = [&reply](const char *member) { return read_text(reply.body(), member); };
    const std::string access_key = read("AccessKeyId"), secret_key = read("SecretAccessKey"), token = read("Token"),
                      expiration = read("Expiration");
    if (reply.status() != 200 || access_key.empty() || secret_key.empty() || token.empty() || expiration.empty()) {
        throw refuse(source + " answered HTTP " + std::to_string(reply.status()) + " without credentials");
    }
    return make_keys({source, access_key, secret_key, token, read_time(expiration)});
}

// Tells whether a host is one of those that may get the container's token over plain http: this machine, or the
// addresses of Amazon's agents.
bool is_trusted(const std::string &host) {
    static constexpr std::array<std::string_view, 5> named{"localhost", "::1", "169.254.170.2", "169.254.170.23",
                                                           "fd00:ec2::23"};
    const bool is_loopback = host.rfind("127.", 0) == 0 && std::count(host.begin(), host.end(), '.') == 3 &&
                             host.back() != '.' && host.find("..") == std::string::npos &&
                             std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || is_digit(c); });
    return is_loopback || std::find(named.begin(), named.end(), host) != named.end();
}

// Returns the token for the container's credentials; the file counts before the variable.
std::string container_token() {
    std::string token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    const std::string path = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (!path.empty()) {
        const auto text = read_file(path);
        if (!text) {
            throw refuse("cannot read the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        }
        token = *text;
    }
    if (!std::all_of(token.begin(), token.end(), [](char c) { return c == ' ' || is_visible(c); })) {
        throw refuse("the container's authorization token holds a line break");
    }
    return token;
}

std::string imds_base() {
    const bool is_six = to_lower(environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")) == "ipv6";
    std::string base = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (base.empty()) {
        return is_six ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
    }
    base.resize(base.find_last_not_of('/') + 1);
    return base;
}

std::string fetch_token(const std::string &base, Patience &patience, Seconds time) {
    Reply reply = fetch(base + "/latest/api/token", patience, time, "PUT",
                        {"x-aws-ec2-metadata-token-ttl-seconds: 21600"});
    if (reply.status() != 200 || !is_all(reply.body(), is_visible)) {
        throw refuse("imds answered HTTP " + std::to_string(reply.status()) + " without a token");
    }
    return reply.release_body();
}

std::string fetch_role(const std::string &address, Patience &patience, Seconds time, const std::string &token_line) {
    const Reply reply = fetch(address, patience, time, "GET", {token_line});
    const std::string_view roles = trim(reply.body());
    const std::string_view role = roles.substr(0, roles.find_first_of(" \t\r\n"));
    if (reply.status() != 200 || !is_all(role, is_role_character)) {
        throw refuse("the instance has no role");
    }
    return std::string(role);
}

Keys ask_imds(const std::string &base, Patience &patience, Seconds time) {
    const std::string token_line = "x-aws-ec2-metadata-token: " + fetch_token(base, patience, time);
    const std::string roles = base + "/latest/meta-data/iam/security-credentials/";
    const std::string role = fetch_role(roles, patience, time, token_line);
    return read_keys("imds", fetch(roles + role, patience, time, "GET", {token_line}));
}

}  // namespace

std::optional<Keys> find_in_container(Patience &patience) {
    const std::string relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative.empty() && relative[0] != '/') {
        throw refuse("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash");
    }
    if (relative.empty() && full.empty()) {
        return std::nullopt;
    }
    const std::string address = relative.empty() ? full : "http://169.254.170.2" + relative;
    const Url place = parse_url(address);
    if (place.scheme == "http" && !is_trusted(place.host)) {
        throw refuse("AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or a host that AWS names");
    }
    const std::string token = container_token();
    const auto headers = token.empty() ? std::vector<std::string>() : std::vector{"authorization: " + token};
    return read_keys("container", fetch(address, patience, Seconds(2), "GET", headers));
}

std::optional<Keys> find_in_imds(Patience &patience) {
    if (to_lower(environment("AWS_EC2_METADATA_DISABLED")) == "true") {
        return std::nullopt;
    }
    const std::string base = imds_base();
    const Seconds time(read_positive("AWS_METADATA_SERVICE_TIMEOUT"));
    for (int left = static_cast<int>(read_positive("AWS_METADATA_SERVICE_NUM_ATTEMPTS")); true; --left) {
        try {
            return ask_imds(base, patience, time);
        } catch (const Failure &failure) {
            if (failure.code != Code::not_authorized || left <= 1) {
                throw;
            }
        }
    }
}

}  // namespace udfgen
