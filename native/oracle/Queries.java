// SQL calls of batch functions that are under way: PL/SQL hands over rows one by one, and takes results so.
package udfgen;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

// A call is known by a number, its handle, under which Rows keeps its results: two calls in one statement stay apart.
// Every method throws SQLException with `[udfgen <code>]` in its text, and nothing else.
final class Queries {
    private static final Map<Long, Query> OPEN = new HashMap<Long, Query>();

    private Queries() {
    }

    // Keeps a call, and returns its handle.
    static BigDecimal open(Query query) {
        BigDecimal handle = Rows.handle();
        OPEN.put(handle.longValue(), query);
        return handle;
    }

    // Takes in the arguments of a row.
    static void add(BigDecimal handle, Object[] arguments) throws SQLException {
        Query found = find(handle);
        try {
            found.add(arguments);
        } catch (Throwable thrown) {
            throw refuse(found, thrown);
        }
    }

    // Sends the rows in hand; Rows then steps through their results.
    static void run(BigDecimal handle) throws SQLException {
        Query found = find(handle);
        try {
            Rows.put(handle, found.function, found.run());
        } catch (Throwable thrown) {
            throw refuse(found, thrown);
        }
    }

    // Forgets a call and its results; does nothing when they are forgotten already.
    static void close(BigDecimal handle) {
        if (handle != null) {
            OPEN.remove(handle.longValue());
            Rows.close(handle);
        }
    }

    private static Query find(BigDecimal handle) throws SQLException {
        Query found = handle == null ? null : OPEN.get(handle.longValue());
        if (found == null) {
            throw new SQLException(new Failure("unavailable", "it is not open any more").describe("batch"));
        }
        return found;
    }

    private static SQLException refuse(Query query, Throwable thrown) {
        return new SQLException(Mishap.of(thrown).describe(query.function.binding.name));
    }
}
