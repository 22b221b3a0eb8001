/*
 * endpoint: a stand-in for AWS Lambda's Invoke API that is faster than every client it measures.
 *
 *     endpoint [--port N] [--tls CERT.pem KEY.pem]
 *
 * It speaks HTTP/1.1 on 127.0.0.1, one thread per connection, keep-alive, each reply in one send. It checks no
 * signature and runs no handler: the function's name says what to answer (see BEHAVIOURS). A delay is a timer that runs
 * from the request's last byte, so that making the answer is part of it, and each connection has its own. `udfgen
 * local` is the endpoint that checks and runs; this one is for figures only.
 *
 * Shapes follow https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
#define _GNU_SOURCE /* memmem */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_HEAD = 64 * 1024,       /* bytes of a request's head */
    MAX_BODY = 8 * 1024 * 1024, /* more than Lambda's 6 MB: checking that is the client's part */
    REPLY_HEAD = 1024,          /* room for a reply's head: all its parts are constants here */
    MAX_NAME = 256,             /* bytes of a function name or ARN; Lambda allows 170 */
    MAX_MS = 900 * 1000,        /* a Lambda function runs for 15 minutes at most */
    MAX_ROWS = 1000 * 1000,     /* of a batch: as many results fit into MAX_BODY */
};

/* A piece of a buffer, not ended by a NUL. */
struct text {
    const char *data;
    size_t size;
};

enum operation { UNKNOWN, STATS, INVOKE };
enum invocation { REQUEST_RESPONSE, EVENT, DRY_RUN };

struct request {
    enum operation operation;
    enum invocation type;
    char name[MAX_NAME]; /* decoded, without ARN prefix and qualifier */
    struct text body;
    struct timespec arrived; /* when its last byte was here */
    bool closes;
    bool chunked;
    bool expects_continue;
    bool oversize;
};

struct reply {
    const char *status;
    const char *headers; /* whole lines, each with its CRLF */
    struct text body;
    bool closes;
    long stale_ms; /* close without a word so long after replying; -1: keep the connection */
};

/* Room for the largest bodies: malloc gives address space, pages are taken when touched, and nothing ever moves. */
struct connection {
    int socket;
    SSL *tls; /* NULL: plain */
    uint32_t number;
    uint64_t requests;
    size_t size; /* bytes in `in` */
    char in[MAX_HEAD + MAX_BODY];
    char out[REPLY_HEAD + MAX_BODY]; /* a reply, head and body: one send takes both */
};

static SSL_CTX *tls_context;
static atomic_ulong connections, requests;
static atomic_long in_flight, max_in_flight;

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "endpoint: %s: %s\n", what, why);
    _exit(1);
}

static const char *tls_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "no reason given";
}

/* ---- bytes in and out ---- */

/* Return the bytes received, or 0 when the connection is over. */
static size_t receive(struct connection *connection, char *data, size_t room)
{
    size_t got = 0;
    if (connection->tls)
        return SSL_read_ex(connection->tls, data, room, &got) ? got : 0;
    ssize_t n = recv(connection->socket, data, room, 0);
    return n > 0 ? (size_t)n : 0;
}

static bool transmit(struct connection *connection, const char *data, size_t size)
{
    size_t done = 0;
    if (connection->tls)
        return SSL_write_ex(connection->tls, data, size, &done);
    while (done < size) {
        ssize_t n = send(connection->socket, data + done, size - done, 0);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* Return the size of the next head with its empty line, 0 at the end of the connection, MAX_HEAD + 1 when too long. */
static size_t read_head(struct connection *connection)
{
    for (size_t seen = 0;;) {
        char *end = memmem(connection->in + seen, connection->size - seen, "\r\n\r\n", 4);
        if (end && end + 4 <= connection->in + MAX_HEAD)
            return (size_t)(end + 4 - connection->in);
        if (end || connection->size >= MAX_HEAD)
            return MAX_HEAD + 1;
        seen = connection->size > 3 ? connection->size - 3 : 0;
        size_t got = receive(connection, connection->in + connection->size, MAX_HEAD - connection->size);
        if (!got)
            return 0;
        connection->size += got;
    }
}

static struct timespec now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now;
}

/* Wait until `ms` after a moment. */
static void wait_until(struct timespec moment, long ms)
{
    long nanoseconds = moment.tv_nsec + ms % 1000 * 1000000;
    struct timespec end = {moment.tv_sec + ms / 1000 + nanoseconds / 1000000000, nanoseconds % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
}

/* ---- reading a request ---- */

/* Compare without regard to case, as HTTP compares its field names. */
static bool is(struct text text, const char *word)
{
    return text.size == strlen(word) && !strncasecmp(text.data, word, text.size);
}

/* Cut `text` at the first `mark`: return what stands before it, and leave what stands after it. */
static struct text cut(struct text *text, const char *mark)
{
    size_t width = strlen(mark);
    char *at = memmem(text->data, text->size, mark, width);
    struct text before = {text->data, at ? (size_t)(at - text->data) : text->size};
    size_t gone = before.size + (at ? width : 0);
    *text = (struct text){text->data + gone, text->size - gone};
    return before;
}

static struct text trim(struct text text)
{
    while (text.size && strchr(" \t", text.data[0]))
        text.data++, text.size--;
    while (text.size && strchr(" \t", text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Return the number that `text` is, or -1 when it is none from 0 to `limit`. */
static long whole_number(struct text text, long limit)
{
    long number = text.size ? 0 : -1;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        number = number * 10 + (text.data[i] - '0');
        if (number > limit)
            return -1;
    }
    return number;
}

/* Decode %XX into `name`; false when an escape is broken or the name too long. A "/" follows `text`: an escape that is
 * cut short reads it, and fails. */
static bool decode(struct text text, char name[MAX_NAME])
{
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < MAX_NAME - 1; i++) {
        name[size] = text.data[i];
        if (text.data[i] == '%') {
            char digits[] = {text.data[i + 1], text.data[i + 2], '\0'};
            if (strspn(digits, "0123456789abcdefABCDEF") != 2)
                return false;
            name[size] = (char)strtol(digits, NULL, 16);
            i += 2;
        }
        size++;
    }
    name[size] = '\0';
    return size < MAX_NAME - 1;
}

/* Leave the bare name of `name`, `name:alias`, `account:function:name` or an ARN. */
static void strip_name(char *name)
{
    char *arn = strstr(name, ":function:");
    if (arn)
        memmove(name, arn + 10, strlen(arn + 10) + 1);
    name[strcspn(name, ":")] = '\0';
}

static enum operation read_target(struct text method, struct text target, char name[MAX_NAME])
{
    static const char functions[] = "/2015-03-31/functions/";
    const size_t prefix = sizeof functions - 1;
    struct text path = cut(&target, "?");
    if (is(method, "GET") && is(path, "/stats"))
        return STATS;
    if (!is(method, "POST") || path.size < prefix || memcmp(path.data, functions, prefix))
        return UNKNOWN;
    path = (struct text){path.data + prefix, path.size - prefix};
    struct text encoded = cut(&path, "/");
    if (!is(path, "invocations") || !decode(encoded, name))
        return UNKNOWN;
    strip_name(name);
    return INVOKE;
}

static void read_header(struct text field, struct text value, struct request *request)
{
    if (is(field, "content-length")) {
        long length = whole_number(value, MAX_BODY);
        request->oversize = length < 0;
        request->body.size = length < 0 ? 0 : (size_t)length;
    } else if (is(field, "transfer-encoding")) {
        request->chunked = true;
    } else if (is(field, "connection")) {
        request->closes = is(value, "close");
    } else if (is(field, "expect")) {
        request->expects_continue = is(value, "100-continue");
    } else if (is(field, "x-amz-invocation-type")) {
        request->type = is(value, "Event") ? EVENT : is(value, "DryRun") ? DRY_RUN : REQUEST_RESPONSE;
    }
}

static struct request parse_head(struct text head)
{
    struct request request = {0};
    struct text line = cut(&head, "\r\n");
    struct text method = cut(&line, " ");
    struct text target = cut(&line, " ");
    request.operation = read_target(method, target, request.name);
    while ((line = cut(&head, "\r\n")).size) {
        struct text field = cut(&line, ":");
        read_header(field, trim(line), &request);
    }
    request.body.data = head.data;
    return request;
}

/* ---- what each function answers ---- */

enum act { ANSWER, WAIT, BATCH, ECHO, CLOSE, GO_STALE };

/* A name that ends in "-" is followed by milliseconds: `delay-10`. `batch-10` has a result for each row that came. */
static const struct behaviour {
    const char *name;
    enum act act;
    const char *status;
    const char *headers;
    const char *body;
} BEHAVIOURS[] = {
    {"score", ANSWER, "200 OK", "", "{\"score\": 87.5}"},
    {"delay-", WAIT, "200 OK", "", "{\"score\": 87.5}"},
    {"batch-", BATCH, "200 OK", "", ""},
    {"close", CLOSE, "200 OK", "", "{\"score\": 87.5}"},
    {"stale-", GO_STALE, "200 OK", "", "{\"score\": 87.5}"},
    {"echo", ECHO, "200 OK", "", ""},
    {"error", ANSWER, "200 OK", "X-Amz-Function-Error: Unhandled\r\n",
     "{\"errorMessage\": \"no such customer\", \"errorType\": \"KeyError\", \"stackTrace\": []}"},
    {"throttle", ANSWER, "429 Too Many Requests", "x-amzn-ErrorType: TooManyRequestsException\r\nRetry-After: 0\r\n",
     "{\"Type\": \"User\", \"Reason\": \"CallerRateLimitExceeded\", \"message\": \"Rate exceeded\"}"},
    {"http500", ANSWER, "500 Internal Server Error", "x-amzn-ErrorType: ServiceException\r\n",
     "{\"Type\": \"Service\", \"Message\": \"An error occurred\"}"},
};

static struct reply say(const char *status, const char *headers, const char *body)
{
    return (struct reply){.status = status, .headers = headers, .body = {body, strlen(body)}, .stale_ms = -1};
}

/* Return the behaviour that `name` asks for and its milliseconds, or NULL. */
static const struct behaviour *find_behaviour(const char *name, long *ms)
{
    size_t word = strcspn(name, "-");
    bool timed = name[word] == '-';
    *ms = timed ? whole_number((struct text){name + word + 1, strlen(name + word + 1)}, MAX_MS) : 0;
    for (size_t i = 0; *ms >= 0 && i < sizeof BEHAVIOURS / sizeof *BEHAVIOURS; i++)
        if (is((struct text){name, word + timed}, BEHAVIOURS[i].name))
            return &BEHAVIOURS[i];
    return NULL;
}

/* Return how many elements a JSON array has that is written without blanks between its brackets when it is empty. */
static long count_elements(struct text array)
{
    long commas = 0, depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < array.size; i++) {
        char c = array.data[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && strchr("[{", c))
            depth++;
        else if (!quoted && strchr("]}", c))
            depth--;
        else if (!quoted && c == ',' && depth == 1)
            commas++;
    }
    return array.size > 2 ? commas + 1 : 0;
}

/* Return how many rows a batch says that it has, or -1 when it is no batch: num_records of a Redshift request, which no
 * text in front of it can hold, for its quotes are escaped; or the elements of a list. */
static long count_rows(struct text body)
{
    static const char mark[] = "\"num_records\":";
    if (body.size && body.data[0] == '[')
        return count_elements(body);
    cut(&body, mark);
    return whole_number(trim(cut(&body, ",")), MAX_ROWS);
}

/* Answer a batch on the wire that it came by; the same result for each row. */
static struct reply answer_rows(struct connection *connection, struct text body)
{
    long rows = count_rows(body);
    if (rows < 0)
        return say("200 OK", "X-Amz-Function-Error: Unhandled\r\n", "{\"errorMessage\": \"not a batch\"}");
    char *start = connection->out + REPLY_HEAD, *end = start;
    bool list = body.data[0] == '[';
    if (!list)
        end += sprintf(end, "{\"success\":true,\"num_records\":%ld,\"results\":", rows);
    end = stpcpy(end, "[");
    for (long row = 0; row < rows; row++)
        end = stpcpy(end, row ? ",87.5" : "87.5");
    end = stpcpy(end, list ? "]" : "]}");
    struct reply reply = say("200 OK", "", "");
    reply.body = (struct text){start, (size_t)(end - start)};
    return reply;
}

static struct reply act(struct connection *connection, const struct behaviour *behaviour,
                        const struct request *request, long ms)
{
    struct reply reply = say(behaviour->status, behaviour->headers, behaviour->body);
    if (behaviour->act == BATCH)
        reply = answer_rows(connection, request->body);
    if (behaviour->act == WAIT || behaviour->act == BATCH)
        wait_until(request->arrived, ms);
    if (behaviour->act == ECHO)
        reply.body = request->body;
    if (behaviour->act == GO_STALE)
        reply.stale_ms = ms;
    reply.closes = behaviour->act == CLOSE;
    return reply;
}

/* Lambda's own errors come first; an asynchronous call or a dry run never sees the function's answer. */
static struct reply invoke(struct connection *connection, const struct request *request)
{
    long ms;
    const struct behaviour *behaviour = find_behaviour(request->name, &ms);
    if (!behaviour)
        return say("404 Not Found", "x-amzn-ErrorType: ResourceNotFoundException\r\n",
                   "{\"Type\": \"User\", \"Message\": \"Function not found\"}");
    bool runs = behaviour->status[0] == '2';
    if (runs && request->type == EVENT)
        return say("202 Accepted", "", "");
    if (runs && request->type == DRY_RUN)
        return say("204 No Content", "", "");
    return act(connection, behaviour, request, ms);
}

static struct reply stats(struct connection *connection)
{
    sprintf(connection->out + REPLY_HEAD, "{\"connections\": %lu, \"requests\": %lu, \"max_in_flight\": %ld}",
            atomic_load(&connections), atomic_load(&requests), atomic_load(&max_in_flight));
    return say("200 OK", "", connection->out + REPLY_HEAD);
}

/* GET /stats is not counted. In flight ends before the send: a sequential client never makes two. */
static struct reply count_and_invoke(struct connection *connection, const struct request *request)
{
    atomic_fetch_add(&requests, 1);
    long flying = atomic_fetch_add(&in_flight, 1) + 1;
    long most = atomic_load(&max_in_flight);
    while (flying > most && !atomic_compare_exchange_weak(&max_in_flight, &most, flying))
        continue;
    struct reply reply = invoke(connection, request);
    atomic_fetch_sub(&in_flight, 1);
    return reply;
}

static struct reply answer(struct connection *connection, const struct request *request)
{
    if (request->operation == STATS)
        return stats(connection);
    if (request->operation == INVOKE)
        return count_and_invoke(connection, request);
    return say("404 Not Found", "x-amzn-ErrorType: UnknownOperationException\r\n",
               "{\"message\": \"POST /2015-03-31/functions/NAME/invocations or GET /stats\"}");
}

/* ---- a connection ---- */

/* Send a reply, and return whether the connection lives on. */
static bool send_reply(struct connection *connection, const struct reply *reply)
{
    char length[48] = "";
    /* A 204 must not carry a length: https://www.rfc-editor.org/rfc/rfc9110#section-8.6 */
    if (strncmp(reply->status, "204", 3))
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", reply->body.size);
    char head[REPLY_HEAD];
    size_t size = (size_t)snprintf(head, sizeof head,
                                   "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                                   "x-amzn-RequestId: %08" PRIx32 "-0000-4000-8000-%012" PRIx64 "\r\n"
                                   "X-Amz-Executed-Version: $LATEST\r\n%s%s%s\r\n",
                                   reply->status, connection->number, connection->requests, reply->headers,
                                   reply->closes ? "Connection: close\r\n" : "", length);
    memmove(connection->out + size, reply->body.data, reply->body.size);
    memcpy(connection->out, head, size);
    if (!transmit(connection, connection->out, size + reply->body.size))
        return false;
    if (reply->stale_ms >= 0)
        wait_until(now(), reply->stale_ms);
    return !reply->closes && reply->stale_ms < 0;
}

/* Refuse a request whose body stays unread: the connection cannot be used again. */
static bool refuse(struct connection *connection, const char *status)
{
    struct reply reply = say(status, "", "{\"message\": \"the endpoint cannot read this request\"}");
    reply.closes = true;
    return send_reply(connection, &reply);
}

static bool read_body(struct connection *connection, size_t head, const struct request *request)
{
    size_t wanted = head + request->body.size;
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (request->expects_continue && connection->size < wanted && !transmit(connection, go_on, sizeof go_on - 1))
        return false;
    while (connection->size < wanted) {
        size_t got = receive(connection, connection->in + connection->size, wanted - connection->size);
        if (!got)
            return false;
        connection->size += got;
    }
    return true;
}

/* Serve one request, and return whether another may follow. */
static bool turn(struct connection *connection)
{
    size_t head = read_head(connection);
    connection->requests++;
    if (!head)
        return false;
    if (head > MAX_HEAD)
        return refuse(connection, "431 Request Header Fields Too Large");
    struct request request = parse_head((struct text){connection->in, head});
    if (request.chunked)
        return refuse(connection, "411 Length Required");
    if (request.oversize)
        return refuse(connection, "413 Content Too Large");
    if (!read_body(connection, head, &request))
        return false;
    request.arrived = now();
    struct reply reply = answer(connection, &request);
    reply.closes |= request.closes;
    bool lives = send_reply(connection, &reply);
    connection->size -= head + request.body.size;
    memmove(connection->in, connection->in + head + request.body.size, connection->size);
    return lives;
}

static bool shake_hands(struct connection *connection)
{
    if (!tls_context)
        return true;
    connection->tls = SSL_new(tls_context);
    if (connection->tls && SSL_set_fd(connection->tls, connection->socket) && SSL_accept(connection->tls) == 1)
        return true;
    fprintf(stderr, "endpoint: TLS handshake failed: %s\n", tls_reason());
    return false;
}

/* Say goodbye, then read what is still on its way: closing with unread bytes makes the kernel send a reset, which can
 * overtake the reply. */
static void finish(struct connection *connection)
{
    struct timeval patience = {1, 0};
    if (connection->tls && SSL_is_init_finished(connection->tls))
        SSL_shutdown(connection->tls);
    shutdown(connection->socket, SHUT_WR);
    setsockopt(connection->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (recv(connection->socket, connection->in, MAX_HEAD, 0) > 0)
        continue;
    close(connection->socket);
    SSL_free(connection->tls);
    free(connection);
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    pthread_detach(pthread_self());
    if (shake_hands(connection))
        while (turn(connection))
            continue;
    finish(connection);
    return NULL;
}

/* ---- the server ---- */

/* exit would run OpenSSL's clean-up under the threads that still use it; nothing here needs flushing. */
static void end(int signal)
{
    (void)signal;
    _exit(0);
}

/* Die with the parent: a benchmark that is killed leaves no server behind. (Linux counts the parent's thread.) */
static void follow_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0);
}

static void set_signals(void)
{
    struct sigaction ending = {.sa_handler = end};
    sigaction(SIGTERM, &ending, NULL);
    sigaction(SIGINT, &ending, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void load_tls(const char *certificate, const char *key)
{
    tls_context = SSL_CTX_new(TLS_server_method());
    if (!tls_context || !SSL_CTX_set_min_proto_version(tls_context, TLS1_2_VERSION))
        die("TLS cannot be set up", tls_reason());
    if (SSL_CTX_use_certificate_chain_file(tls_context, certificate) != 1)
        die(certificate, tls_reason());
    if (SSL_CTX_use_PrivateKey_file(tls_context, key, SSL_FILETYPE_PEM) != 1)
        die(key, tls_reason());
}

/* Listen on 127.0.0.1 and print where; port 0 lets the kernel choose. */
static int listen_on(long port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof address;
    int on = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, (struct sockaddr *)&address, size) || listen(server, SOMAXCONN) ||
        getsockname(server, (struct sockaddr *)&address, &size))
        die("cannot listen on 127.0.0.1", strerror(errno));
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return server;
}

static void start_connection(int socket)
{
    int on = 1;
    pthread_t thread;
    struct connection *connection = malloc(sizeof *connection);
    if (!connection)
        die("cannot serve a connection", "out of memory");
    connection->socket = socket;
    connection->tls = NULL;
    connection->number = (uint32_t)(atomic_fetch_add(&connections, 1) + 1);
    connection->requests = 0;
    connection->size = 0;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int failure = pthread_create(&thread, NULL, serve, connection);
    if (failure)
        die("cannot start a thread", strerror(failure));
}

struct options {
    long port;
    const char *certificate, *key;
};

static struct options read_options(int count, char **words)
{
    struct options options = {0};
    for (int i = 1; i < count; i++) {
        if (!strcmp(words[i], "--port") && i + 1 < count) {
            options.port = whole_number((struct text){words[i + 1], strlen(words[i + 1])}, 65535);
            i += 1;
        } else if (!strcmp(words[i], "--tls") && i + 2 < count) {
            options.certificate = words[i + 1];
            options.key = words[i + 2];
            i += 2;
        } else {
            options.port = -1;
        }
        if (options.port < 0)
            die("usage", "endpoint [--port 0..65535] [--tls CERT.pem KEY.pem]");
    }
    return options;
}

int main(int count, char **words)
{
    follow_parent(getppid());
    prctl(PR_SET_TIMERSLACK, 1L); /* else a timer may be 50 us late; threads inherit it */
    set_signals();
    struct options options = read_options(count, words);
    if (options.certificate)
        load_tls(options.certificate, options.key);
    for (int server = listen_on(options.port);;) {
        int socket = accept(server, NULL, NULL);
        if (socket >= 0)
            start_connection(socket);
        else if (errno != EINTR && errno != ECONNABORTED)
            die("cannot accept a connection", strerror(errno));
    }
}
