// SHA-256 in hexadecimal digits.
#include "digest.hpp"

#include "failure.hpp"

#include <array>
#include <openssl/evp.h>

namespace udfgen {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

std::string hash(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw Failure{Code::unavailable, "OpenSSL has no SHA-256"};
    }
    std::string text;
    for (const unsigned char byte : digest) {
        text += {digits[byte >> 4], digits[byte & 15]};
    }
    return text;
}

bool is_hash(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace udfgen
