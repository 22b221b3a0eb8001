// A checker of whole documents. It does not recurse: the containers around a value stand in a string of their own.
#include "grammar.hpp"

#include "failure.hpp"
#include "text.hpp"

#include <string>

namespace udfgen {

namespace {

bool is_blank(char character) {
    return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

// Tells whether a character stands for itself in a string.
bool is_plain(char character) {
    return static_cast<unsigned char>(character) >= 0x20 && character != '"' && character != '\\';
}

bool is_hex(char digit) {
    return is_digit(digit) || (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
}

// Reads text from left to right, and throws Unfit at the first character that is out of place.
class Checker {
public:
    explicit Checker(std::string_view text) : text_(text) {}

    std::string_view document();
    void number();
    bool is_done() const { return at_ == text_.size(); }

private:
    bool enter();
    bool leave();
    void scalar();
    void member_name();
    void string();
    void escape();
    void digits();
    void literal(std::string_view word);
    void open(char closing);
    bool take(char wanted);
    void expect(char wanted);
    // The end looks like NUL, which no rule of the grammar takes.
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void blank() { at_ = skip_blank(text_, at_); }

    [[noreturn]] static void refuse() { throw Unfit{"is not valid JSON"}; }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string open_;  // what closes the containers around `at_`, the innermost last
};

// Returns the text of the one value in the document.
std::string_view Checker::document() {
    blank();
    const std::size_t begin = at_;
    do {
        while (enter()) {
        }
    } while (leave());
    if (!is_done()) {
        refuse();
    }
    while (is_blank(text_[at_ - 1])) {
        --at_;
    }
    return text_.substr(begin, at_ - begin);
}

// Reads the beginning of a value; true when that opened a container, whose first child comes next.
bool Checker::enter() {
    blank();
    const bool is_object = take('{');
    if (!is_object && !take('[')) {
        scalar();
        return false;
    }
    open(is_object ? '}' : ']');
    blank();
    if (peek() == open_.back()) {
        return false;
    }
    if (is_object) {
        member_name();
    }
    return true;
}

// Reads what follows a value: the ends of containers, then a comma; true when another value comes next.
bool Checker::leave() {
    blank();
    while (!open_.empty() && !take(',')) {
        expect(open_.back());
        open_.pop_back();
        blank();
    }
    if (!open_.empty() && open_.back() == '}') {
        member_name();
    }
    return !open_.empty();
}

void Checker::open(char closing) {
    if (open_.size() == max_depth) {
        throw Unfit{"is nested deeper than " + std::to_string(max_depth) + " levels"};
    }
    open_ += closing;
}

void Checker::member_name() {
    blank();
    string();
    blank();
    expect(':');
}

void Checker::scalar() {
    switch (peek()) {
    case '"': return string();
    case 't': return literal("true");
    case 'f': return literal("false");
    case 'n': return literal("null");
    default: return number();
    }
}

void Checker::string() {
    expect('"');
    at_ = skip_plain(text_, at_);
    while (take('\\')) {
        escape();
        at_ = skip_plain(text_, at_);
    }
    expect('"');
}

// Reads what follows a backslash.
void Checker::escape() {
    if (take('u')) {
        for (int count = 0; count < 4; ++count, ++at_) {
            if (!is_hex(peek())) {
                refuse();
            }
        }
    } else if (std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos) {
        refuse();
    } else {
        ++at_;
    }
}

void Checker::number() {
    take('-');
    if (!take('0')) {
        digits();
    }
    if (take('.')) {
        digits();
    }
    if (take('e') || take('E')) {
        if (!take('+')) {
            take('-');
        }
        digits();
    }
}

void Checker::digits() {
    if (!is_digit(peek())) {
        refuse();
    }
    while (is_digit(peek())) {
        ++at_;
    }
}

void Checker::literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) {
        refuse();
    }
    at_ += word.size();
}

bool Checker::take(char wanted) {
    const bool found = peek() == wanted;
    at_ += found;
    return found;
}

void Checker::expect(char wanted) {
    if (!take(wanted)) {
        refuse();
    }
}

}  // namespace

std::size_t skip_blank(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank(text[at])) {
        ++at;
    }
    return at;
}

std::size_t skip_plain(std::string_view text, std::size_t at) {
    while (at < text.size() && is_plain(text[at])) {
        ++at;
    }
    return at;
}

std::string_view parse_json(std::string_view document) {
    return Checker(document).document();
}

bool is_number(std::string_view text) {
    try {
        Checker checker(text);
        checker.number();
        return checker.is_done();
    } catch (const Unfit &) {
        return false;
    }
}

}  // namespace udfgen
