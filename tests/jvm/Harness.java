// Runs SQL for a test: one JSON line in, one JSON line out. jvm.py puts it into the package of the spec under test.
package udfgen.harness;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Arguments: the database's URL; then the URL and the query by which the core finds its own session in that database.
 *
 * A request is {"sql": text, "arguments": [[form, text], ...], "results": [form, ...]}, its reply {"rows": [[text, ...]]}
 * or {"error": text}; null is NULL. A form says what travels: number, text, clob, blob (in hexadecimal digits), boolean,
 * fields (a Timestamp by its fields in the default zone), instant (a Timestamp by its moment).
 */
final class Harness {
    private final Connection connection;

    private Harness(Connection connection) {
        this.connection = connection;
    }

    public static void main(String[] arguments) throws Exception {
        Values.connection = arguments[1];
        Caller.query = arguments[2];
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream replies = new PrintStream(System.out, true, "UTF-8");
        try (Connection connection = DriverManager.getConnection(arguments[0])) {
            Harness harness = new Harness(connection);
            for (String line = requests.readLine(); line != null; line = requests.readLine()) {
                replies.println(harness.answer(line));
            }
        }
    }

    private String answer(String line) throws Exception {
        Map<?, ?> request = (Map<?, ?>) Json.read(line);
        try {
            return "{\"rows\":" + written(run(request)) + "}";
        } catch (SQLException | IllegalArgumentException | DateTimeException refused) {
            return "{\"error\":" + written(String.valueOf(refused.getMessage())) + "}";
        }
    }

    private List<List<String>> run(Map<?, ?> request) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement((String) request.get("sql"))) {
            int index = 0;
            for (Object each : (List<?>) request.get("arguments")) {
                List<?> argument = (List<?>) each;
                bind(statement, ++index, (String) argument.get(0), (String) argument.get(1));
            }
            return statement.execute()
                ? rows(statement.getResultSet(), (List<?>) request.get("results"))
                : new ArrayList<List<String>>();
        }
    }

    private static List<List<String>> rows(ResultSet found, List<?> forms) throws SQLException {
        List<List<String>> rows = new ArrayList<List<String>>();
        while (found.next()) {
            List<String> row = new ArrayList<String>();
            for (int index = 0; index < forms.size(); index++) {
                row.add(text(found, index + 1, (String) forms.get(index)));
            }
            rows.add(row);
        }
        return rows;
    }

    private void bind(PreparedStatement statement, int index, String form, String text) throws SQLException {
        if (text == null) {
            statement.setNull(index, typeOf(form));
            return;
        }
        switch (form) {
            case "number":
                statement.setBigDecimal(index, new BigDecimal(text));
                break;
            case "boolean":
                statement.setBoolean(index, Boolean.parseBoolean(text));
                break;
            case "fields":
                statement.setTimestamp(index, Timestamp.valueOf(text.replace('T', ' ')));
                break;
            case "instant":
                statement.setTimestamp(index, Timestamp.from(OffsetDateTime.parse(text).toInstant()));
                break;
            case "clob":
                statement.setCharacterStream(index, new StringReader(text));
                break;
            case "blob":
                statement.setBinaryStream(index, new ByteArrayInputStream(bytes(text)));
                break;
            default:
                statement.setString(index, text);
        }
    }

    private static int typeOf(String form) {
        switch (form) {
            case "number":
                return Types.DECIMAL;
            case "boolean":
                return Types.BOOLEAN;
            case "clob":
                return Types.CLOB;
            case "blob":
                return Types.BLOB;
            case "text":
                return Types.VARCHAR;
            default:
                return Types.TIMESTAMP;
        }
    }

    private static String text(ResultSet found, int index, String form) throws SQLException {
        switch (form) {
            case "number":
                BigDecimal number = found.getBigDecimal(index);
                return number == null ? null : number.toPlainString();
            case "boolean":
                boolean truth = found.getBoolean(index);
                return found.wasNull() ? null : String.valueOf(truth);
            case "fields":
                Timestamp moment = found.getTimestamp(index);
                return moment == null ? null : moment.toString();
            case "instant":
                Timestamp instant = found.getTimestamp(index);
                return instant == null ? null : instant.toInstant().toString();
            case "blob":
                byte[] bytes = found.getBytes(index);
                return bytes == null ? null : hexadecimal(bytes);
            default:
                return found.getString(index);
        }
    }

    private static byte[] bytes(String hexadecimal) {
        byte[] bytes = new byte[hexadecimal.length() / 2];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = (byte) Integer.parseInt(hexadecimal.substring(2 * index, 2 * index + 2), 16);
        }
        return bytes;
    }

    private static String hexadecimal(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte each : bytes) {
            text.append(Character.forDigit(each >> 4 & 15, 16)).append(Character.forDigit(each & 15, 16));
        }
        return text.toString();
    }

    /** Returns a text, null, or a list of those and of lists, as JSON. */
    private static String written(Object value) {
        if (value instanceof List) {
            StringBuilder list = new StringBuilder("[");
            for (Object each : (List<?>) value) {
                list.append(list.length() > 1 ? "," : "").append(written(each));
            }
            return list.append(']').toString();
        }
        return value == null ? "null" : Json.quote((String) value);
    }
}
