// An http or https URL in its parts.
#pragma once

#include <string>
#include <string_view>

namespace udfgen {

// Where to connect and what to ask for. Immutable by use: made once from text, then only read.
struct Url {
    std::string scheme;     // http or https
    std::string host;       // for the socket and the certificate: no brackets around an address of version 6
    std::string authority;  // for the Host header: with brackets, and the port unless it is the scheme's own
    std::string path;       // as it stands, from the first slash; empty without one
};

// Returns the parts of a URL. Throws Failure `unavailable` unless it looks like https://host:port/path, without user,
// query or fragment; the text is never shown, because what people put before an @ is a password.
Url parse_url(std::string_view text);

// Returns text with all but the unreserved characters percent-encoded, as signature version 4 wants it
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
std::string percent_encode(std::string_view text);

}  // namespace udfgen
