// JSON where it stands: values are pieces of the document's text, so that no digit and no order is lost.
//
// But for append_quoted and show, all functions take the text of a value inside a document that parse_json let pass.
#pragma once

#include "grammar.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace udfgen {

// Steps into a document: names of members and indexes of elements; no steps are the whole document.
using Path = std::vector<std::variant<std::string, std::size_t>>;

// Returns the text of the value at `path` below a value, or nothing. Of members with the same name the last counts.
std::optional<std::string_view> find(std::string_view value, const Path &path);

// Returns the text of a JSON string, its quotes and escapes undone. Half of a surrogate pair becomes three bytes that
// is_utf8 refuses.
std::string unquote(std::string_view string);

// Appends text as a JSON string, with escapes only for `"`, `\` and U+0000 to U+001F.
void append_quoted(std::string &out, std::string_view text);

// Returns a path as the spec writes it: `$.items[0]['odd name']`.
std::string show(const Path &path);

// The members of an object, or the elements of an array, one after the other.
class Children {
public:
    // Stands before the first child of a value that is an object or an array.
    explicit Children(std::string_view container);

    // Moves to the next child, or returns false when there is none.
    bool next();

    // Returns the name of the current member as a JSON string, quotes and all; empty in an array.
    std::string_view name() const { return name_; }

    // Returns the text of the current child.
    std::string_view value() const { return value_; }

private:
    std::string_view text_, name_, value_;
    std::size_t at_ = 0;
};

}  // namespace udfgen
