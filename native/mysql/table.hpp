// The table that the compiler froze into the library: what may be called, how, and with what types.
#pragma once

#include "json.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace udfgen {

// The closed list of portable types.
enum class Kind {
    boolean,
    smallint,
    integer,
    bigint,
    decimal,
    real,
    double_,
    text,
    varchar,
    date,
    time,
    timestamp,
    timestamptz,
    uuid,
    json,
    bytes
};

// A portable type: precision and scale are digits of a decimal, length is code points of a varchar; else 0.
struct Type {
    Kind kind;
    std::size_t precision = 0, scale = 0, length = 0;
};

// Returns a type as the spec writes it: `decimal(5,2)`, `varchar(20)`, `bigint`.
std::string show(const Type &type);

// Tells whether a type is one of numbers, which are compared by value.
bool is_numeric(Kind kind);

// Tells whether a type is real or double.
bool is_floating(Kind kind);

// Tells whether a value is in the range of smallint, integer or bigint.
bool is_in_range(Kind kind, std::int64_t value);

// What is checked of an argument before anything is sent. Bounds are exact decimals as text.
struct Constraints {
    std::vector<std::string> one_of;  // empty: any value
    std::optional<std::string> min, max;
    std::optional<std::size_t> max_length;  // code points, of bytes bytes
    std::optional<std::string> pattern;     // in the canonical form, for the whole value
    bool required = false;
};

// A typed argument. `as_string`: a number that travels as a JSON string.
struct Parameter {
    std::string name;
    Type type;
    Constraints constraints;
    bool as_string = false;
};

// A request body in pieces: JSON text as it is, and indexes of the parameters whose JSON stands there.
using Payload = std::vector<std::variant<std::string, std::size_t>>;

// A value taken out of a reply. `round`: digits beyond the scale are rounded, not refused.
struct Result {
    Type type;
    Path path;
    bool round = false;
};

// A set of rows found at `rows`, an array in the reply; the path of a column starts at the row.
struct Table {
    Path rows;
    std::vector<Result> columns;
};

// What a function returns: nothing, one value, or rows.
using Returns = std::variant<std::monostate, Result, Table>;

// How a binding calls: wait for the result, queue, or only ask whether it may.
enum class Invoke { sync, async, dry_run };

// A Lambda function that the database may reach; `target` is its name, partial ARN or ARN without a qualifier.
struct Binding {
    std::string name, target;
    std::optional<std::string> qualifier;
    Invoke invoke = Invoke::sync;
    std::chrono::milliseconds timeout{}, connect_timeout{};
    bool idempotent = false;
    int retries = 0;
    bool log_tail = false, client_context = false;
};

// Where the pages of a table result are: the value at `token` of a reply takes the place of the parameter `into` in the
// next call, until there is none, `until` is true, or (`until_empty`) a page has no rows.
struct Follow {
    Path token;
    std::size_t into = 0;
    std::optional<Path> until;
    bool until_empty = false, stops_at_limit = false;
    int max_pages = 0;
};

// How the rows of a batch travel: in the envelope of Redshift's Lambda functions, or as a plain array.
enum class Wire { redshift, list };

// How many rows go in one request, and what is done with their results. `function` is `<spec>.<function>`, `collapse`
// sends equal rows once, `tells_caller` puts user and database into an envelope.
struct Batch {
    Wire wire = Wire::redshift;
    std::size_t max_rows = 0, max_bytes = 0, concurrency = 1;
    std::string function;
    bool collapse = false, null_on_row_error = false, tells_caller = false;
};

// How long a result is good, and how many a session keeps.
struct Keeping {
    std::chrono::milliseconds ttl{};
    std::size_t max_entries = 0;
};

// What a drop-in name reaches, by the spellings of the Lambda functions that callers may use.
using Choices = std::map<std::string, Binding, std::less<>>;

// A wrapper: typed arguments in, one payload out, one typed result back. A drop-in name has no binding of its own: its
// first argument is one of the `choices`.
struct Function {
    std::string name;
    std::optional<Binding> binding;
    Choices choices;
    std::vector<Parameter> parameters;
    Payload payload;
    Returns returns;
    std::optional<Follow> follow;
    std::optional<Batch> batch;
    std::optional<Keeping> cache;
    bool null_on_null = false, null_on_error = false;
};

// Where the server process finds its AWS credentials: chain, environment, profile, container or imds; the rest goes
// with the profile source. Never a secret.
struct CredentialSource {
    std::string source = "chain";
    std::optional<std::string> profile, file, config_file;
};

// What one library serves: how it reaches AWS, and who alone may call it.
struct Program {
    std::string name, region;
    std::optional<std::string> endpoint, proxy, ca_file;
    CredentialSource credentials;
    std::string database, owner_user, owner_host;
    std::string switch_file;  // of the switch's table, in the server's data folder
};

// Reads what udfgen.ir.describe_aws wrote, and whom the library serves. Throws std::logic_error when it cannot be read:
// the compiler made the text.
Program read_program(const std::string &json);

// Reads what udfgen.ir.describe or describe_compat wrote. Throws std::logic_error when it cannot be read.
Function read_function(const std::string &json);

}  // namespace udfgen
