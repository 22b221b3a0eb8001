// Feeds arbitrary bytes to the checker of JSON and, as the body of a reply, to decoders of many kinds.
#include "failure.hpp"
#include "json.hpp"
#include "results.hpp"
#include "table.hpp"
#include "text.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace udfgen;
using Json = nlohmann::json;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// Tells whether nlohmann/json takes a document, or nothing where it is no judge: it refuses numbers beyond a double and
// escaped halves of surrogate pairs, takes a byte order mark, and takes NUL for the end of the text.
std::optional<bool> judge(std::string_view document) {
    if (document.substr(0, 1) == "\xEF" || document.find('\0') != document.npos) {
        return std::nullopt;
    }
    try {
        return !Json::parse(document).is_discarded();
    } catch (const Json::out_of_range &) {
        return std::nullopt;
    } catch (const Json::parse_error &error) {
        const bool is_surrogate = std::string_view(error.what()).find("surrogate") != std::string_view::npos;
        return is_surrogate ? std::nullopt : std::optional(false);
    }
}

// Returns the text of the document's value, or nothing when it is refused; compares that with the judge.
std::optional<std::string_view> check(std::string_view document) {
    const auto expected = judge(document);
    try {
        const std::string_view value = parse_json(document);
        require(!expected || *expected || !is_utf8(document));
        require(value.data() >= document.data() && value.data() + value.size() <= document.data() + document.size());
        return value;
    } catch (const Unfit &unfit) {
        require(!expected || !*expected || unfit.what == "is nested deeper than 512 levels");
        return std::nullopt;
    }
}

// Reads a value and all below it, level by level, so that nothing recurses; compares each scalar with the judge.
void read_all(std::string_view document) {
    std::vector<std::string_view> level{document};
    while (!level.empty()) {
        const std::string_view value = level.back();
        level.pop_back();
        require(parse_json(value) == value);
        if (value[0] == '[' || value[0] == '{') {
            for (Children each(value); each.next();) {
                if (!each.name().empty()) {
                    const auto found = find(value, {unquote(each.name())});
                    require(found && found->data() >= each.value().data());
                }
                level.push_back(each.value());
            }
        } else if (value[0] == '"') {
            const std::string text = unquote(value);
            std::string quoted;
            append_quoted(quoted, text);
            require(unquote(quoted) == text);
            require(judge(value) != true || Json::parse(value).get<std::string>() == text);
        } else {
            require(value == "true" || value == "false" || value == "null" || is_number(value));
        }
    }
}

const std::vector<Decoder> &decoders() {
    static const auto &all = *new std::vector<Decoder>([] {
        std::vector<Decoder> made;
        Table table{{std::string("r")}, {}};
        for (int kind = 0; kind <= static_cast<int>(Kind::bytes); ++kind) {
            const Type type{static_cast<Kind>(kind), 20, 4, 10};
            for (const bool round : {false, true}) {
                made.emplace_back(Result{type, {}, round});
                made.emplace_back(Result{type, {std::string("a"), std::size_t{1}}, round});
            }
            made.emplace_back(Table{{}, {{type, {}, false}, {type, {std::size_t{0}}, true}}});
            table.columns.push_back({type, {std::string("a")}, true});
        }
        made.emplace_back(table);
        made.emplace_back(std::monostate());
        return made;
    }());
    return all;
}

}  // namespace

// libFuzzer's entry point: https://llvm.org/docs/LibFuzzer.html#fuzz-target
extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size) {
    const std::string_view document(reinterpret_cast<const char *>(data), size);
    const auto value = check(document);
    // Reading each child from its own text takes quadratic time.
    if (value && size < 2000) {
        read_all(*value);
    }
    for (const Decoder &decode : decoders()) {
        try {
            const auto found = decode(document);
            require(value.has_value());
            require(!found || found->size() <= 8 * size + 64);
        } catch (const Failure &failure) {
            require(failure.code == Code::bad_response && is_utf8(failure.what) && failure.what.size() < 200);
        }
    }
    return 0;
}
