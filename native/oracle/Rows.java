// Rows of a table result, or the results of a batch, kept until SQL has taken them: PL/SQL pipes them one by one.
package udfgen;

import java.math.BigDecimal;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

// A result is known by a number, its handle. Columns count from 0. Every method throws SQLException with
// `[udfgen <code>]` in its text, and nothing else.
final class Rows {
    private static final Map<Long, Rows> OPEN = new HashMap<Long, Rows>();
    private static long last;

    private final Function function;
    private final List<Object[]> rows;
    // The row that cells are read of; -1 before the first.
    private int at = -1;

    private Rows(Function function, List<Object[]> rows) {
        this.function = function;
        this.rows = rows;
    }

    // Keeps the rows that a function returned, and returns their handle.
    static BigDecimal open(Function function, List<Object[]> rows) {
        BigDecimal handle = handle();
        put(handle, function, rows);
        return handle;
    }

    // Returns a handle that nothing of this session has had.
    static BigDecimal handle() {
        last++;
        return BigDecimal.valueOf(last);
    }

    // Keeps rows under a handle, in the place of those before.
    static void put(BigDecimal handle, Function function, List<Object[]> rows) {
        OPEN.put(handle.longValue(), new Rows(function, rows));
    }

    // Goes to the next row. Returns 1, or 0 behind the last one, when the rows are forgotten.
    static BigDecimal next(BigDecimal handle) throws SQLException {
        Rows found = find(handle);
        found.at++;
        if (found.at < found.rows.size()) {
            return BigDecimal.ONE;
        }
        close(handle);
        return BigDecimal.ZERO;
    }

    // Returns a cell of the row as a number.
    static BigDecimal number(BigDecimal handle, int column) throws SQLException {
        return (BigDecimal) cell(handle, column, BigDecimal.class);
    }

    // Returns a cell of the row as a text that fits VARCHAR2.
    static String string(BigDecimal handle, int column) throws SQLException {
        return (String) cell(handle, column, String.class);
    }

    // Returns a cell of the row as a text of any length.
    static Clob clob(BigDecimal handle, int column) throws SQLException {
        return (Clob) cell(handle, column, Clob.class);
    }

    // Returns a cell of the row as bytes.
    static Blob blob(BigDecimal handle, int column) throws SQLException {
        return (Blob) cell(handle, column, Blob.class);
    }

    // Returns a cell of the row that is a date, a timestamp or a timestamptz.
    static Timestamp timestamp(BigDecimal handle, int column) throws SQLException {
        return (Timestamp) cell(handle, column, Timestamp.class);
    }

    // Returns a cell of the row as a boolean, where the database has that type.
    static Boolean bool(BigDecimal handle, int column) throws SQLException {
        return (Boolean) cell(handle, column, Boolean.class);
    }

    // Forgets rows that nobody wants any more; does nothing when they are forgotten already.
    static void close(BigDecimal handle) {
        if (handle != null) {
            OPEN.remove(handle.longValue());
        }
    }

    // Returns a cell of the row as an object of the class `form`: see Values.show.
    static Object cell(BigDecimal handle, int column, Class<?> form) throws SQLException {
        Rows found = find(handle);
        try {
            Object value = found.rows.get(found.at)[column];
            return value == null ? null : Values.show(value, found.function.columns()[column].type, form);
        } catch (Throwable thrown) {
            throw new SQLException(Mishap.of(thrown).describe(found.function.binding.name));
        }
    }

    private static Rows find(BigDecimal handle) throws SQLException {
        Rows found = handle == null ? null : OPEN.get(handle.longValue());
        if (found == null) {
            throw new SQLException(new Failure("unavailable", "they are not open any more").describe("rows"));
        }
        return found;
    }
}
