// Dates and times as text.
#include "moment.hpp"

#include "failure.hpp"
#include "text.hpp"

namespace udfgen {

namespace {

// Tells whether text has a shape, in which `9` stands for a digit and all else for itself.
bool has_shape(std::string_view text, std::string_view shape) {
    for (std::size_t at = 0; at < shape.size() && at < text.size(); ++at) {
        if (shape[at] == '9' ? !is_digit(text[at]) : text[at] != shape[at]) {
            return false;
        }
    }
    return text.size() == shape.size();
}

// Returns the number that `count` digits at a position write.
int read(std::string_view text, std::size_t at, std::size_t count) {
    int number = 0;
    for (const char digit : text.substr(at, count)) {
        number = number * 10 + (digit - '0');
    }
    return number;
}

void write(std::string &text, std::size_t at, std::size_t count, int number) {
    for (; count > 0; number /= 10) {
        text[at + --count] = static_cast<char>('0' + number % 10);
    }
}

int days_of(int year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && is_leap ? 29 : days[month - 1];
}

// Moves a date by one day, forward or back.
void turn_page(int &year, int &month, int &day, bool forward) {
    day += forward ? 1 : -1;
    if (day == 0 || day > days_of(year, month)) {
        month += forward ? 1 : -1;
        if (month == 0 || month > 12) {
            year += forward ? 1 : -1;
            month = forward ? 1 : 12;
        }
        day = forward ? 1 : days_of(year, month);
    }
}

// Returns the date one day later or earlier.
std::string neighbour(std::string_view date, bool forward) {
    int year = read(date, 0, 4), month = read(date, 5, 2), day = read(date, 8, 2);
    turn_page(year, month, day, forward);
    if (year < 1 || year > 9999) {
        throw Unfit{"must be in the years 1 to 9999"};
    }
    std::string moved(date);
    write(moved, 0, 4, year);
    write(moved, 5, 2, month);
    write(moved, 8, 2, day);
    return moved;
}

}  // namespace

bool is_date(std::string_view text) {
    if (!has_shape(text, "9999-99-99")) {
        return false;
    }
    const int year = read(text, 0, 4), month = read(text, 5, 2), day = read(text, 8, 2);
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(year, month);
}

bool is_time(std::string_view text) {
    const std::string_view clock = text.substr(0, 8), fraction = text.substr(clock.size());
    const std::string_view shape = std::string_view(".999999").substr(0, fraction.size());
    return has_shape(clock, "99:99:99") && read(clock, 0, 2) < 24 && clock[3] < '6' && clock[6] < '6' &&
           fraction.size() != 1 && has_shape(fraction, shape);
}

bool is_offset(std::string_view text) {
    const bool is_shift = has_shape(text, "+99:99") || has_shape(text, "-99:99");
    return text == "Z" || (is_shift && read(text, 1, 2) < 24 && text[4] < '6');
}

std::string_view trim_fraction(std::string_view time) {
    const std::size_t point = time.find('.');
    if (point == time.npos) {
        return time;
    }
    const std::size_t last = time.find_last_not_of('0');
    return time.substr(0, last == point ? point : last + 1);
}

std::string to_utc(std::string_view date, char separator, std::string_view time, std::string_view offset) {
    constexpr int day = 24 * 60;
    int minutes = read(time, 0, 2) * 60 + read(time, 3, 2);
    if (offset != "Z") {
        const int ahead = read(offset, 1, 2) * 60 + read(offset, 4, 2);
        minutes -= offset[0] == '-' ? -ahead : ahead;
    }
    std::string moved(date);
    if (minutes < 0 || minutes >= day) {
        moved = neighbour(date, minutes > 0);
        minutes += minutes > 0 ? -day : day;
    }
    (moved += separator) += time;
    write(moved, date.size() + 1, 2, minutes / 60);
    write(moved, date.size() + 4, 2, minutes % 60);
    return moved;
}

}  // namespace udfgen
