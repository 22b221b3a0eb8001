// Replies of batches: the array of results in them, and the errors of single rows.
#include "unpack.hpp"

#include "failure.hpp"
#include "json.hpp"
#include "refusal.hpp"
#include "rows.hpp"
#include "text.hpp"

namespace udfgen {

namespace {

bool is_string(std::string_view value) {
    return value[0] == '"';
}

// Returns what a text member of an object says, made clean; empty where there is none.
std::string say(std::string_view object, const std::string &member) {
    const auto found = find(object, {member});
    return found && is_string(*found) ? clean(unquote(*found)) : std::string();
}

// Returns the text of the document in a text. Throws Unfit.
std::string_view parse_text(std::string_view text) {
    return is_utf8(text) ? parse_json(text) : throw Unfit{"is not valid JSON"};
}

// Returns the document that counts: of a reply that is a string, the one in it, because handlers return what their
// json.dumps gives. `held` then has its text.
std::string_view unwrap(std::string_view body, std::string &held) {
    const std::string_view document = read_document(body);
    if (!is_string(document)) {
        return document;
    }
    try {
        held = unquote(document);
        return parse_text(held);
    } catch (const Unfit &unfit) {
        throw Failure{Code::bad_response, "the text of the reply " + unfit.what};
    }
}

// Throws Failure `function_error` where a reply in Redshift's form says that the batch failed.
void check_success(std::string_view object) {
    const auto success = find(object, {"success"});
    if (success && *success != "true") {
        const std::string said = say(object, "error_msg");
        throw Failure{Code::function_error, said.empty() ? "the batch failed" : said};
    }
}

bool is_count(std::string_view value, std::size_t count) {
    try {
        return value != "null" && fit({{Kind::bigint}, {}}, value) == std::to_string(count);
    } catch (const Unfit &) {
        return false;
    }
}

Failure unfit(const Path &path, const std::string &what) {
    return unfit_result(path, Unfit{what});
}

std::string_view require_array(std::string_view value, const Path &path) {
    return value[0] == '[' ? value : throw unfit(path, "must be an array");
}

// Returns the array of results in Redshift's form of a reply.
std::string_view find_results(std::string_view document, std::size_t count) {
    if (document[0] != '{') {
        throw unfit({}, "must be an object");
    }
    check_success(document);
    const auto records = find(document, {"num_records"});
    if (records && !is_count(*records, count)) {
        throw unfit({"num_records"}, "must be " + std::to_string(count));
    }
    const auto results = find(document, {"results"});
    return results ? require_array(*results, {"results"}) : throw unfit({"results"}, "is missing");
}

// Returns the elements of an array, which must be so many.
std::vector<std::string_view> split(std::string_view array, std::size_t count) {
    std::vector<std::string_view> elements;
    elements.reserve(count);
    for (Children each(array); each.next();) {
        elements.push_back(each.value());
    }
    if (elements.size() != count) {
        throw Failure{Code::bad_response, "expected " + std::to_string(count) + (count == 1 ? " result" : " results") +
                                              ", got " + std::to_string(elements.size())};
    }
    return elements;
}

// Tells whether a result has the form of AWS's errors.
bool is_error(std::string_view result) {
    const auto said = result[0] == '{' ? find(result, {"errorMessage"}) : std::nullopt;
    return said && is_string(*said);
}

Failure row_error(std::string_view result) {
    const std::string type = say(result, "errorType"), message = say(result, "errorMessage");
    const std::string said = type + (type.empty() || message.empty() ? "" : ": ") + message;
    return {Code::function_error, said.empty() ? "the row failed" : said};
}

void append_json(std::string &out, Kind kind, const std::optional<std::string> &value) {
    const bool is_verbatim = kind == Kind::boolean || kind == Kind::json || is_floating(kind) ||
                             (is_numeric(kind) && kind != Kind::decimal);
    if (!value) {
        out += "null";
    } else if (is_verbatim) {
        out += *value;
    } else {
        append_quoted(out, kind == Kind::bytes ? to_base64(*value) : *value);
    }
}

}  // namespace

Unpacker::Unpacker(const Function &function)
    : batch_(*function.batch), is_void_(std::holds_alternative<std::monostate>(function.returns)),
      decode_(function.returns) {}

Results Unpacker::operator()(std::string_view body, std::size_t count,
                             const std::function<std::size_t(std::size_t)> &number) const {
    if (is_void_) {
        read_void(body);
        return {};
    }
    std::string held;
    const std::string_view document = unwrap(body, held);
    const bool is_list = batch_.wire == Wire::list;
    const auto elements = split(is_list ? require_array(document, {}) : find_results(document, count), count);
    Results results;
    results.reserve(count);
    for (const std::string_view each : elements) {
        try {
            results.push_back(read(each));
        } catch (const Failure &failure) {
            if (!batch_.null_on_row_error) {
                throw in_row(number(results.size()), failure);
            }
            results.emplace_back();
        }
    }
    return results;
}

std::optional<std::string> Unpacker::read(std::string_view result) const {
    return is_error(result) ? throw row_error(result) : decode_.element(result);
}

// Reads a reply whose results nobody wants: JSON of any kind, which may say that the batch failed.
void Unpacker::read_void(std::string_view body) const {
    std::string_view document = read_document(body);
    std::string held;
    try {
        held = is_string(document) ? unquote(document) : std::string();
        document = is_string(document) ? parse_text(held) : document;
    } catch (const Unfit &) {
        return;
    }
    if (batch_.wire == Wire::redshift && document[0] == '{') {
        check_success(document);
    }
}

std::string write_json(Kind kind, const Results &results) {
    std::string json = "[";
    for (const auto &each : results) {
        json += json.size() > 1 ? "," : "";
        append_json(json, kind, each);
    }
    return json += ']';
}

}  // namespace udfgen
