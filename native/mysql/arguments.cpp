// Arguments: each kind of type has a function that checks a value and returns its plain text, without JSON's quotes.
#include "arguments.hpp"

#include "failure.hpp"
#include "json.hpp"
#include "moment.hpp"
#include "number.hpp"
#include "text.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace udfgen {

namespace {

std::string plain_boolean(std::string_view text) {
    return text.find_first_of("123456789") == text.npos ? "false" : "true";
}

std::string plain_integer(const Type &type, std::string_view text) {
    const auto value = to_integer(text);
    if (!value || !is_in_range(type.kind, *value)) {
        throw Unfit{"must fit " + show(type)};
    }
    return std::to_string(*value);
}

std::string plain_decimal(const Type &type, std::string_view text) {
    if (!is_number(text)) {
        throw Unfit{"must be a finite number"};
    }
    const Decimal rounded = Decimal(text).round(type.scale);
    if (!rounded.fits(type.precision, type.scale)) {
        throw Unfit{"must fit " + show(type)};
    }
    return rounded.fixed(type.scale);
}

std::string plain_float(const Type &type, double number) {
    if (!std::isfinite(number)) {
        throw Unfit{"must be a finite number"};
    }
    if (type.kind == Kind::double_) {
        return shortest(number);
    }
    const float single = to_real(number);
    if (!std::isfinite(single)) {
        throw Unfit{"must fit real"};
    }
    return shortest(single);
}

std::string plain_text(const Type &type, std::string_view text) {
    if (type.kind == Kind::varchar && count_code_points(text) > type.length) {
        throw Unfit{"must be at most " + std::to_string(type.length) + " characters long"};
    }
    return std::string(text);
}

std::string plain_json(std::string_view text) {
    parse_json(text);
    return std::string(text);
}

std::string plain_uuid(std::string_view text) {
    const std::string lower = to_lower(text);
    if (!is_uuid(lower)) {
        throw Unfit{"must be a uuid"};
    }
    return lower;
}

std::string plain_bytes(const Constraints &constraints, std::string_view bytes) {
    if (constraints.max_length && bytes.size() > *constraints.max_length) {
        throw Unfit{"must be at most " + std::to_string(*constraints.max_length) + " bytes long"};
    }
    return to_base64(bytes);
}

// The server lets dates through that are no days, such as 0000-00-00 and 2024-02-00
// (https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sqlmode_no_zero_in_date).
std::string plain_date(std::string_view text) {
    if (!is_date(text)) {
        throw Unfit{"must be a date from 0001-01-01 to 9999-12-31"};
    }
    return std::string(text);
}

// The server's TIME is a span, from -838:59:59 to 838:59:59: https://dev.mysql.com/doc/refman/8.4/en/time.html
std::string plain_time(std::string_view text) {
    if (!is_time(text)) {
        throw Unfit{"must be a time from 00:00:00 to 23:59:59.999999"};
    }
    return std::string(trim_fraction(text));
}

// A timestamptz is a DATETIME that means UTC.
std::string plain_timestamp(Kind kind, std::string_view text) {
    const std::string_view date = text.substr(0, 10), rest = text.substr(date.size());
    if (!is_date(date) || rest.empty() || rest[0] != ' ' || !is_time(rest.substr(1))) {
        throw Unfit{"must be a real date in the years 1 to 9999"};
    }
    std::string plain(date);
    (plain += 'T') += trim_fraction(rest.substr(1));
    return kind == Kind::timestamptz ? plain + 'Z' : plain;
}

std::string plain(const Parameter &parameter, const Argument &argument) {
    const Type &type = parameter.type;
    switch (type.kind) {
    case Kind::boolean: return plain_boolean(argument.text);
    case Kind::smallint:
    case Kind::integer:
    case Kind::bigint: return plain_integer(type, argument.text);
    case Kind::decimal: return plain_decimal(type, argument.text);
    case Kind::real:
    case Kind::double_: return plain_float(type, argument.number);
    case Kind::text:
    case Kind::varchar: return plain_text(type, argument.text);
    case Kind::date: return plain_date(argument.text);
    case Kind::time: return plain_time(argument.text);
    case Kind::timestamp:
    case Kind::timestamptz: return plain_timestamp(type.kind, argument.text);
    case Kind::uuid: return plain_uuid(argument.text);
    case Kind::json: return plain_json(argument.text);
    case Kind::bytes: return plain_bytes(parameter.constraints, argument.text);
    }
    throw std::logic_error("a kind of type without a way to JSON");
}

// Tells whether the plain text of a parameter is JSON as it is.
bool is_verbatim(const Parameter &parameter) {
    const Kind kind = parameter.type.kind;
    return !parameter.as_string && (is_numeric(kind) || kind == Kind::boolean || kind == Kind::json);
}

Failure unfit_argument(const Parameter &parameter, const std::string &what) {
    return {Code::bad_argument, "argument \"" + parameter.name + "\": " + what};
}

std::string quote(const std::string &text) {
    std::string quoted;
    quoted.reserve(text.size() + 2);
    append_quoted(quoted, text);
    return quoted;
}

// Returns the JSON of an argument.
std::string encode(const Parameter &parameter, const Limits &limits, const Argument &argument) {
    try {
        if (argument.is_null && parameter.constraints.required) {
            throw Unfit{"must not be null"};
        }
        if (argument.is_null) {
            return "null";
        }
        std::string text = plain(parameter, argument);
        limits.check(text);
        return is_verbatim(parameter) ? text : quote(text);
    } catch (const Unfit &unfit) {
        throw unfit_argument(parameter, unfit.what);
    }
}

// Returns a payload with the JSON of arguments in its places.
std::string fill(const Payload &payload, const std::vector<std::string> &texts) {
    const auto text_of = [&texts](const Payload::value_type &piece) -> const std::string & {
        const auto *index = std::get_if<std::size_t>(&piece);
        return index ? texts[*index] : std::get<std::string>(piece);
    };
    std::size_t size = 0;
    for (const auto &piece : payload) {
        size += text_of(piece).size();
    }
    std::string body;
    body.reserve(size);
    for (const auto &piece : payload) {
        body += text_of(piece);
    }
    return body;
}

}  // namespace

Encoder::Encoder(const Function &function) : payload_(function.payload) {
    for (const Parameter &parameter : function.parameters) {
        slots_.push_back({parameter, Limits(parameter)});
    }
}

std::vector<std::string> Encoder::texts(const std::vector<Argument> &arguments) const {
    if (arguments.size() != slots_.size()) {
        const std::string count = std::to_string(slots_.size());
        throw Failure{Code::bad_argument, "takes " + count + (slots_.size() == 1 ? " argument" : " arguments")};
    }
    std::vector<std::string> texts;
    texts.reserve(slots_.size());
    for (std::size_t index = 0; index < slots_.size(); ++index) {
        texts.push_back(encode(slots_[index].parameter, slots_[index].limits, arguments[index]));
    }
    return texts;
}

std::string Encoder::body(const std::vector<std::string> &texts) const {
    std::string body = fill(payload_, texts);
    if (!is_utf8(body)) {
        const auto found = std::find_if_not(texts.begin(), texts.end(), is_utf8);
        const auto index = static_cast<std::size_t>(found - texts.begin());
        throw unfit_argument(slots_[index].parameter, "must be valid Unicode");
    }
    return body;
}

}  // namespace udfgen
