// What a server hands to a loadable function: two structures that MySQL 8.0 to 9.x and MariaDB share.
//
// They are written out here and not included, because MariaDB's client library ships a header of the same name whose
// structures are smaller, and so that no header of a server is needed to compile
// (https://dev.mysql.com/doc/extending-mysql/8.4/en/adding-loadable-function.html).
#pragma once

#include <cstddef>

namespace udfgen {

// How an argument arrives, when `_init` asked for it: text, or a pointer to a double.
enum ArgumentType : int { text_argument = 0, double_argument = 1 };

// What the library tells the server about a call, and what it keeps for the time between init and deinit.
struct UdfInit {
    bool maybe_null;
    unsigned decimals;
    unsigned long max_length;  // bytes
    char *ptr;
    bool const_item;
    void *extension;
};

// The arguments of a call. In `_init` the values of constants are there already; text has no NUL at its end.
struct UdfArgs {
    unsigned arg_count;
    int *arg_type;
    char **args;
    unsigned long *lengths;
    char *maybe_null;
    char **attributes;
    unsigned long *attribute_lengths;
    void *extension;
};

static_assert(sizeof(UdfInit) == 40 && offsetof(UdfInit, ptr) == 16, "the layout of every 64-bit server");
static_assert(sizeof(UdfArgs) == 64 && offsetof(UdfArgs, lengths) == 24, "the layout of every 64-bit server");

}  // namespace udfgen
