// URLs: taken apart by hand, so that what is signed, what is sent and what is shown are the same.
#include "url.hpp"

#include "ascii.hpp"
#include "failure.hpp"

#include <algorithm>

namespace udfgen {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

constexpr int highest_port = 65'535;

// Returns a port of up to five digits without leading zeros, or nothing for text that is none.
std::string read_port(std::string_view text) {
    const std::size_t first = std::min(text.find_first_not_of('0'), text.size());
    const std::string port = text.size() <= 5 && is_all(text, is_digit) ? std::string(text.substr(first)) : "";
    return port.empty() || std::stoi(port) > highest_port ? "" : port;
}

// The host of an authority without the brackets of an address, and what follows the colon behind it.
struct Place {
    std::string_view host, port;
    bool has_port = false;
};

Place split_authority(std::string_view authority) {
    const bool is_bracketed = !authority.empty() && authority.front() == '[';
    const std::size_t end = is_bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
    if (end == std::string_view::npos) {
        return {};
    }
    const std::size_t bracket = is_bracketed ? 1 : 0;
    const std::string_view rest = authority.substr(end + bracket);
    const bool has_port = !rest.empty() && rest.front() == ':';
    return {authority.substr(bracket, end - bracket), rest.substr(has_port ? 1 : 0), has_port};
}

}  // namespace

Url parse_url(std::string_view text) {
    const std::size_t colon = std::min(text.find("://"), text.size());
    const std::string_view scheme = text.substr(0, colon), rest = text.substr(std::min(colon + 3, text.size()));
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view authority = rest.substr(0, slash);
    const Place place = split_authority(authority);
    const std::string standard = scheme == "http" ? "80" : scheme == "https" ? "443" : "";
    const std::string port = place.has_port ? read_port(place.port) : standard;
    const bool is_odd = !is_all(text, is_visible) || text.find_first_of("?#") != std::string_view::npos ||
                        authority.find('@') != std::string_view::npos || (!place.has_port && !place.port.empty());
    if (is_odd || standard.empty() || place.host.empty() || port.empty()) {
        throw Failure{Code::unavailable,
                      "an address must look like https://host:port, without user, query or fragment"};
    }
    const std::string host(place.host);
    const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return {std::string(scheme), host, port == standard ? shown : shown + ":" + port, std::string(rest.substr(slash))};
}

std::string percent_encode(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size() + 16);
    for (const char character : text) {
        if (is_alphanumeric(character) || std::string_view("-._~").find(character) != std::string_view::npos) {
            encoded += character;
        } else {
            const auto byte = static_cast<unsigned char>(character);
            encoded += {'%', hex_digits[byte >> 4], hex_digits[byte & 15]};
        }
    }
    return encoded;
}

}  // namespace udfgen
