/*
 * client: the floor of every benchmark here, a keep-alive HTTP client that neither signs nor parses.
 *
 *     client --port N [--tls CA.pem] [--connections N] [--requests N] [--warmup N] [--body JSON | --body-file F] PATH
 *
 * It sends the same POST over one connection to 127.0.0.1, or over several at the same time, each with a thread and
 * --requests of its own, waits for each whole reply, and prints one line of JSON: requests, seconds,
 * requests_per_second, p50_us, p99_us (microseconds, nearest rank). Any reply but 2xx ends it with exit code 1. Pin
 * both ends with taskset: a loopback round trip takes about ten times longer across two idle CPUs than on one, and an
 * unpinned run jumps between the two.
 */
#define _GNU_SOURCE /* strcasestr */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 64 * 1024, MAX_REQUESTS = 100 * 1000 * 1000, MAX_CONNECTIONS = 1000 };

struct options {
    long port, connections, requests, warmup;
    const char *ca, *body, *path;
};

struct channel {
    int socket;
    SSL *tls; /* NULL: plain */
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "client: %s: %s\n", what, why);
    exit(1);
}

static const char *tls_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "no reason given";
}

static size_t receive(const struct channel *channel, char *data, size_t room)
{
    size_t got = 0;
    if (channel->tls)
        return SSL_read_ex(channel->tls, data, room, &got) ? got : 0;
    ssize_t n = recv(channel->socket, data, room, 0);
    return n > 0 ? (size_t)n : 0;
}

static bool transmit(const struct channel *channel, const char *data, size_t size)
{
    size_t done = 0;
    if (channel->tls)
        return SSL_write_ex(channel->tls, data, size, &done);
    while (done < size) {
        ssize_t n = send(channel->socket, data + done, size - done, 0);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* Append at least one byte to `buffer`, which stays a string. */
static size_t receive_more(const struct channel *channel, char *buffer, size_t size)
{
    size_t got = receive(channel, buffer + size, ROOM - 1 - size);
    if (!got)
        die("no whole reply", "the connection was closed or the head is too long");
    buffer[size + got] = '\0';
    return size + got;
}

/* Return the length that a reply's head announces; a 204 has none. */
static size_t body_length(const char *head)
{
    const char *field = strcasestr(head, "\r\ncontent-length:");
    if (!field && strncmp(head + 9, "204", 3))
        die("cannot read the reply", "it has no Content-Length");
    return field ? strtoul(field + 17, NULL, 10) : 0;
}

/* Read one whole reply; what stands in it does not matter, as long as it is 2xx. */
static void read_reply(const struct channel *channel)
{
    char buffer[ROOM];
    size_t size = receive_more(channel, buffer, 0);
    char *end;
    while (!(end = strstr(buffer, "\r\n\r\n")))
        size = receive_more(channel, buffer, size);
    *end = '\0';
    if (strncmp(buffer, "HTTP/1.1 2", 10))
        die("the endpoint refused", strtok(buffer, "\r"));
    size_t whole = (size_t)(end + 4 - buffer) + body_length(buffer);
    while (size < whole) {
        size_t left = whole - size;
        size_t got = receive(channel, buffer, left < ROOM ? left : ROOM);
        if (!got)
            die("no whole reply", "the connection was closed within the body");
        size += got;
    }
}

/* Return the POST that is sent each time, and its size. */
static char *make_request(const struct options *options, size_t *size)
{
    static const char format[] = "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%ld\r\n"
                                 "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s";
    char *request;
    int length = asprintf(&request, format, options->path, options->port, strlen(options->body), options->body);
    if (length < 0)
        die("cannot make the request", "out of memory");
    *size = (size_t)length;
    return request;
}

/* Start TLS, and check the certificate as a real client does: its chain, and that it is made for 127.0.0.1. */
static SSL *start_tls(int socket, const char *ca)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_load_verify_locations(context, ca, NULL) != 1)
        die(ca, tls_reason());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL *tls = SSL_new(context);
    if (!tls || !X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1") || !SSL_set_fd(tls, socket))
        die("TLS cannot be set up", tls_reason());
    SSL_CTX_free(context);
    if (SSL_connect(tls) != 1)
        die("TLS handshake failed", tls_reason());
    return tls;
}

static struct channel open_channel(const struct options *options)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    struct channel channel = {.socket = socket(AF_INET, SOCK_STREAM, 0)};
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(channel.socket, (struct sockaddr *)&address, sizeof address))
        die("cannot connect to 127.0.0.1", strerror(errno));
    setsockopt(channel.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (options->ca)
        channel.tls = start_tls(channel.socket, options->ca);
    return channel;
}

static void close_channel(struct channel *channel)
{
    if (channel->tls)
        SSL_shutdown(channel->tls);
    SSL_free(channel->tls);
    close(channel->socket);
}

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Do `count` round trips; `took` gets each one's nanoseconds. */
static void loop(const struct channel *channel, const char *request, size_t size, long count, uint64_t *took)
{
    for (long i = 0; i < count; i++) {
        uint64_t start = nanoseconds();
        if (!transmit(channel, request, size))
            die("cannot send", "the connection was closed");
        read_reply(channel);
        took[i] = nanoseconds() - start;
    }
}

/* What a thread does: all requests of one connection. */
struct lane {
    const struct options *options;
    const char *request;
    size_t size;
    pthread_barrier_t *ready; /* every connection is open and warm */
    pthread_t thread;
    uint64_t *took;
};

static void *run_lane(void *argument)
{
    const struct lane *lane = argument;
    struct channel channel = open_channel(lane->options);
    loop(&channel, lane->request, lane->size, lane->options->warmup, lane->took);
    pthread_barrier_wait(lane->ready);
    loop(&channel, lane->request, lane->size, lane->options->requests, lane->took);
    close_channel(&channel);
    return NULL;
}

/* Do all requests over all connections, and return the seconds; `took` has `stride` places for each connection. */
static double run(const struct options *options, uint64_t *took, long stride)
{
    struct lane lanes[MAX_CONNECTIONS];
    pthread_barrier_t ready;
    size_t size;
    char *request = make_request(options, &size);
    pthread_barrier_init(&ready, NULL, (unsigned)options->connections + 1);
    for (long i = 0; i < options->connections; i++) {
        lanes[i] = (struct lane){options, request, size, &ready, 0, took + i * stride};
        int failure = pthread_create(&lanes[i].thread, NULL, run_lane, &lanes[i]);
        if (failure)
            die("cannot start a thread", strerror(failure));
    }
    pthread_barrier_wait(&ready);
    uint64_t start = nanoseconds();
    for (long i = 0; i < options->connections; i++)
        pthread_join(lanes[i].thread, NULL);
    uint64_t end = nanoseconds();
    free(request);
    return (double)(end - start) / 1e9;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Return a percentile of the sorted `took` in microseconds, by nearest rank. */
static double percentile(const uint64_t *took, long count, long percent)
{
    return (double)took[(count * percent + 99) / 100 - 1] / 1000;
}

static void report(uint64_t *took, long count, double seconds)
{
    qsort(took, (size_t)count, sizeof *took, compare);
    printf("{\"requests\": %ld, \"seconds\": %.6f, \"requests_per_second\": %.0f, "
           "\"p50_us\": %.1f, \"p99_us\": %.1f}\n",
           count, seconds, (double)count / seconds, percentile(took, count, 50), percentile(took, count, 99));
}

/* Return what a file holds, as a string. */
static char *read_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    char *text = NULL;
    size_t room = 0;
    if (!file)
        die(name, strerror(errno));
    if (getdelim(&text, &room, '\0', file) < 0)
        die(name, "is empty or cannot be read");
    fclose(file);
    return text;
}

static long number(const char *word, long least, long most)
{
    char *rest;
    long value = strtol(word, &rest, 10);
    if (rest == word || *rest || value < least || value > most)
        die("not a number in range", word);
    return value;
}

static struct options read_options(int count, char **words)
{
    struct options options = {.connections = 1,
                              .requests = 100000, .warmup = 5000,
                              .body = "{\"customer\": 42, \"tier\": \"gold\"}"};
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (words[i][0] != '-') {
            options.path = words[i];
            continue;
        }
        if (!strcmp(words[i], "--port"))
            options.port = number(value, 1, 65535);
        else if (!strcmp(words[i], "--connections"))
            options.connections = number(value, 1, MAX_CONNECTIONS);
        else if (!strcmp(words[i], "--requests"))
            options.requests = number(value, 1, MAX_REQUESTS);
        else if (!strcmp(words[i], "--warmup"))
            options.warmup = number(value, 0, MAX_REQUESTS);
        else if (!strcmp(words[i], "--tls"))
            options.ca = value;
        else if (!strcmp(words[i], "--body"))
            options.body = value;
        else if (!strcmp(words[i], "--body-file"))
            options.body = read_file(value);
        else
            die("unknown option", words[i]);
        i++;
    }
    if (!options.port || !options.path)
        die("usage", "client --port N [--tls CA.pem] [--connections N] [--requests N] [--warmup N]"
                     " [--body JSON | --body-file FILE] PATH");
    return options;
}

/* Put the figures of each connection one after the other. */
static void join(uint64_t *took, long connections, long stride, long count)
{
    for (long i = 1; i < connections; i++)
        memmove(took + i * count, took + i * stride, (size_t)count * sizeof *took);
}

int main(int count, char **words)
{
    struct options options = read_options(count, words);
    long stride = options.requests > options.warmup ? options.requests : options.warmup;
    uint64_t *took = calloc((size_t)(stride * options.connections), sizeof *took);
    if (!took)
        die("cannot keep so many figures", "use fewer --requests");
    signal(SIGPIPE, SIG_IGN);
    double seconds = run(&options, took, stride);
    join(took, options.connections, stride, options.requests);
    report(took, options.requests * options.connections, seconds);
    free(took);
    return 0;
}
