// The handles that all threads share. One that is kept saves a call the connection, its TLS handshake, and reading the
// certificates to trust.
#include "transport.hpp"

#include "handle.hpp"

#include <utility>

namespace udfgen {

Transport::Transport(Url origin, std::optional<Url> proxy, std::string ca_file)
    : origin_(std::move(origin)), proxy_(std::move(proxy)), ca_file_(std::move(ca_file)) {}

Transport::~Transport() = default;

Reply Transport::exchange(const Request &request, Patience &patience, std::chrono::milliseconds connect_timeout) {
    Exchange exchange(*this, request, patience, connect_timeout);
    while (!exchange.advance()) {
        Waiting waiting;
        exchange.watch(waiting);
        waiting.wait();
    }
    return exchange.take();
}

std::unique_ptr<Handle> Transport::take() {
    {
        const std::lock_guard<std::mutex> guard(mutex_);
        if (!idle_.empty()) {
            std::unique_ptr<Handle> handle = std::move(idle_.back());
            idle_.pop_back();
            return handle;
        }
    }
    return std::make_unique<Handle>(origin_, proxy_, ca_file_);
}

// Puts a handle where the next call finds it, and drops those that nobody has needed for long.
void Transport::give_back(std::unique_ptr<Handle> handle) {
    std::deque<std::unique_ptr<Handle>> unneeded;
    const std::lock_guard<std::mutex> guard(mutex_);
    idle_.push_back(std::move(handle));
    while (!idle_.empty() && idle_.front()->has_expired()) {
        unneeded.push_back(std::move(idle_.front()));
        idle_.pop_front();
    }
}

Exchange::Exchange(Transport &transport, const Request &request, Patience &patience,
                   std::chrono::milliseconds connect_timeout)
    : transport_(transport), patience_(patience), handle_(transport.take()) {
    handle_->begin(request, patience, connect_timeout);
}

// The handle is not destroyed: libcurl 8 would first wait for a look-up of a name in progress.
Exchange::~Exchange() {
    handle_->end();
    transport_.give_back(std::move(handle_));
}

bool Exchange::advance() {
    return handle_->advance(patience_);
}

Reply Exchange::take() {
    return handle_->take();
}

void Exchange::watch(Waiting &waiting) const {
    handle_->watch(waiting);
    waiting.until(Patience::Clock::now() + patience_.slice());
}

}  // namespace udfgen
