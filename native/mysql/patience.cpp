// Deadlines.
#include "patience.hpp"

#include <algorithm>
#include <thread>

namespace udfgen {

namespace {

constexpr std::chrono::milliseconds longest_slice(100);

}  // namespace

Patience::Patience(const std::function<bool()> &is_killed, std::chrono::milliseconds limit)
    : is_killed_(&is_killed), limit_(limit), asked_(Clock::now()), deadline_(asked_ + limit) {}

Patience Patience::narrow(std::chrono::milliseconds limit, const Failure &failure) const {
    Patience inner = *this;
    const bool is_shorter = Clock::now() + limit < deadline_;
    inner.deadline_ = is_shorter ? Clock::now() + limit : deadline_;
    inner.failure_ = is_shorter ? failure : late();
    return inner;
}

Failure Patience::late() const {
    if (failure_) {
        return *failure_;
    }
    return {Code::timeout, "timed out after " + std::to_string(limit_.count()) + " ms while " + stage_};
}

std::chrono::milliseconds Patience::slice() const {
    const auto next = std::min(deadline_, asked_ + longest_slice);
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return std::clamp(rest, std::chrono::milliseconds(1), longest_slice);
}

void Patience::check() {
    const auto now = Clock::now();
    if (now - asked_ >= longest_slice) {
        asked_ = now;
        if ((*is_killed_)()) {
            throw Interrupted{};
        }
    }
    if (now >= deadline_) {
        throw late();
    }
}

void Patience::sleep(Clock::duration time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
        std::this_thread::sleep_for(std::min<Clock::duration>(end - Clock::now(), slice()));
        check();
    }
}

void Waiting::wait() {
    const auto left = end_ - std::min(end_, Patience::Clock::now());
    const auto slice = std::chrono::ceil<std::chrono::milliseconds>(std::min<Patience::Clock::duration>(left, longest_slice));
    poll(sockets_.data(), sockets_.size(), static_cast<int>(slice.count()));
}

}  // namespace udfgen
