// Rows as JSON: values are read as results are, with a few spellings more, and then checked as arguments.
#include "rows.hpp"

#include "json.hpp"
#include "number.hpp"
#include "refusal.hpp"
#include "results.hpp"
#include "surroundings.hpp"
#include "text.hpp"

#include <utility>

namespace udfgen {

namespace {

// The most code points of a member's name that an error shows.
constexpr std::size_t max_name = 200;

Failure bad_argument(const std::string &what) {
    return {Code::bad_argument, what};
}

// Returns the rows in a text. Throws Unfit.
std::vector<std::string_view> split(std::string_view text) {
    const std::string_view document = is_utf8(text) ? parse_json(text) : throw Unfit{"are not valid JSON"};
    if (document[0] != '[') {
        throw Unfit{"must be an array"};
    }
    std::vector<std::string_view> rows;
    for (Children each(document); each.next();) {
        rows.push_back(each.value());
    }
    return rows;
}

// Returns what is said of one document, said of the rows.
std::string of_many(const std::string &what) {
    return what.rfind("is ", 0) == 0 ? "are " + what.substr(3) : what;
}

std::string count_values(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " value" : " values");
}

// Returns the text of a number, in a JSON string or not; that it has the type's digits the encoder sees to.
std::string read_decimal(std::string_view value) {
    const std::string number = value[0] == '"' ? unquote(value) : std::string(value);
    if (!is_number(number)) {
        throw Unfit{"must be a number"};
    }
    if (has_wild_exponent(number)) {
        throw Unfit{"must have an exponent below 10000"};
    }
    return number;
}

// Returns a moment as JSON in the form of a result: servers write a blank for the `T`, and no offset for UTC.
std::string to_iso(Kind kind, std::string_view value) {
    constexpr std::size_t separator = 10;
    if (value[0] != '"') {
        return std::string(value);
    }
    std::string text = unquote(value), quoted;
    if (text.size() > separator) {
        text[separator] = text[separator] == ' ' ? 'T' : text[separator];
        const bool is_bare = text.find_first_of("Z+-", separator) == text.npos;
        text += kind == Kind::timestamptz && is_bare ? "Z" : "";
    }
    append_quoted(quoted, text);
    return quoted;
}

std::string read_text(std::string_view value) {
    return value[0] == '"' ? unquote(value) : throw Unfit{"must be a string"};
}

// Returns a value in the server's spelling. Throws Unfit.
std::string spell(const Type &type, std::string_view value) {
    switch (type.kind) {
    case Kind::boolean: return value == "0" || value == "1" ? std::string(value) : fit({type, {}}, value);
    case Kind::decimal: return read_decimal(value);
    case Kind::text:
    case Kind::varchar: return read_text(value);
    case Kind::timestamp:
    case Kind::timestamptz: return fit({type, {}}, to_iso(type.kind, value));
    default: return fit({type, {}}, value);
    }
}

}  // namespace

Failure in_row(std::size_t number, Failure failure) {
    failure.what = "row " + std::to_string(number) + ": " + failure.what;
    return failure;
}

JsonRows::JsonRows(const std::vector<Parameter> &parameters, std::optional<std::string_view> text,
                   std::optional<std::size_t> expected)
    : parameters_(parameters), text_(text), expected_(expected), held_(parameters.size()) {
    for (const Parameter &each : parameters) {
        places_.emplace(each.name, places_.size());
    }
}

void JsonRows::open() {
    try {
        rows_ = text_ ? split(*text_) : decltype(rows_)();
    } catch (const Unfit &unfit) {
        throw bad_argument("the rows " + of_many(unfit.what));
    }
    if (expected_ && rows_.size() != *expected_) {
        throw bad_argument("row_count is " + std::to_string(*expected_) + ", but " + std::to_string(rows_.size()) +
                           (rows_.size() == 1 ? " row" : " rows") + " arrived");
    }
}

bool JsonRows::next(std::vector<Argument> &arguments) {
    if (at_ == rows_.size()) {
        return false;
    }
    const Values values = values_of(rows_[at_++]);
    arguments.clear();
    for (std::size_t index = 0; index < values.size(); ++index) {
        const std::string_view value = values[index].value_or("null");
        arguments.push_back(value == "null" ? Argument() : read(parameters_[index], value, held_[index]));
    }
    return true;
}

JsonRows::Values JsonRows::values_of(std::string_view row) const {
    switch (row[0]) {
    case '[': return by_order(row);
    case '{': return by_name(row);
    default: throw bad_argument("must be an array or an object");
    }
}

JsonRows::Values JsonRows::by_order(std::string_view row) const {
    Values values;
    for (Children each(row); each.next();) {
        values.emplace_back(each.value());
    }
    if (values.size() != parameters_.size()) {
        throw bad_argument("expected " + count_values(parameters_.size()) + ", got " + std::to_string(values.size()));
    }
    return values;
}

JsonRows::Values JsonRows::by_name(std::string_view row) const {
    Values values(parameters_.size());
    for (Children each(row); each.next();) {
        const std::string name = unquote(each.name());
        const auto found = places_.find(name);
        if (found == places_.end()) {
            throw bad_argument('"' + std::string(first_code_points(clean(name), max_name)) + "\" is not a parameter");
        }
        values[found->second] = each.value();
    }
    return values;
}

Argument JsonRows::read(const Parameter &parameter, std::string_view value, std::string &held) const {
    try {
        held = spell(parameter.type, value);
        return {false, held, is_floating(parameter.type.kind) ? to_double(value) : 0};
    } catch (const Unfit &unfit) {
        throw bad_argument("argument \"" + parameter.name + "\": " + unfit.what);
    }
}

std::vector<std::optional<std::string>> encode_rows(const Encoder &encode, Rows &rows, bool null_on_null) {
    std::vector<std::optional<std::string>> texts;
    std::vector<Argument> arguments;
    rows.open();
    try {
        while (rows.next(arguments)) {
            const bool is_sent = !null_on_null || !has_null(arguments);
            texts.push_back(is_sent ? std::optional(encode(arguments)) : std::nullopt);
        }
    } catch (const Failure &failure) {
        throw in_row(texts.size() + 1, failure);
    }
    return texts;
}

}  // namespace udfgen
