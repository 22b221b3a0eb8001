// Reads the table. nlohmann/json is enough here: the text is ours, small, and read once.
#include "table.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <stdexcept>
#include <utility>

namespace udfgen {

namespace {

using Facts = nlohmann::json;

// In the order of Kind.
constexpr std::array<const char *, 16> kind_names = {
    "boolean", "smallint", "integer", "bigint",    "decimal",     "real", "double", "text",
    "varchar", "date",     "time",    "timestamp", "timestamptz", "uuid", "json",   "bytes"};

constexpr std::array<const char *, 3> invoke_names = {"sync", "async", "dry_run"};
constexpr std::array<const char *, 2> wire_names = {"redshift", "list"};

template <typename Enum, std::size_t count>
Enum read_enum(const std::array<const char *, count> &names, const Facts &facts) {
    const auto name = facts.get<std::string>();
    for (std::size_t index = 0; index < count; ++index) {
        if (name == names[index]) {
            return static_cast<Enum>(index);
        }
    }
    throw std::logic_error("the table has an unknown name: " + name);
}

template <typename Value> std::optional<Value> read_optional(const Facts &facts, const char *key) {
    return facts.contains(key) ? std::optional(facts.at(key).get<Value>()) : std::nullopt;
}

// Reads steps of a path or pieces of a payload: strings and indexes.
std::vector<std::variant<std::string, std::size_t>> read_pieces(const Facts &facts) {
    std::vector<std::variant<std::string, std::size_t>> pieces;
    for (const Facts &each : facts) {
        if (each.is_string()) {
            pieces.emplace_back(each.get<std::string>());
        } else {
            pieces.emplace_back(each.get<std::size_t>());
        }
    }
    return pieces;
}

Type read_type(const Facts &facts) {
    const std::size_t none = 0;
    return {read_enum<Kind>(kind_names, facts.at("type")), facts.value("precision", none), facts.value("scale", none),
            facts.value("length", none)};
}

Constraints read_constraints(const Facts &facts) {
    Constraints limits;
    limits.one_of = facts.value("enum", std::vector<std::string>());
    limits.min = read_optional<std::string>(facts, "min");
    limits.max = read_optional<std::string>(facts, "max");
    limits.max_length = read_optional<std::size_t>(facts, "max_length");
    limits.pattern = read_optional<std::string>(facts, "pattern");
    limits.required = facts.value("required", false);
    return limits;
}

Parameter read_parameter(const Facts &facts) {
    return {facts.at("name"), read_type(facts), read_constraints(facts), facts.value("as_string", false)};
}

Result read_result(const Facts &facts) {
    return {read_type(facts), read_pieces(facts.at("path")), facts.value("round", false)};
}

Returns read_returns(const Facts &facts) {
    const auto kind = facts.at("kind").get<std::string>();
    if (kind == "void") {
        return std::monostate();
    }
    if (kind == "scalar") {
        return read_result(facts);
    }
    Table table{read_pieces(facts.at("rows")), {}};
    for (const Facts &column : facts.at("columns")) {
        table.columns.push_back(read_result(column));
    }
    return table;
}

Binding read_binding(const Facts &facts) {
    Binding binding;
    binding.name = facts.at("name");
    binding.target = facts.at("target");
    binding.qualifier = read_optional<std::string>(facts, "qualifier");
    binding.invoke = read_enum<Invoke>(invoke_names, facts.at("invoke"));
    binding.timeout = std::chrono::milliseconds(facts.at("timeout_ms"));
    binding.connect_timeout = std::chrono::milliseconds(facts.at("connect_timeout_ms"));
    binding.idempotent = facts.value("idempotent", false);
    binding.retries = facts.value("retries", 0);
    binding.log_tail = facts.value("log_tail", false);
    binding.client_context = facts.value("client_context", false);
    return binding;
}

Choices read_choices(const Facts &facts) {
    Choices choices;
    for (const auto &[spelling, binding] : facts.items()) {
        choices.emplace(spelling, read_binding(binding));
    }
    return choices;
}

Follow read_follow(const Facts &facts) {
    Follow follow;
    follow.token = read_pieces(facts.at("token"));
    follow.into = facts.at("into");
    if (facts.contains("until")) {
        follow.until = read_pieces(facts.at("until"));
    }
    follow.until_empty = facts.value("until_empty", false);
    follow.stops_at_limit = facts.value("stops_at_limit", false);
    follow.max_pages = facts.at("max_pages");
    return follow;
}

Batch read_batch(const Facts &facts) {
    Batch batch;
    batch.wire = read_enum<Wire>(wire_names, facts.at("wire"));
    batch.max_rows = facts.at("max_rows");
    batch.max_bytes = facts.at("max_bytes");
    batch.concurrency = facts.at("concurrency");
    batch.function = facts.at("function");
    batch.collapse = facts.value("collapse", false);
    batch.null_on_row_error = facts.value("null_on_row_error", false);
    batch.tells_caller = facts.value("tells_caller", false);
    return batch;
}

Keeping read_keeping(const Facts &facts) {
    return {std::chrono::milliseconds(facts.at("ttl_ms")), facts.at("max_entries")};
}

CredentialSource read_source(const Facts &facts) {
    return {facts.at("source"), read_optional<std::string>(facts, "profile"), read_optional<std::string>(facts, "file"),
            read_optional<std::string>(facts, "config_file")};
}

Program to_program(const Facts &facts) {
    Program program;
    program.name = facts.at("name");
    program.region = facts.at("region");
    program.endpoint = read_optional<std::string>(facts, "endpoint");
    program.proxy = read_optional<std::string>(facts, "proxy");
    program.ca_file = read_optional<std::string>(facts, "ca_file");
    program.credentials = read_source(facts.at("credentials"));
    program.database = facts.at("database");
    program.owner_user = facts.at("owner_user");
    program.owner_host = facts.at("owner_host");
    program.switch_file = facts.at("switch_file");
    return program;
}

Function to_function(const Facts &facts) {
    Function function;
    function.name = facts.at("name");
    if (facts.contains("choices")) {
        function.choices = read_choices(facts.at("choices"));
    } else {
        function.binding = read_binding(facts.at("binding"));
    }
    for (const Facts &parameter : facts.at("parameters")) {
        function.parameters.push_back(read_parameter(parameter));
    }
    function.payload = read_pieces(facts.at("payload"));
    function.returns = read_returns(facts.at("returns"));
    if (facts.contains("follow")) {
        function.follow = read_follow(facts.at("follow"));
    }
    function.null_on_null = facts.value("null_on_null", false);
    if (facts.contains("batch")) {
        function.batch = read_batch(facts.at("batch"));
        function.null_on_null = facts.at("batch").value("null_on_null", false);
    }
    if (facts.contains("cache")) {
        function.cache = read_keeping(facts.at("cache"));
    }
    function.null_on_error = facts.value("null_on_error", false);
    return function;
}

// Reads JSON text, and gives the library's complaints the one type that a mistake of ours has.
template <typename Value> Value read(const std::string &json, Value (*convert)(const Facts &)) {
    try {
        return convert(Facts::parse(json));
    } catch (const Facts::exception &error) {
        throw std::logic_error(std::string("the table cannot be read: ") + error.what());
    }
}

}  // namespace

std::string show(const Type &type) {
    const std::string name = kind_names[static_cast<std::size_t>(type.kind)];
    switch (type.kind) {
    case Kind::decimal: return name + '(' + std::to_string(type.precision) + ',' + std::to_string(type.scale) + ')';
    case Kind::varchar: return name + '(' + std::to_string(type.length) + ')';
    default: return name;
    }
}

bool is_numeric(Kind kind) {
    return kind >= Kind::smallint && kind <= Kind::double_;
}

bool is_floating(Kind kind) {
    return kind == Kind::real || kind == Kind::double_;
}

bool is_in_range(Kind kind, std::int64_t value) {
    const int bits = kind == Kind::smallint ? 15 : kind == Kind::integer ? 31 : 63;
    const std::int64_t beyond = value < 0 ? ~value : value;
    return beyond >> bits == 0;
}

Program read_program(const std::string &json) {
    return read(json, to_program);
}

Function read_function(const std::string &json) {
    return read(json, to_function);
}

}  // namespace udfgen
