// The grammar of JSON (https://www.rfc-editor.org/rfc/rfc8259): whether a text is a document.
//
// The core checks replies and arguments by this and not by nlohmann/json, which refuses documents that are valid
// (numbers beyond a double as `1e400`, the escape of half a surrogate pair), takes some that are not (whatever follows a
// NUL, a byte order mark), has no limit of depth, and does not tell where in the text a value stands.
#pragma once

#include <string_view>

namespace udfgen {

// Arrays and objects may nest this deep; `[]` is 1 deep.
constexpr std::size_t max_depth = 512;

// Returns the text of the one value in a document, without white space around it. Throws Unfit when the document
// is not JSON or nests too deep. Whether its strings are well-formed UTF-8 is not looked at: ask is_utf8.
std::string_view parse_json(std::string_view document);

// Tells whether text is exactly a JSON number.
bool is_number(std::string_view text);

// Returns the first position at or after `at` where no white space stands.
std::size_t skip_blank(std::string_view text, std::size_t at);

// Returns the first position at or after `at` of what cannot stand in a string as it is: `"`, `\`, U+0000 to U+001F.
std::size_t skip_plain(std::string_view text, std::size_t at);

}  // namespace udfgen
