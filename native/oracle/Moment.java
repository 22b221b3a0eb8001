// Dates and times as text, in the one form that AWS Lambda gets and gives: ISO 8601 without options.
package udfgen;

// Days are those of the Gregorian calendar, from 0001-01-01 to 9999-12-31. java.time knows them too, but takes a cold
// JVM long to load.
final class Moment {
    private static final int MINUTES = 24 * 60;

    private Moment() {
    }

    // Returns a day, as `2016-02-15`; null for other text.
    static String date(String text) {
        if (!hasShape(text, "9999-99-99")) {
            return null;
        }
        int year = number(text, 0, 4);
        int month = number(text, 5, 7);
        int day = number(text, 8, 10);
        boolean isReal = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
        return isReal ? text : null;
    }

    // Returns a time from `00:00:00` to `23:59:59.999999` without the zeros that end its fraction; null for other text.
    static String time(String text) {
        int size = text.length();
        boolean isShaped = size >= 8 && size <= 15 && size != 9 && hasShape(text, "99:99:99.999999".substring(0, size));
        if (!isShaped || number(text, 0, 2) > 23 || text.charAt(3) > '5' || text.charAt(6) > '5') {
            return null;
        }
        return size == 8 ? text : trimFraction(text);
    }

    // Returns a date and a time with `T` between, the time as above; null for other text.
    static String timestamp(String text) {
        if (text.length() < 11 || text.charAt(10) != 'T' || date(text.substring(0, 10)) == null) {
            return null;
        }
        String time = time(text.substring(11));
        return time == null ? null : text.substring(0, 11) + time;
    }

    // Returns a timestamp that ends in `Z`, or in `+00:00` to `-23:59`, moved to UTC and with `Z`; null for other text.
    // Throws Unfit when that leaves the years 1 to 9999.
    static String instant(String text) throws Unfit {
        int end = Math.max(text.length() - (text.endsWith("Z") ? 1 : 6), 0);
        String local = timestamp(text.substring(0, end));
        String offset = text.substring(end);
        if (local == null || !isOffset(offset)) {
            return null;
        }
        return offset.equals("Z") ? local + 'Z' : toUtc(local, offset) + 'Z';
    }

    // Returns what one of the above found, or throws Unfit where that is null.
    static String require(String found, String what) throws Unfit {
        if (found == null) {
            throw new Unfit(what);
        }
        return found;
    }

    // Tells whether text has a shape, in which `9` stands for a digit and all else for itself.
    private static boolean hasShape(String text, String shape) {
        for (int at = 0; at < shape.length() && at < text.length(); at++) {
            char wanted = shape.charAt(at);
            char found = text.charAt(at);
            if (wanted == '9' ? found < '0' || found > '9' : found != wanted) {
                return false;
            }
        }
        return text.length() == shape.length();
    }

    private static int number(String text, int begin, int end) {
        return Integer.parseInt(text.substring(begin, end));
    }

    // Returns a time without the zeros that end its fraction, and without its point when nothing else is left.
    private static String trimFraction(String time) {
        int end = time.length();
        while (time.charAt(end - 1) == '0') {
            end--;
        }
        return time.substring(0, time.charAt(end - 1) == '.' ? end - 1 : end);
    }

    private static boolean isOffset(String text) {
        boolean isShift = hasShape(text, "+99:99") || hasShape(text, "-99:99");
        return text.equals("Z") || (isShift && number(text, 1, 3) < 24 && text.charAt(4) < '6');
    }

    private static int daysOf(int year, int month) {
        boolean isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if (month == 2) {
            return isLeap ? 29 : 28;
        }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    private static String toUtc(String local, String offset) throws Unfit {
        int ahead = number(offset, 1, 3) * 60 + number(offset, 4, 6);
        int minutes = number(local, 11, 13) * 60 + number(local, 14, 16);
        minutes += offset.charAt(0) == '-' ? ahead : -ahead;
        String date = local.substring(0, 10);
        if (minutes < 0) {
            date = dayBefore(date);
            minutes += MINUTES;
        } else if (minutes >= MINUTES) {
            date = dayAfter(date);
            minutes -= MINUTES;
        }
        return date + 'T' + pad(minutes / 60, 2) + ':' + pad(minutes % 60, 2) + local.substring(16);
    }

    private static String dayBefore(String date) throws Unfit {
        int year = number(date, 0, 4);
        int month = number(date, 5, 7);
        int day = number(date, 8, 10) - 1;
        if (day == 0) {
            year -= month == 1 ? 1 : 0;
            month = month == 1 ? 12 : month - 1;
            day = daysOf(year, month);
        }
        return date(year, month, day);
    }

    private static String dayAfter(String date) throws Unfit {
        int year = number(date, 0, 4);
        int month = number(date, 5, 7);
        int day = number(date, 8, 10) + 1;
        if (day > daysOf(year, month)) {
            year += month == 12 ? 1 : 0;
            month = month == 12 ? 1 : month + 1;
            day = 1;
        }
        return date(year, month, day);
    }

    private static String date(int year, int month, int day) throws Unfit {
        if (year < 1 || year > 9999) {
            throw new Unfit("must be in the years 1 to 9999");
        }
        return pad(year, 4) + '-' + pad(month, 2) + '-' + pad(day, 2);
    }

    private static String pad(int number, int size) {
        String digits = "0000" + number;
        return digits.substring(digits.length() - size);
    }
}
