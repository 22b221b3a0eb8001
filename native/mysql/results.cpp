// Results: each kind of type has a function from the text of a JSON value to the value in the server's spelling.
#include "results.hpp"

#include "json.hpp"
#include "moment.hpp"
#include "number.hpp"
#include "text.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace udfgen {

namespace {

bool is_string(std::string_view value) {
    return value[0] == '"';
}

// Returns the text of a JSON string; for any other value an empty one, which no caller of this takes.
std::string text_of(std::string_view value) {
    return is_string(value) ? unquote(value) : std::string();
}

std::string fit_boolean(std::string_view value) {
    if (value != "true" && value != "false") {
        throw Unfit{"must be true or false"};
    }
    return value == "true" ? "1" : "0";
}

// Returns the exact value of a JSON number, or of a JSON string that holds one.
Decimal exact(std::string_view value) {
    const std::string number = is_string(value) ? unquote(value) : std::string(value);
    if (!is_number(number)) {
        throw Unfit{"must be a number"};
    }
    if (has_wild_exponent(number)) {
        throw Unfit{"must have an exponent below 10000"};
    }
    return Decimal(number);
}

// Returns a number with the digits of its type, rounded only where the spec says so.
std::string fit_digits(const Result &result, std::string_view value, std::size_t precision, std::size_t scale) {
    const Decimal number = exact(value), rounded = number.round(scale);
    if ((!result.round && rounded != number) || !rounded.fits(precision, scale)) {
        throw Unfit{"must fit " + show(result.type)};
    }
    return rounded.fixed(scale);
}

std::string fit_integer(const Result &result, std::string_view value) {
    // No integer type has more than 19 digits.
    const std::string digits = fit_digits(result, value, 19, 0);
    const auto number = to_integer(digits);
    if (!number || !is_in_range(result.type.kind, *number)) {
        throw Unfit{"must fit " + show(result.type)};
    }
    return digits;
}

std::string fit_float(const Type &type, std::string_view value) {
    if (!is_number(value)) {
        throw Unfit{"must be a number"};
    }
    const double number = to_double(value);
    const float single = to_real(number);
    if (!std::isfinite(number) || (type.kind == Kind::real && !std::isfinite(single))) {
        throw Unfit{"must fit " + show(type)};
    }
    return type.kind == Kind::real ? shortest(single) : shortest(number);
}

std::string fit_text(const Type &type, std::string_view value) {
    if (!is_string(value)) {
        throw Unfit{"must be a string"};
    }
    std::string text = unquote(value);
    if (text.find('\0') != text.npos || !is_utf8(text)) {
        throw Unfit{"must not hold NUL or half of a surrogate pair"};
    }
    if (type.kind == Kind::varchar && count_code_points(text) > type.length) {
        throw Unfit{"must be at most " + std::to_string(type.length) + " characters long"};
    }
    return text;
}

std::string fit_date(std::string_view value) {
    const std::string text = text_of(value);
    if (!is_date(text)) {
        throw Unfit{"must be a date like 2016-02-15"};
    }
    return text;
}

std::string fit_time(std::string_view value) {
    const std::string text = text_of(value);
    if (!is_time(text)) {
        throw Unfit{"must be a time like 12:00:00"};
    }
    return std::string(trim_fraction(text));
}

// The parts of `2016-02-15T12:00:00.5+01:00`, where they stand in the text.
struct Moment {
    std::string_view date, time, offset;
};

// Returns the parts of a timestamp, of which the last `offset_size` characters are its offset.
std::optional<Moment> split_moment(std::string_view text, std::size_t offset_size) {
    if (text.size() < 11 + offset_size || text[10] != 'T') {
        return std::nullopt;
    }
    const std::size_t end = text.size() - offset_size;
    const Moment parts{text.substr(0, 10), text.substr(11, end - 11), text.substr(end)};
    return is_date(parts.date) && is_time(parts.time) ? std::optional(parts) : std::nullopt;
}

std::string fit_timestamp(std::string_view value) {
    const std::string text = text_of(value);
    const auto parts = split_moment(text, 0);
    if (!parts) {
        throw Unfit{"must be a timestamp like 2016-02-15T12:00:00"};
    }
    return to_utc(parts->date, ' ', trim_fraction(parts->time), "Z");
}

std::string fit_timestamptz(std::string_view value) {
    const std::string text = text_of(value);
    const bool is_utc = !text.empty() && text.back() == 'Z';
    const auto parts = split_moment(text, is_utc ? 1 : 6);
    if (!parts || !is_offset(parts->offset)) {
        throw Unfit{"must be a timestamp with a zone like 2016-02-15T12:00:00Z"};
    }
    return to_utc(parts->date, ' ', trim_fraction(parts->time), parts->offset);
}

std::string fit_uuid(std::string_view value) {
    const std::string lower = to_lower(text_of(value));
    if (!is_uuid(lower)) {
        throw Unfit{"must be a uuid"};
    }
    return lower;
}

std::string fit_bytes(std::string_view value) {
    auto bytes = is_string(value) ? from_base64(unquote(value)) : std::nullopt;
    if (!bytes) {
        throw Unfit{"must be base64"};
    }
    return std::move(*bytes);
}

// Returns the value at a path; throws Unfit when nothing is there.
std::string_view walk(std::string_view value, const Path &path) {
    const auto found = find(value, path);
    return found ? *found : throw Unfit{"is missing"};
}

// Returns the result below a value; nothing for JSON null.
std::optional<std::string> take(const Result &result, std::string_view value) {
    const std::string_view found = walk(value, result.path);
    return found == "null" ? std::nullopt : std::optional(fit(result, found));
}

// Returns the path of a cell, from the document.
Path cell_path(const Table &table, std::size_t row, const Result &column) {
    Path path = table.rows;
    path.emplace_back(row);
    path.insert(path.end(), column.path.begin(), column.path.end());
    return path;
}

void append_cell(std::string &out, const Result &column, std::string_view row) {
    const auto cell = take(column, row);
    if (!cell) {
        out += "null";
    } else {
        append_quoted(out, column.type.kind == Kind::bytes ? to_base64(*cell) : *cell);
    }
}

void append_row(std::string &out, const Table &table, std::string_view row, std::size_t index) {
    char before = '[';
    for (const Result &column : table.columns) {
        out += std::exchange(before, ',');
        try {
            append_cell(out, column, row);
        } catch (const Unfit &unfit) {
            throw unfit_result(cell_path(table, index, column), unfit);
        }
    }
    out += ']';
}

std::string_view find_rows(const Table &table, std::string_view value) {
    try {
        const std::string_view rows = walk(value, table.rows);
        return rows[0] == '[' ? rows : throw Unfit{"must be an array"};
    } catch (const Unfit &unfit) {
        throw unfit_result(table.rows, unfit);
    }
}

std::optional<std::string> decode(const std::monostate &, std::string_view) {
    return std::nullopt;
}

std::optional<std::string> decode(const Result &result, std::string_view value) {
    try {
        return take(result, value);
    } catch (const Unfit &unfit) {
        throw unfit_result(result.path, unfit);
    }
}

// Appends rows to an array whose `[` stands already; returns how many.
std::size_t append_rows(std::string &out, const Table &table, std::string_view value) {
    const std::string_view rows = find_rows(table, value);
    out.reserve(out.size() + rows.size());
    std::size_t index = 0;
    for (Children each(rows); each.next(); ++index) {
        if (out.size() > 1) {
            out += ',';
        }
        append_row(out, table, each.value(), index);
    }
    return index;
}

std::optional<std::string> decode(const Table &table, std::string_view value) {
    std::string out = "[";
    append_rows(out, table, value);
    return out += ']';
}

bool is_end(const Follow &follow, std::string_view value, std::size_t rows) {
    const auto until = follow.until ? find(value, *follow.until) : std::nullopt;
    return until == "true" || (follow.until_empty && rows == 0);
}

// Returns the JSON of the token in a reply, or nothing where there is none.
std::optional<std::string> find_token(const Follow &follow, std::string_view value) {
    const auto token = find(value, follow.token);
    return !token || token == "null" || token == "\"\"" ? std::nullopt : std::optional(std::string(*token));
}

}  // namespace

std::string_view read_document(std::string_view body) {
    if (!is_utf8(body)) {
        throw Failure{Code::bad_response, "reply is not valid UTF-8"};
    }
    if (body.empty()) {
        throw Failure{Code::bad_response, "reply is empty"};
    }
    try {
        return parse_json(body);
    } catch (const Unfit &unfit) {
        throw Failure{Code::bad_response, "reply " + unfit.what};
    }
}

std::string fit(const Result &result, std::string_view value) {
    switch (result.type.kind) {
    case Kind::boolean: return fit_boolean(value);
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint: return fit_integer(result, value);
    case Kind::decimal: return fit_digits(result, value, result.type.precision, result.type.scale);
    case Kind::real:
    case Kind::double_: return fit_float(result.type, value);
    case Kind::text:
    case Kind::varchar: return fit_text(result.type, value);
    case Kind::date: return fit_date(value);
    case Kind::time: return fit_time(value);
    case Kind::timestamp: return fit_timestamp(value);
    case Kind::timestamptz: return fit_timestamptz(value);
    case Kind::uuid: return fit_uuid(value);
    case Kind::json: return std::string(value);
    case Kind::bytes: return fit_bytes(value);
    }
    throw std::logic_error("a kind of type without a way from JSON");
}

Failure unfit_result(const Path &path, const Unfit &unfit) {
    return {Code::bad_response, "result at " + show(path) + ": " + unfit.what};
}

Decoder::Decoder(const Returns &returns) : returns_(returns) {}

std::optional<std::string> Decoder::operator()(std::string_view body) const {
    const std::string_view value = read_document(body);
    return std::visit([&](const auto &returns) { return decode(returns, value); }, returns_);
}

std::optional<std::string> Decoder::element(std::string_view value) const {
    return decode(std::get<Result>(returns_), value);
}

std::optional<std::string> Decoder::append_page(std::string &rows, std::string_view body, const Follow &follow) const {
    const std::string_view value = read_document(body);
    const std::size_t count = append_rows(rows, std::get<Table>(returns_), value);
    return is_end(follow, value, count) ? std::nullopt : find_token(follow, value);
}

}  // namespace udfgen
