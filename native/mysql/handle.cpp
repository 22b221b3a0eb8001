// libcurl, waiting in slices, and held to one request an exchange. Needs 7.74 or later.
#include "handle.hpp"

#include <dlfcn.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace udfgen {

namespace {

constexpr std::chrono::seconds longest_idle(10);

// Starts libcurl, and keeps it in memory for good: its thread that looks up a name may outlive the call that asked, and
// after DROP FUNCTION nobody else may hold it. It is never cleaned up: other libraries of the server may use it.
CURLcode start_libcurl() {
    Dl_info found{};
    if (dladdr(reinterpret_cast<const void *>(&curl_easy_init), &found) != 0) {
        dlopen(found.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    }
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

void require_libcurl(bool works) {
    if (!works) {
        throw Failure{Code::unavailable, "libcurl cannot be used"};
    }
}

Failure unavailable(const std::string &what, bool retry) {
    return {Code::unavailable, what, "", retry};
}

Failure bad_response(const std::string &what) {
    return {Code::bad_response, "the reply " + what, "", true};
}

bool is_readable(curl_socket_t socket) {
    pollfd entry{socket, POLLIN, 0};
    return poll(&entry, 1, 0) != 0;
}

// Returns what libcurl wants to know of a socket, as poll says it.
short to_events(int what) {
    return static_cast<short>(((what & CURL_POLL_IN) != 0 ? POLLIN : 0) | ((what & CURL_POLL_OUT) != 0 ? POLLOUT : 0));
}

// Returns what came of it, as libcurl says it.
int to_action(short events) {
    return ((events & POLLIN) != 0 ? CURL_CSELECT_IN : 0) | ((events & POLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
           ((events & ~(POLLIN | POLLOUT)) != 0 ? CURL_CSELECT_ERR : 0);
}

}  // namespace

Handle::Handle(const Url &origin, const std::optional<Url> &proxy, const std::string &ca_file)
    : origin_(origin), proxy_(proxy), ca_file_(ca_file) {
    static const CURLcode started = start_libcurl();
    require_libcurl(started == CURLE_OK);
    easy_ = curl_easy_init();
    multi_ = curl_multi_init();
    if (easy_ == nullptr || multi_ == nullptr) {
        curl_easy_cleanup(easy_);
        curl_multi_cleanup(multi_);
        require_libcurl(false);
    }
    configure();
}

Handle::~Handle() {
    end();
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
}

template <typename Value>
void Handle::set(CURLoption option, Value value) {
    require_libcurl(curl_easy_setopt(easy_, option, value) == CURLE_OK);
}

template <typename Value>
Value Handle::get(CURLINFO info) const {
    Value value{};
    curl_easy_getinfo(easy_, info, &value);
    return value;
}

bool Handle::has_expired() const {
    return Patience::Clock::now() - used_ >= longest_idle;
}

// Sets what is the same for every exchange.
void Handle::configure() {
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Handle::on_watch);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    set(CURLOPT_URL, (origin_.scheme + "://" + origin_.authority + "/").c_str());
    // An empty proxy, and an empty list of exceptions: the environment has no say.
    set(CURLOPT_PROXY, proxy_ ? (proxy_->scheme + "://" + proxy_->authority).c_str() : "");
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!ca_file_.empty()) {
        set(CURLOPT_CAINFO, ca_file_.c_str());
        // Or the system's directory of certificates would be trusted beside the file.
        set(CURLOPT_CAPATH, static_cast<const char *>(nullptr));
    }
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    // The signals of the process are the server's.
    set(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    // Or a call that is killed would wait until the look-up of a name is over.
    set(CURLOPT_QUICK_EXIT, 1L);
#endif
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_HEADERFUNCTION, &Handle::on_line);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Handle::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &Handle::on_open);
    set(CURLOPT_OPENSOCKETDATA, this);
#if LIBCURL_VERSION_NUM >= 0x075000
    set(CURLOPT_PREREQFUNCTION, &Handle::on_request);
    set(CURLOPT_PREREQDATA, this);
#endif
}

std::size_t Handle::on_line(char *data, std::size_t, std::size_t count, void *handle) noexcept {
    auto &self = *static_cast<Handle *>(handle);
    try {
        self.note_tls();
        self.reply_.take_line({data, count});
        return count;
    } catch (...) {
        self.problem_ = std::current_exception();
        return 0;
    }
}

std::size_t Handle::on_body(char *data, std::size_t, std::size_t count, void *handle) noexcept {
    auto &self = *static_cast<Handle *>(handle);
    try {
        self.reply_.take_body({data, count});
        return count;
    } catch (...) {
        self.problem_ = std::current_exception();
        return 0;
    }
}

// Opens a socket, unless the exchange has a connection. When the other end closes a kept connection without a reply,
// libcurl opens another and sends the request again: it takes the request for lost. It may have run a function, though.
// So an exchange uses the connection that is there, or a new one, never both.
curl_socket_t Handle::on_open(void *handle, curlsocktype, curl_sockaddr *address) noexcept {
    if (!static_cast<Handle *>(handle)->may_open_) {
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Notes that the connection stands and the request goes out; another one after it is refused (CURL_PREREQFUNC_ABORT).
int Handle::on_request(void *handle, char *, char *, int, int) noexcept {
    return std::exchange(static_cast<Handle *>(handle)->is_sent_, true) ? 1 : 0;
}

// Notes what libcurl waits for, so that one thread can wait for several handles
// (https://curl.se/libcurl/c/CURLMOPT_SOCKETFUNCTION.html).
int Handle::on_watch(CURL *, curl_socket_t socket, int what, void *handle, void *) noexcept {
    auto &self = *static_cast<Handle *>(handle);
    auto &watched = self.watched_;
    const auto is_it = [socket](const pollfd &each) { return each.fd == socket; };
    watched.erase(std::remove_if(watched.begin(), watched.end(), is_it), watched.end());
    try {
        if (what != CURL_POLL_REMOVE) {
            watched.push_back({socket, to_events(what), 0});
        }
        return 0;
    } catch (...) {
        self.problem_ = std::current_exception();
        return -1;
    }
}

// Returns the headers as libcurl wants them.
Handle::Lines Handle::make_lines(const std::vector<std::string> &headers) {
    Lines lines(nullptr, curl_slist_free_all);
    const auto append = [&lines](const char *line) {
        curl_slist *const longer = curl_slist_append(lines.get(), line);
        require_libcurl(longer != nullptr);
        lines.release();
        lines.reset(longer);
    };
    for (const std::string &header : headers) {
        append(header.c_str());
    }
    // Of its own libcurl would wait for leave to send a large body, call a body a form, and say what it accepts.
    append("expect:");
    append("content-type:");
    append("accept:");
    return lines;
}

void Handle::begin(const Request &request, const Patience &patience, std::chrono::milliseconds connect_timeout) {
    connect_timeout_ = connect_timeout;
    lines_ = make_lines(request.headers);
    prepare(request, patience);
    used_ = Patience::Clock::now();
    socket_ = CURL_SOCKET_BAD;
    require_libcurl(curl_multi_add_handle(multi_, easy_) == CURLM_OK);
    is_under_way_ = true;
}

bool Handle::advance(Patience &patience) {
    if (work()) {
        require_reply(read_result());
        note_connection();
        return true;
    }
    patience.enter(reply_.has_begun() ? "reading the reply" : has_sent() ? "waiting for the reply" : "connecting");
    patience.check();
    return false;
}

void Handle::end() {
    if (std::exchange(is_under_way_, false)) {
        curl_multi_remove_handle(multi_, easy_);
    }
}

void Handle::watch(Waiting &waiting) const {
    for (const pollfd &each : watched_) {
        waiting.add(each);
    }
    long left = -1;
    curl_multi_timeout(multi_, &left);
    if (left >= 0) {
        waiting.until(Patience::Clock::now() + std::chrono::milliseconds(left));
    }
}

// Lets libcurl go on with the sockets that are ready, and with what is due; tells whether the exchange has ended.
bool Handle::work() {
    // A copy: libcurl changes what it waits for.
    std::vector<pollfd> ready = watched_;
    poll(ready.data(), ready.size(), 0);
    int running = 1;
    for (const pollfd &each : ready) {
        if (each.revents != 0) {
            require_libcurl(curl_multi_socket_action(multi_, each.fd, to_action(each.revents), &running) == CURLM_OK);
        }
    }
    require_libcurl(curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running) == CURLM_OK);
    return running == 0;
}

CURLcode Handle::read_result() const {
    int left = 0;
    const CURLMsg *const message = curl_multi_info_read(multi_, &left);
    require_libcurl(message != nullptr);
    return message->data.result;
}

// Notes the connection that a reply leaves open.
void Handle::note_connection() {
    used_ = Patience::Clock::now();
    socket_ = get<curl_socket_t>(CURLINFO_ACTIVESOCKET);
    if (has_left_over()) {
        socket_ = CURL_SOCKET_BAD;
    }
}

// Notes OpenSSL's side of the connection, which libcurl shows only while it reads
// (https://curl.se/libcurl/c/CURLINFO_TLS_SSL_PTR.html).
void Handle::note_tls() {
    const auto *const tls = get<curl_tlssessioninfo *>(CURLINFO_TLS_SSL_PTR);
    const bool is_openssl = tls != nullptr && tls->backend == CURLSSLBACKEND_OPENSSL;
    tls_ = is_openssl ? static_cast<SSL *>(tls->internals) : nullptr;
}

// Tells whether the connection, still open, holds bytes behind the reply that its socket does not show: they would be
// read as the reply of the next call.
bool Handle::has_left_over() const {
    return socket_ != CURL_SOCKET_BAD && tls_ != nullptr && SSL_pending(tls_) > 0;
}

void Handle::prepare(const Request &request, const Patience &patience) {
    reply_ = Reply();
    problem_ = nullptr;
    is_sent_ = false;
    // An idle connection that can be read was closed, or holds bytes that belong to nothing that was asked for.
    may_open_ = socket_ == CURL_SOCKET_BAD || has_expired() || is_readable(socket_);
    set(CURLOPT_FRESH_CONNECT, may_open_ ? 1L : 0L);
    // The deadline, where it comes first, has words of its own.
    const bool is_shorter = connect_timeout_ < patience.left();
    const auto limit = is_shorter ? connect_timeout_ : connect_timeout_ + std::chrono::seconds(1);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit.count()));
    const bool is_absolute = proxy_ && origin_.scheme == "http";
    const std::string target = (is_absolute ? "http://" + origin_.authority : "") + request.target;
    set(CURLOPT_REQUEST_TARGET, target.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(CURLOPT_HTTPHEADER, lines_.get());
}

// Tells whether the request may be on its way: on a kept connection from the start, on a new one when it stands.
bool Handle::has_sent() const {
#if LIBCURL_VERSION_NUM >= 0x075000
    return !may_open_ || is_sent_;
#else
    // Before 7.80 libcurl does not ask on_request, but starts a clock then; later versions start it for failures too.
    return !may_open_ || get<curl_off_t>(CURLINFO_PRETRANSFER_TIME_T) > 0;
#endif
}

// Throws what went wrong, if anything did.
void Handle::require_reply(CURLcode code) const {
    if (problem_) {
        std::rethrow_exception(problem_);
    }
    if (!reply_.has_begun()) {
        throw has_sent() ? refuse_silence(code) : refuse_connection(code);
    }
    if (code == CURLE_UNSUPPORTED_PROTOCOL) {
        throw bad_response("has no valid status line");
    }
    if (code == CURLE_WEIRD_SERVER_REPLY) {
        throw bad_response("has a malformed header");
    }
    if (code != CURLE_OK || !reply_.has_head()) {
        throw bad_response("was cut");
    }
    // Not every libcurl tells the end of TLS from a stream that anybody on the way has cut.
    if (origin_.scheme == "https" && !reply_.has_length()) {
        throw bad_response("does not say how long it is");
    }
}

// Returns the failure of a request after which no reply came.
Failure Handle::refuse_silence(CURLcode code) const {
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY) {
        return bad_response("has no valid status line");
    }
    const long reason = get<long>(CURLINFO_OS_ERRNO);
    const bool is_reset = reason == ECONNRESET || reason == EPIPE;
    return unavailable(std::string("the connection was ") + (is_reset ? "reset" : "closed") + " before a reply", true);
}

// Returns the failure of a connection that never stood, so that nothing was sent.
Failure Handle::refuse_connection(CURLcode code) const {
    const std::string near = proxy_ ? "the proxy " + proxy_->authority : origin_.authority;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return unavailable("cannot resolve the host " + (proxy_ ? proxy_->host : origin_.host), true);
    case CURLE_OPERATION_TIMEDOUT:
        return unavailable("cannot connect to " + near + " within " + std::to_string(connect_timeout_.count()) + " ms",
                           true);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR: return refuse_tls(code);
    default: break;
    }
    const long answered = get<long>(CURLINFO_HTTP_CONNECTCODE);
    if (answered != 0) {
        return unavailable("the proxy answered HTTP " + std::to_string(answered), answered >= 500);
    }
    if (proxy_ && code != CURLE_COULDNT_CONNECT) {
        return unavailable("the proxy did not answer", true);
    }
    const auto reason = static_cast<int>(get<long>(CURLINFO_OS_ERRNO));
    const std::string said = reason == 0 ? curl_easy_strerror(code) : std::generic_category().message(reason);
    return unavailable("cannot connect to " + near + ": " + said, true);
}

// Returns the failure of TLS, in OpenSSL's words; only what is no certificate's fault may be tried again.
Failure Handle::refuse_tls(CURLcode code) const {
    if (code == CURLE_SSL_CACERT_BADFILE) {
        return unavailable("TLS: cannot read the certificates in " + ca_file_, false);
    }
    if (code == CURLE_SSL_CONNECT_ERROR) {
        // OpenSSL's reason stands at the end: `error:0A000102:SSL routines::unsupported protocol`.
        const std::string said = error_.data();
        const std::size_t colons = said.rfind("::");
        return unavailable("TLS: " + (colons == std::string::npos ? said : said.substr(colons + 2)), true);
    }
    // Where only the host's name is wrong, libcurl has not noted OpenSSL's word yet, or it is good.
    const long result = get<long>(CURLINFO_SSL_VERIFYRESULT);
    if (result != X509_V_OK && result != X509_V_ERR_UNSPECIFIED) {
        return unavailable(std::string("TLS: ") + X509_verify_cert_error_string(result), false);
    }
    return unavailable("TLS: Hostname mismatch, certificate is not valid for '" + origin_.host + "'.", false);
}

}  // namespace udfgen
