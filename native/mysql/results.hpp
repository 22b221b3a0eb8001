// Results: the body of a reply becomes the value that the server gets.
#pragma once

#include "failure.hpp"
#include "table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace udfgen {

// Returns the text of the value that is a whole reply. Throws Failure `bad_response`.
std::string_view read_document(std::string_view body);

// Returns a JSON value other than null in the server's spelling; its path is not looked at. Throws Unfit.
std::string fit(const Result &result, std::string_view value);

// Returns the failure of a result that is not what it should be.
Failure unfit_result(const Path &path, const Unfit &unfit);

// Reads the replies of one function. Many threads may use one at once.
class Decoder {
public:
    explicit Decoder(const Returns &returns);

    // Returns the value in the server's spelling, or nothing for SQL NULL and void: boolean as 1 or 0, date and time with
    // a blank between and as many digits of fraction as there are, timestamptz in UTC, bytes as they are, json as it
    // stands in the reply. Rows are one JSON array of arrays, whose cells are null or strings in that spelling, bytes in
    // base64. Throws Failure `bad_response`.
    std::optional<std::string> operator()(std::string_view body) const;

    // Returns the value below a result of a batch, a JSON value in a document that was checked. Only for one value.
    std::optional<std::string> element(std::string_view value) const;

    // Appends the rows of one of several pages to an array of rows that is still open, and returns the JSON of the token
    // that leads to the next page, or nothing at the end. Only for tables. Throws Failure `bad_response`.
    std::optional<std::string> append_page(std::string &rows, std::string_view body, const Follow &follow) const;

private:
    Returns returns_;
};

}  // namespace udfgen
