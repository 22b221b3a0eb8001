// Replies: read as strictly as PostgreSQL's core reads them, where libcurl would be lenient.
#include "reply.hpp"

#include "ascii.hpp"
#include "failure.hpp"
#include "text.hpp"

#include <algorithm>

namespace udfgen {

namespace {

constexpr std::size_t max_head = 64 * 1024;
constexpr std::size_t max_body = 16 * 1024 * 1024;
constexpr int max_interim = 16;

Failure malformed(const std::string &what) {
    return {Code::bad_response, "the reply " + what, "", true};
}

Failure too_long() {
    return malformed("has more than " + std::to_string(max_body) + " bytes");
}

// Tells whether a character may stand in a header's name: https://www.rfc-editor.org/rfc/rfc9110#name-tokens
bool is_token_character(char character) {
    return is_alphanumeric(character) || std::string_view("!#$%&'*+-.^_`|~").find(character) != std::string_view::npos;
}

// Returns text with every byte taken for a code point, which is how HTTP's headers were once defined.
std::string from_latin1(std::string_view text) {
    std::string utf8;
    for (const char character : text) {
        append_code_point(utf8, static_cast<unsigned char>(character));
    }
    return utf8;
}

}  // namespace

void Reply::take_line(std::string_view line) {
    head_size_ += line.size();
    if (head_size_ > max_head) {
        throw malformed("has too long a head");
    }
    if (has_head()) {
        return;
    }
    if (line.size() >= 2 && line.substr(line.size() - 2) == "\r\n") {
        line.remove_suffix(2);
    }
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
        throw malformed("has a malformed header");
    }
    if (status_ == 0 || has_head_) {
        take_status(line);
    } else if (line.empty()) {
        has_head_ = true;
    } else {
        take_header(line);
    }
}

void Reply::take_status(std::string_view line) {
    const std::string_view version = line.substr(0, 9), rest = line.substr(std::min<std::size_t>(9, line.size()));
    const std::string_view digits = rest.substr(0, rest.find(' '));
    if ((version != "HTTP/1.1 " && version != "HTTP/1.0 ") || digits.size() != 3 || !is_all(digits, is_digit) ||
        digits[0] == '0') {
        throw malformed("has no valid status line");
    }
    is_old_ = version == "HTTP/1.0 ";
    status_ = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    if (status_ == 101) {
        throw malformed("switches to another protocol");
    }
    if (status_ < 200 && ++interim_ > max_interim) {
        throw malformed("has too many interim replies");
    }
    headers_.clear();
    has_head_ = false;
}

void Reply::take_header(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_all(line.substr(0, colon), is_token_character)) {
        throw malformed("has a malformed header");
    }
    const std::string name = to_lower(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    const auto [found, is_new] = headers_.emplace(name, value);
    if (!is_new) {
        found->second.append(", ").append(value);
    }
    check_framing(name, found->second);
}

void Reply::check_framing(const std::string &name, std::string_view value) {
    // libcurl undoes codings that nobody asked for, and ends a body with a bad length at the end of the stream.
    const bool has_chunks = to_lower(value) == "chunked" && !has("content-length") && !is_old_ && !has_no_body();
    if (name == "transfer-encoding" && !has_chunks) {
        throw malformed("has a transfer coding that is not understood");
    }
    if (name != "content-length") {
        return;
    }
    if (has("transfer-encoding")) {
        throw malformed("has a transfer coding that is not understood");
    }
    if (has_no_body()) {
        return;
    }
    if (!is_all(value, is_digit) || value.size() > 19) {
        throw malformed("has a malformed length");
    }
    if (value.size() > 9 || std::stoul(std::string(value)) > max_body) {
        throw too_long();
    }
}

void Reply::take_body(std::string_view piece) {
    if (body_.size() + piece.size() > max_body) {
        throw too_long();
    }
    body_ += piece;
}

bool Reply::has_length() const {
    return has("content-length") || has("transfer-encoding") || has_no_body();
}

// Tells whether no body follows, whatever the headers say of one.
bool Reply::has_no_body() const {
    return status_ == 204 || status_ == 304;
}

std::string Reply::header(const std::string &name) const {
    const auto found = headers_.find(name);
    return found == headers_.end() ? std::string() : from_latin1(found->second);
}

}  // namespace udfgen
