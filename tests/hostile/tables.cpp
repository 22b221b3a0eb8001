// Prints the tables of many generated functions.cpp, each included as it is in a namespace of its own: one line for
// each, of its name and its constants in hexadecimal.
#include "udf.hpp"

#include <cstdio>
#include <cstring>

#undef UDFGEN_EXPORT
#define UDFGEN_EXPORT(name) static const char *const exported = #name;

//% tables

static void hexadecimal(const char *text, char end) {
    for (const char *at = text; *at != 0; ++at) {
        std::printf("%02x", static_cast<unsigned>(static_cast<unsigned char>(*at)));
    }
    std::putchar(end);
}

static void show(const char *name, const char *program, std::initializer_list<const char *> functions) {
    hexadecimal(name, ' ');
    hexadecimal(program, functions.size() == 0 ? '\n' : ' ');
    for (const char *const *at = functions.begin(); at != functions.end(); ++at) {
        hexadecimal(*at, at + 1 == functions.end() ? '\n' : ' ');
    }
}

int main() {
//% calls
}
