// Envelopes, and the ids of requests.
#include "envelope.hpp"

#include "failure.hpp"
#include "json.hpp"

#include <openssl/rand.h>

#include <array>
#include <string_view>

namespace udfgen {

namespace {

constexpr std::string_view opening = R"({"request_id":")", rows_follow = R"(,"arguments":[)", closing = "]}";

// Returns a random UUID of version 4: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4
std::string new_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw Failure{Code::unavailable, "OpenSSL gives no random bytes"};
    }
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
    std::string id;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        id += at == 4 || at == 6 || at == 8 || at == 10 ? "-" : "";
        (id += digits[bytes[at] >> 4]) += digits[bytes[at] & 0xF];
    }
    return id;
}

void append_member(std::string &out, std::string_view name, std::string_view value) {
    ((out += ",\"") += name) += "\":";
    append_quoted(out, value);
}

// Returns the members that stay the same for all requests of a SQL call.
std::string write_middle(const Batch &batch, const Surroundings &around, std::uint64_t query) {
    std::string middle = "\"";
    append_member(middle, "cluster", std::string_view(batch.function).substr(0, batch.function.find('.')));
    if (batch.tells_caller) {
        append_member(middle, "user", around.user);
        append_member(middle, "database", around.database);
    }
    append_member(middle, "external_function", batch.function);
    return middle + ",\"query_id\":" + std::to_string(query) + ",\"num_records\":";
}

}  // namespace

Envelope::Envelope(const Batch &batch, const Surroundings &around, std::uint64_t query)
    : middle_(batch.wire == Wire::redshift ? write_middle(batch, around, query) : std::string()),
      fixed_(wrap({}, 0, 0).size() - (is_object() ? 1 : 0)) {}

std::size_t Envelope::size(std::size_t rows) const {
    return is_object() ? fixed_ + std::to_string(rows).size() : fixed_;
}

std::string Envelope::wrap(const std::vector<std::string> &rows, std::size_t start, std::size_t stop) const {
    std::string body;
    if (is_object()) {
        (((body += opening) += new_id()) += middle_) += std::to_string(stop - start);
        body += rows_follow;
    } else {
        body += '[';
    }
    for (std::size_t at = start; at < stop; ++at) {
        body += at == start ? "" : ",";
        body += rows[at];
    }
    return body += is_object() ? closing : "]";
}

}  // namespace udfgen
