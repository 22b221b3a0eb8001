// SHA-256 by OpenSSL (https://docs.openssl.org/3.0/man3/EVP_DigestInit/).
#pragma once

#include <string>
#include <string_view>

namespace udfgen {

// Returns the SHA-256 of bytes in 64 hexadecimal digits. Throws Failure `unavailable` when OpenSSL has none.
std::string hash(std::string_view bytes);

// Tells whether text is what `hash` may return.
bool is_hash(std::string_view text);

}  // namespace udfgen
