// The floor for a core in C++: one kept libcurl connection, the core's signer, nothing else. URL COUNT -> calls per second.
#include "environment.hpp"
#include "sign.hpp"

#include <curl/curl.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

std::size_t take(char *data, std::size_t, std::size_t count, void *reply) {
    static_cast<std::string *>(reply)->append(data, count);
    return count;
}

bool call(CURL *easy, udfgen::Signer &sign, const std::string &url, const udfgen::Binding &binding,
          const udfgen::Keys &keys, int number) {
    const std::string body = "{\"customer\":" + std::to_string(number) + ",\"tier\":\"gold\",\"source\":\"sql\"}";
    const std::string context = R"({"custom":{"database":"bench","session_user":"root@localhost"}})";
    const udfgen::Request request = sign(binding, body, context, keys, std::time(nullptr));
    curl_slist *lines = nullptr;
    for (const std::string &header : request.headers) {
        lines = curl_slist_append(lines, header.c_str());
    }
    std::string reply;
    curl_easy_setopt(easy, CURLOPT_URL, (url + request.target).c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
    const bool is_fine = curl_easy_perform(easy) == CURLE_OK && reply.find("score") != std::string::npos;
    curl_slist_free_all(lines);
    return is_fine;
}

double seconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

int main(int, char **arguments) {
    const std::string url = arguments[1];
    const int count = std::atoi(arguments[2]);
    const char *const authorities = std::getenv("AWS_CA_BUNDLE");
    udfgen::Signer sign("eu-west-1", udfgen::parse_url(url));
    udfgen::Binding binding;
    binding.name = binding.target = "score";
    binding.qualifier = "live";
    udfgen::Keys keys;
    keys.access_key = std::getenv("AWS_ACCESS_KEY_ID");
    keys.secret_key = std::getenv("AWS_SECRET_ACCESS_KEY");
    keys.token = std::getenv("AWS_SESSION_TOKEN");
    CURL *const easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
    for (int number = 0; number < count / 20; ++number) {
        if (!call(easy, sign, url, binding, keys, number)) {
            return 1;
        }
    }
    const double start = seconds();
    for (int number = 0; number < count; ++number) {
        if (!call(easy, sign, url, binding, keys, number)) {
            return 1;
        }
    }
    std::printf("%.1f\n", count / (seconds() - start));
    curl_easy_cleanup(easy);
    return 0;
}
