// Lets a test call the Java core as the generated entry points do: one request a line in, one answer a line out, both
// JSON. It begins with the line of what the core shall take for its session: the URL and the query of another database.
//
//   ["jdbc:...", "select ..."]
//   {"op": "run", "form": "number", "program": {...}, "function": {...}, "arguments": [null, ["clob", "text"], ...]}
//   {"op": "open", ..., "forms": ["number", ...], "limit": 9}   rows, at most so many, which closes them
//   {"op": "sql", "text": "create table ..."}                   a statement of the session's own
//   {"op": "cell", "handle": 1}           {"op": "probe", "program": {...}, "functions": [{...}], "what": "checks"}
//
// Forms are number, boolean, text, clob, blob (hexadecimal digits), fields (a Timestamp in the default zone), instant.
// The answer is {"value": ...}, {"rows": [...]} or {"error": "[udfgen ...]: ..."}: any exception but SQLException ends it.
package udfgen;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Map;

final class EntryRunner {
    private static Connection database;

    private EntryRunner() {
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        List<?> session = (List<?>) Json.read(in.readLine());
        Values.connection = (String) session.get(0);
        Caller.query = (String) session.get(1);
        database = DriverManager.getConnection(Values.connection);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line));
        }
    }

    private static String answer(String job) throws Exception {
        String program = Json.member(job, "program");
        String function = Json.member(job, "function");
        try {
            switch (Json.textMember(job, "op")) {
                case "run":
                    return "{\"value\":" + run(Json.textMember(job, "form"), program, function, arguments(job)) + "}";
                case "open":
                    return "{\"rows\":" + rows(job, Core.open(program, function, arguments(job))) + "}";
                case "sql":
                    return "{\"value\":" + execute(Json.textMember(job, "text")) + "}";
                case "cell":
                    return "{\"value\":" + cell(new BigDecimal(Json.member(job, "handle")), "number", 0) + "}";
                case "probe":
                    return "{\"value\":" + show("clob", Core.probe(program, functions(job), Json.textMember(job, "what")))
                        + "}";
                default:
                    throw new IllegalArgumentException(job);
            }
        } catch (SQLException thrown) {
            return "{\"error\":" + Json.quote(thrown.getMessage()) + "}";
        }
    }

    private static String run(String form, String program, String function, Object[] arguments) throws SQLException {
        switch (form) {
            case "void":
                Core.run(program, function, arguments);
                return "null";
            case "number":
                return show(form, Core.number(program, function, arguments));
            case "boolean":
                return show(form, Core.bool(program, function, arguments));
            case "text":
                return show(form, Core.string(program, function, arguments));
            case "clob":
                return show(form, Core.clob(program, function, arguments));
            case "blob":
                return show(form, Core.blob(program, function, arguments));
            default:
                return show(form, Core.timestamp(program, function, arguments));
        }
    }

    private static int execute(String sql) throws SQLException {
        try (Statement statement = database.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    private static String cell(BigDecimal handle, String form, int column) throws SQLException {
        switch (form) {
            case "number":
                return show(form, Rows.number(handle, column));
            case "boolean":
                return show(form, Rows.bool(handle, column));
            case "text":
                return show(form, Rows.string(handle, column));
            case "clob":
                return show(form, Rows.clob(handle, column));
            case "blob":
                return show(form, Rows.blob(handle, column));
            default:
                return show(form, Rows.timestamp(handle, column));
        }
    }

    private static String rows(String job, BigDecimal handle) throws SQLException, Unfit {
        List<?> forms = (List<?>) Json.read(Json.member(job, "forms"));
        int limit = Integer.parseInt(Json.member(job, "limit"));
        StringBuilder rows = new StringBuilder();
        int row = 0;
        for (; row < limit && Rows.next(handle).signum() > 0; row++) {
            rows.append(row == 0 ? "" : ",");
            for (int column = 0; column < forms.size(); column++) {
                rows.append(column == 0 ? "[" : ",").append(cell(handle, (String) forms.get(column), column));
            }
            rows.append(']');
        }
        if (row == limit) {
            Rows.close(handle);
        }
        return "[" + rows + "]";
    }

    private static String show(String form, Object value) throws SQLException {
        if (value == null || value instanceof Boolean) {
            return "" + value;
        }
        if (value instanceof BigDecimal) {
            return Json.quote(((BigDecimal) value).toPlainString());
        }
        if (value instanceof Clob) {
            return Json.quote(((Clob) value).getSubString(1, (int) ((Clob) value).length()));
        }
        if (value instanceof Blob) {
            return Json.quote(Sha256.hex(((Blob) value).getBytes(1, (int) ((Blob) value).length())));
        }
        return Json.quote(form.equals("instant") ? ((Timestamp) value).toInstant().toString() : value.toString());
    }

    private static Object[] arguments(String job) throws SQLException, Unfit {
        Object[] arguments = ((List<?>) Json.read(Json.member(job, "arguments"))).toArray();
        for (int at = 0; at < arguments.length; at++) {
            List<?> given = (List<?>) arguments[at];
            arguments[at] = given == null ? null : argument((String) given.get(0), (String) given.get(1));
        }
        return arguments;
    }

    private static Object argument(String form, String text) throws SQLException {
        switch (form) {
            case "number":
                return new BigDecimal(text);
            case "boolean":
                return Boolean.valueOf(text);
            case "clob":
                Clob clob = database.createClob();
                clob.setString(1, text);
                return clob;
            case "blob":
                Blob blob = database.createBlob();
                blob.setBytes(1, bytes(text));
                return blob;
            case "fields":
                return Timestamp.valueOf(text);
            case "instant":
                return Timestamp.from(Instant.parse(text));
            default:
                return text;
        }
    }

    private static byte[] bytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] = (byte) Integer.parseInt(hex.substring(2 * at, 2 * at + 2), 16);
        }
        return bytes;
    }

    // Each is a JSON object of its own, as the generated class holds them.
    private static String[] functions(String job) {
        String list = Json.member(job, "functions");
        int count = 0;
        while (Json.element(list, count) != null) {
            count++;
        }
        String[] functions = new String[count];
        for (int at = 0; at < count; at++) {
            functions[at] = Json.element(list, at);
        }
        return functions;
    }
}
