// Moments in UTC, as seconds since 1970 and as text. java.time would load far more than this.
package udfgen;

// All years are those of the Gregorian calendar, also before it began.
final class Utc {
    private static final long DAY = 86400;
    // Days of 400 years, after which the calendar repeats itself.
    private static final int ERA = 146097;
    // Days from the first of March of the year 0 to the first of January 1970.
    private static final int EPOCH = 719468;
    private static final int TEXT_LENGTH = 19;

    private Utc() {
    }

    // Returns seconds since 1970 as `2026-01-02T03:04:05`, for the years 1 to 9999.
    static String show(long seconds) {
        return show(seconds, "-", ":");
    }

    // Returns seconds since 1970 as signatures want them: `20260102T030405Z`.
    static String showCompact(long seconds) {
        return show(seconds, "", "") + 'Z';
    }

    // Returns the seconds since 1970 of a text that begins as `2026-01-02T03:04:05`; what follows is not looked at.
    // Throws Unfit when it does not, or is no real time.
    static long read(String text) throws Unfit {
        try {
            if (text.length() >= TEXT_LENGTH) {
                long days = toDays(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10));
                long minutes = number(text, 11, 13) * 60L + number(text, 14, 16);
                long seconds = days * DAY + minutes * 60 + number(text, 17, TEXT_LENGTH);
                // Shown again, the 30th of February is another day.
                if (text.startsWith(show(seconds))) {
                    return seconds;
                }
            }
        } catch (NumberFormatException none) {
            throw notTime();
        }
        throw notTime();
    }

    private static Unfit notTime() {
        return new Unfit("must be a time");
    }

    private static int number(String text, int begin, int end) {
        return Integer.parseInt(text.substring(begin, end));
    }

    // Counts in years that begin in March: then a leap day is the last of its year
    // (https://howardhinnant.github.io/date_algorithms.html#days_from_civil).
    private static long toDays(int year, int month, int day) {
        long marchYear = month > 2 ? year : year - 1;
        long era = Math.floorDiv(marchYear, 400L);
        long ofEra = marchYear - era * 400;
        long ofYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        return era * ERA + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - EPOCH;
    }

    private static String show(long seconds, String dash, String colon) {
        long days = Math.floorDiv(seconds, DAY);
        int second = (int) (seconds - days * DAY);
        StringBuilder shown = new StringBuilder(TEXT_LENGTH + 1);
        showDay(days, dash, shown);
        shown.append('T');
        append(second / 3600, 2, shown);
        append(second / 60 % 60, 2, shown.append(colon));
        append(second % 60, 2, shown.append(colon));
        return shown.toString();
    }

    // The reverse of toDays (https://howardhinnant.github.io/date_algorithms.html#civil_from_days).
    private static void showDay(long days, String dash, StringBuilder shown) {
        long shifted = days + EPOCH;
        long era = Math.floorDiv(shifted, (long) ERA);
        long ofEra = shifted - era * ERA;
        long year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
        long ofYear = ofEra - (365 * year + year / 4 - year / 100);
        long month = (5 * ofYear + 2) / 153;
        append(year + era * 400 + (month < 10 ? 0 : 1), 4, shown);
        append(month < 10 ? month + 3 : month - 9, 2, shown.append(dash));
        append(ofYear - (153 * month + 2) / 5 + 1, 2, shown.append(dash));
    }

    private static void append(long number, int width, StringBuilder shown) {
        String digits = Long.toString(number);
        for (int zeros = width - digits.length(); zeros > 0; zeros--) {
            shown.append('0');
        }
        shown.append(digits);
    }
}
