// Transport: one request, one reply, over a connection that is kept. libcurl speaks HTTP.
#pragma once

#include "patience.hpp"
#include "reply.hpp"
#include "url.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

class Handle;

// A request: `target` is path and query as they are sent, `headers` are lines without their end. A host header is among
// them; the length comes from the body, which must outlive the exchange.
struct Request {
    std::string method, target;
    std::vector<std::string> headers;
    std::string_view body;
};

// Sends requests to one origin, perhaps through a proxy, over connections that all threads share.
class Transport {
public:
    // Takes the origin, the proxy if there is one, and the file of the certificates to trust, empty for the system's.
    // Proxies of the environment are never used.
    explicit Transport(Url origin, std::optional<Url> proxy = std::nullopt, std::string ca_file = "");
    ~Transport();

    // Sends one request, once, waits for its reply and returns it. Throws what Exchange says.
    Reply exchange(const Request &request, Patience &patience, std::chrono::milliseconds connect_timeout);

private:
    friend class Exchange;

    std::unique_ptr<Handle> take();
    void give_back(std::unique_ptr<Handle> handle);

    const Url origin_;
    const std::optional<Url> proxy_;
    const std::string ca_file_;
    std::mutex mutex_;
    std::deque<std::unique_ptr<Handle>> idle_;  // the one used last is at the back, and taken first
};

// One request, sent once, and its reply: begun when it is made, given up when it is destroyed before its end.
class Exchange {
public:
    // The transport, the body of the request and the patience must outlive this.
    Exchange(Transport &transport, const Request &request, Patience &patience,
             std::chrono::milliseconds connect_timeout);
    ~Exchange();
    Exchange(const Exchange &) = delete;
    Exchange &operator=(const Exchange &) = delete;

    // Does what can be done without waiting; tells whether the reply is there. Throws Failure: `unavailable` when
    // nothing came back, `bad_response` when the reply is cut or malformed, what patience says when it is over; or
    // Interrupted.
    bool advance();

    // Gives away the reply.
    Reply take();

    // Says what it waits for.
    void watch(Waiting &waiting) const;

private:
    Transport &transport_;
    Patience &patience_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace udfgen
