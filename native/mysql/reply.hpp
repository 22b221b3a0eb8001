// Reply: an HTTP reply as it comes in.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace udfgen {

// An HTTP reply, filled line by line and piece by piece with what libcurl reads.
class Reply {
public:
    // Takes a line of the header block with its end. A new status line drops what came before, an interim reply; lines
    // after the block, the trailers of a chunked body, are ignored. Throws Failure `bad_response` when it is malformed.
    void take_line(std::string_view line);

    // Takes a piece of the body. Throws Failure `bad_response` when there is more of it than Lambda ever sends.
    void take_body(std::string_view piece);

    // Tells whether anything has come.
    bool has_begun() const { return status_ != 0; }

    // Tells whether the header block of a final reply has come to its end; how much body belongs to it, libcurl knows.
    bool has_head() const { return has_head_ && status_ >= 200; }

    // Tells whether the reply says where its body ends, and does not leave that to the end of the connection
    // (https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
    bool has_length() const;

    int status() const { return status_; }
    const std::string &body() const { return body_; }

    // Returns a header by its lower-case name, in UTF-8; empty where there is none. Several are joined by commas.
    std::string header(const std::string &name) const;

    // Tells whether a header is there, empty or not.
    bool has(const std::string &name) const { return headers_.count(name) != 0; }

    // Gives away the body.
    std::string release_body() { return std::move(body_); }

private:
    bool has_no_body() const;
    void take_status(std::string_view line);
    void take_header(std::string_view line);
    void check_framing(const std::string &name, std::string_view value);

    int status_ = 0, interim_ = 0;
    bool has_head_ = false, is_old_ = false;
    std::size_t head_size_ = 0;
    std::map<std::string, std::string> headers_;
    std::string body_;
};

}  // namespace udfgen
