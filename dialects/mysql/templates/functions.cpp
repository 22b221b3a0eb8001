--% for line in it.heading
{{ line }}
--% endfor
// What this library may reach, and the functions that may reach it: no argument can add to it.
#include "udf.hpp"

namespace udfgen {

const char *const program = {{ it.program }};

const std::initializer_list<const char *> functions = {
--% for entry in it.entries
    {{ entry.comment }}
    {{ entry.facts }},
--% endfor
};

}  // namespace udfgen

UDFGEN_EXPORT({{ it.udf }})
