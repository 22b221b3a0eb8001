// SHA-256 and what is made of it.
#include "digest.hpp"

#include "failure.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace udfgen {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

const EVP_MD *method() {
    // Fetched once and kept: OpenSSL 3 otherwise looks it up for every hash, which takes longer than the hash.
    static const EVP_MD *const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return found;
}

void require(bool works) {
    if (!works) {
        throw Failure{Code::unavailable, "OpenSSL has no SHA-256"};
    }
}

}  // namespace

Digest sha256(std::string_view bytes) {
    Digest digest{};
    require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, method(), nullptr) == 1);
    return digest;
}

Digest hmac(std::string_view key, std::string_view bytes) {
    Digest digest{};
    const auto *data = reinterpret_cast<const unsigned char *>(bytes.data());
    const auto size = static_cast<int>(key.size());
    require(HMAC(method(), key.data(), size, data, bytes.size(), digest.data(), nullptr) != nullptr);
    return digest;
}

std::string to_hex(const Digest &digest) {
    std::string hex;
    hex.reserve(2 * digest.size());
    for (const unsigned char byte : digest) {
        hex += {digits[byte >> 4], digits[byte & 15]};
    }
    return hex;
}

bool is_hash(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace udfgen
