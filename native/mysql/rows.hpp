// Rows: the argument rows of a batch, one after the other.
#pragma once

#include "arguments.hpp"
#include "failure.hpp"
#include "table.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace udfgen {

// Returns a failure with the number of its row in front of its words.
Failure in_row(std::size_t number, Failure failure);

// Where rows come from. A failure of a row comes without its number.
class Rows {
public:
    virtual ~Rows() = default;

    // Looks at all of the rows together. Throws Failure `bad_argument`.
    virtual void open() {}

    // Reads the next row, whose arguments stay until the one after it, or returns false when there is none. Throws
    // Failure `bad_argument`.
    virtual bool next(std::vector<Argument> &arguments) = 0;
};

// Rows in a JSON text: an array of arrays by the parameters' order, or of objects by their names.
class JsonRows : public Rows {
public:
    // Takes the text, without one for SQL NULL, which is no rows; and how many rows the caller counted, if it did. The
    // text and the parameters must outlive this.
    JsonRows(const std::vector<Parameter> &parameters, std::optional<std::string_view> text,
             std::optional<std::size_t> expected = std::nullopt);

    void open() override;
    bool next(std::vector<Argument> &arguments) override;

private:
    using Values = std::vector<std::optional<std::string_view>>;

    Values values_of(std::string_view row) const;
    Values by_order(std::string_view row) const;
    Values by_name(std::string_view row) const;
    Argument read(const Parameter &parameter, std::string_view value, std::string &held) const;

    const std::vector<Parameter> &parameters_;
    const std::optional<std::string_view> text_;
    const std::optional<std::size_t> expected_;
    std::map<std::string, std::size_t, std::less<>> places_;  // of the parameters, by their names
    std::vector<std::string_view> rows_;
    std::size_t at_ = 0;
    std::vector<std::string> held_;  // what the arguments of a row point to
};

// Returns the JSON of each row; nothing for one with a NULL where such rows are not sent. Throws Failure `bad_argument`
// with the number of the first row that fails.
std::vector<std::optional<std::string>> encode_rows(const Encoder &encode, Rows &rows, bool null_on_null);

}  // namespace udfgen
