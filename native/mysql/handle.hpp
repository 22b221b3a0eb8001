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
#include <utility>
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

    // Begins to send a request, once; its body must stay until the exchange is over.
    void begin(const Request &request, const Patience &patience, std::chrono::milliseconds connect_timeout);

    // Does what can be done without waiting; tells whether the reply is there. Throws what Exchange says.
    bool advance(Patience &patience);

    // Gives away the reply.
    Reply take() { return std::move(reply_); }

    // Ends an exchange, wherever it is. The connection of one that has not come to its end is closed.
    void end();

    // Says what the exchange waits for.
    void watch(Waiting &waiting) const;

    // Tells whether nobody used the handle for so long that its connection is not to be used again.
    bool has_expired() const;

private:
    using Lines = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

    static Lines make_lines(const std::vector<std::string> &headers);
    static std::size_t on_line(char *data, std::size_t size, std::size_t count, void *handle) noexcept;
    static std::size_t on_body(char *data, std::size_t size, std::size_t count, void *handle) noexcept;
    static curl_socket_t on_open(void *handle, curlsocktype purpose, curl_sockaddr *address) noexcept;
    static int on_request(void *handle, char *to, char *from, int to_port, int from_port) noexcept;
    static int on_watch(CURL *easy, curl_socket_t socket, int what, void *handle, void *) noexcept;

    template <typename Value>
    void set(CURLoption option, Value value);
    template <typename Value>
    Value get(CURLINFO info) const;

    void configure();
    void prepare(const Request &request, const Patience &patience);
    bool work();
    CURLcode read_result() const;
    void note_connection();
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

    Lines lines_{nullptr, curl_slist_free_all};
    bool is_under_way_ = false;
    std::vector<pollfd> watched_;  // the sockets that libcurl waits for
    Reply reply_;
    std::exception_ptr problem_;  // what a callback threw: no exception may pass through libcurl
    bool may_open_ = true, is_sent_ = false;
    std::chrono::milliseconds connect_timeout_{};
};

}  // namespace udfgen
