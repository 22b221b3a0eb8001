// Values of SQL and values of the core, each made of the other.
package udfgen;

import java.math.BigDecimal;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Timestamp;

// The empty string is NULL, both ways, as everywhere in Oracle. A date or timestamp has the fields that it shows in the
// JVM's default time zone, a timestamptz is an instant.
final class Values {
    // The session's own connection; set by tests for another database.
    static String connection = "jdbc:default:connection:";
    // AWS Lambda takes no more bytes, so nobody needs to read more characters.
    private static final int MAX_LENGTH = 6291456;
    // No NUMBER has more digits before the point
    // (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Data-Types.html).
    private static final int NUMBER_DIGITS = 126;
    private static final int NUMBER_ZEROS = 130;

    private Values() {
    }

    // Returns arguments as the encoder wants them: Boolean, BigDecimal, String, byte[], null. Throws Failure for a date
    // with a time and for what is too large to be read at all.
    static Object[] read(Parameter[] parameters, Object[] given) throws Failure, SQLException {
        Object[] arguments = given.clone();
        for (int at = 0; at < Math.min(given.length, parameters.length); at++) {
            arguments[at] = read(parameters[at], given[at]);
        }
        return arguments;
    }

    // Returns a result that is not NULL as an object of the class `form`: BigDecimal (of a boolean 0 or 1), Boolean,
    // String, Clob, Blob or Timestamp, and as it is for any other class. Throws Failure `bad_response` for what NUMBER
    // cannot hold.
    static Object show(Object value, Type type, Class<?> form) throws Failure, SQLException {
        if (form == BigDecimal.class) {
            return value instanceof Boolean ? toBit((Boolean) value) : toNumber((BigDecimal) value);
        }
        if (form == String.class) {
            return emptyToNull((String) value);
        }
        if (form == Clob.class) {
            return emptyToNull((String) value) == null ? null : clob((String) value);
        }
        if (form == Blob.class) {
            return blob((byte[]) value);
        }
        return form == Timestamp.class ? toTimestamp(type, (String) value) : value;
    }

    // Returns a temporary CLOB with a text.
    static Clob clob(String text) throws SQLException {
        Clob made = session().createClob();
        made.setString(1, text);
        return made;
    }

    private static Blob blob(byte[] bytes) throws SQLException {
        Blob made = session().createBlob();
        made.setBytes(1, bytes);
        return made;
    }

    // Returns the connection of the session that called, which stays open.
    static Connection session() throws SQLException {
        return DriverManager.getConnection(connection);
    }

    // Tells whether one of the arguments is NULL.
    static boolean hasNull(Object[] given) throws SQLException {
        for (Object each : given) {
            boolean isEmpty = each instanceof Clob && ((Clob) each).length() == 0;
            if (each == null || isEmpty || each.equals("")) {
                return true;
            }
        }
        return false;
    }

    private static String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static Object read(Parameter parameter, Object value) throws Failure, SQLException {
        if (value instanceof String) {
            return emptyToNull((String) value);
        }
        if (value instanceof Clob) {
            return readText(parameter, (Clob) value);
        }
        if (value instanceof Blob) {
            return readBytes(parameter, (Blob) value);
        }
        if (value instanceof Timestamp) {
            return readMoment(parameter, round((Timestamp) value));
        }
        boolean isBit = value instanceof BigDecimal && parameter.type.kind.equals("boolean");
        return isBit ? Boolean.valueOf(((BigDecimal) value).signum() != 0) : value;
    }

    private static String readText(Parameter parameter, Clob text) throws Failure, SQLException {
        int length = requireRoom(parameter, text.length(), " characters");
        return length == 0 ? null : text.getSubString(1, length);
    }

    private static byte[] readBytes(Parameter parameter, Blob bytes) throws Failure, SQLException {
        int length = requireRoom(parameter, bytes.length(), " bytes");
        return length == 0 ? new byte[0] : bytes.getBytes(1, length);
    }

    private static int requireRoom(Parameter parameter, long length, String unit) throws Failure {
        if (length > MAX_LENGTH) {
            String what = "argument \"" + parameter.name + "\" has " + length + unit;
            throw new Failure("too_large", what + ", AWS Lambda takes " + MAX_LENGTH + " bytes");
        }
        return (int) length;
    }

    // Returns a time in whole microseconds, rounded as SQL does when it assigns it to six digits.
    private static Timestamp round(Timestamp time) {
        int micros = (time.getNanos() + 500) / 1000;
        Timestamp rounded = new Timestamp(Math.floorDiv(time.getTime(), 1000L) * 1000 + micros / 1000000 * 1000);
        rounded.setNanos(micros % 1000000 * 1000);
        return rounded;
    }

    // Returns a time in ISO 8601. The encoder refuses what is not in the years 1 to 9999.
    private static String readMoment(Parameter parameter, Timestamp time) throws Failure {
        if (parameter.type.kind.equals("timestamptz")) {
            String micros = Long.toString(1000000 + time.getNanos() / 1000).substring(1);
            return Utc.show(Math.floorDiv(time.getTime(), 1000L)) + '.' + micros + 'Z';
        }
        // Timestamp shows years before the first as if they were after it.
        boolean isShown = !time.before(Timestamp.valueOf("0001-01-01 00:00:00"));
        String shown = isShown ? time.toString() : "";
        if (!isShown || parameter.type.kind.equals("timestamp")) {
            return shown.replace(' ', 'T');
        }
        String day = shown.substring(0, shown.indexOf(' '));
        // Where summer time begins at midnight, that day has none, and begins at 01:00.
        if (!time.equals(Timestamp.valueOf(day + " 00:00:00"))) {
            String what = "argument \"" + parameter.name + "\": must be a date without a time";
            throw new Failure("bad_argument", what);
        }
        return day;
    }

    private static BigDecimal toBit(Boolean value) {
        return value ? BigDecimal.ONE : BigDecimal.ZERO;
    }

    private static BigDecimal toNumber(BigDecimal number) throws Failure {
        int digits = number.precision() - number.scale();
        if (number.signum() != 0 && digits > NUMBER_DIGITS) {
            throw new Failure("bad_response", "result must be below 1e126, as a NUMBER is");
        }
        // As doubles do, NUMBER takes what is too small for 0.
        return digits <= -NUMBER_ZEROS ? BigDecimal.ZERO : number;
    }

    private static Timestamp toTimestamp(Type type, String text) throws Failure {
        if (!type.kind.equals("timestamptz")) {
            return toFields(type.kind.equals("date") ? text + " 00:00:00" : text.replace('T', ' '));
        }
        try {
            Timestamp time = new Timestamp(Utc.read(text) * 1000);
            int point = text.indexOf('.');
            String fraction = point < 0 ? "" : text.substring(point + 1, text.length() - 1);
            time.setNanos(Integer.parseInt((fraction + "000000000").substring(0, 9)));
            return time;
        } catch (Unfit impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    // Returns a time by its fields. Java moves what its calendar lacks, ten days of October 1582 and the hour that
    // summer time skips, to another time: that is no result.
    private static Timestamp toFields(String text) throws Failure {
        Timestamp time = Timestamp.valueOf(text);
        if (!time.toString().startsWith(text)) {
            throw new Failure("bad_response", "result must be a time that the JVM's calendar and time zone have");
        }
        return time;
    }
}
