// SHA-256 by OpenSSL (https://docs.openssl.org/3.0/man3/EVP_DigestInit/).
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace udfgen {

// A SHA-256, 32 bytes.
using Digest = std::array<unsigned char, 32>;

// Returns the SHA-256 of bytes, or with a key their HMAC. Both throw Failure `unavailable` when OpenSSL has none.
Digest sha256(std::string_view bytes);
Digest hmac(std::string_view key, std::string_view bytes);

// Returns a digest in 64 hexadecimal digits.
std::string to_hex(const Digest &digest);

// Tells whether text is what `to_hex` may return.
bool is_hash(std::string_view text);

}  // namespace udfgen
