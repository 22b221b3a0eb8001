// Handle: libcurl (https://curl.se/libcurl/c/) with the one connection that it keeps.
#pragma once

#include "failure.hpp"
#include "patience.hpp"
#include "reply.hpp"
#include "transport.hpp"
#include "url.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace udfgen {

// A libcurl handle, its connection, and the state of the exchange in progress. For one thread at a time.
class Handle {
public:
    // Takes where to connect, all of which must outlive this. Throws Failure `unavailable` when libcurl cannot start.
    Handle(const Url &origin, const std::optional<Url> &proxy, const std::string &ca_file);
    ~Handle();
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;

    // Sends a request, once, and returns its reply. Throws what Transport::exchange says.
    Reply exchange(const Request &request, Patience &patience, std::chrono::milliseconds connect_timeout);

    // Tells whether nobody used the handle for so long that its connection is not to be used again.
    bool has_expired() const;

private:
    using Lines = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

    static Lines make_lines(const std::vector<std::string> &headers);
    static std::size_t on_line(char *data, std::size_t size, std::size_t count, void *handle) noexcept;
    static std::size_t on_body(char *data, std::size_t size, std::size_t count, void *handle) noexcept;
    static curl_socket_t on_open(void *handle, curlsocktype purpose, curl_sockaddr *address) noexcept;
    static int on_request(void *handle, char *to, char *from, int to_port, int from_port) noexcept;

    template <typename Value>
    void set(CURLoption option, Value value);
    template <typename Value>
    Value get(CURLINFO info) const;

    void configure();
    void prepare(const Request &request, const Lines &lines, const Patience &patience);
    CURLcode wait(Patience &patience);
    void note_tls();
    bool has_left_over() const;
    bool has_sent() const;
    void require_reply(CURLcode code) const;
    Failure refuse_silence(CURLcode code) const;
    Failure refuse_connection(CURLcode code) const;
    Failure refuse_tls(CURLcode code) const;

    const Url &origin_;
    const std::optional<Url> &proxy_;
    const std::string &ca_file_;
    CURL *easy_ = nullptr;
    CURLM *multi_ = nullptr;
    curl_socket_t socket_ = CURL_SOCKET_BAD;  // of the connection that the last exchange left open
    SSL *tls_ = nullptr;                      // of that connection, as long as it is open; null without TLS
    Patience::Clock::time_point used_;
    std::array<char, CURL_ERROR_SIZE> error_{};

    Reply reply_;
    std::exception_ptr problem_;  // what a callback threw: no exception may pass through libcurl
    bool may_open_ = true, is_sent_ = false;
    std::chrono::milliseconds connect_timeout_{};
};

}  // namespace udfgen
