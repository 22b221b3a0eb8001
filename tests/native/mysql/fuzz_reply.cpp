// fuzz_reply: any bytes as an HTTP reply, read as libcurl would hand it over. What comes of it must be fit for an error
// message: UTF-8, one line without controls, not long, free of the credentials in use and of our own errors' mark.
#include "credentials.hpp"
#include "refusal.hpp"
#include "reply.hpp"
#include "text.hpp"
#include "url.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace udfgen;

const Keys keys{"environment", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "IQoJtoken//8=", std::nullopt};

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

void check_shown(const std::string &text) {
    require(is_utf8(text) && count_code_points(text) <= 650);
    require(std::none_of(text.begin(), text.end(), [](char each) { return static_cast<unsigned char>(each) < ' '; }));
    require(!holds(text, "\x7f") && !holds(text, "\u0085") && !holds(text, "\u2028") && !holds(text, "\u202e"));
    require(!holds(text, keys.access_key) && !holds(text, keys.secret_key) && !holds(text, keys.token));
    require(!holds(text, "[udfgen"));
}

// Checks what a caller would see, with the credentials taken out as the Invoker does.
void check(Failure failure) {
    failure.what = hide(failure.what, keys);
    failure.request_id = hide(failure.request_id, keys);
    require(failure.wait >= 0 && failure.wait < 1e6 && !failure.what.empty());
    check_shown(describe("score", failure));
}

// Hands over the lines up to the end of a head and the rest as a body, in two pieces.
void fill(Reply &reply, std::string_view text) {
    while (!text.empty() && !reply.has_head()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        reply.take_line(text.substr(0, end));
        text.remove_prefix(end);
    }
    reply.take_body(text.substr(0, text.size() / 2));
    reply.take_body(text.substr(text.size() / 2));
    reply.take_line("x-amz-function-error: a trailer\r\n");
}

void read(Invoke invoke, std::string_view text) {
    Binding binding{};
    binding.invoke = invoke;
    Reply reply;
    fill(reply, text);
    check_shown(hide(request_id(reply), keys));
    read_text(reply.body(), "Expiration");
    const bool has_failed = reply.has("x-amz-function-error");
    require_answer(binding, reply);
    require(!has_failed && reply.status() >= 200 && reply.status() < 300);
}

void read_url(std::string_view text) {
    const Url url = parse_url(text);
    require(!url.host.empty() && !holds(url.authority, "@") && (url.path.empty() || url.path[0] == '/'));
    const std::string again = url.scheme + "://" + url.authority + url.path;
    require(parse_url(again).authority == url.authority && parse_url(again).path == url.path);
}

template <typename Work>
void expect_failure(Work work) {
    try {
        work();
    } catch (const Failure &failure) {
        check(failure);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    expect_failure([text] { read_url(text); });
    for (const Invoke invoke : {Invoke::sync, Invoke::async, Invoke::dry_run}) {
        expect_failure([invoke, text] { read(invoke, text); });
    }
    return 0;
}
