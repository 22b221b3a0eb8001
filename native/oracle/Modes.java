// Which bindings an administrator has switched off, or to dry runs.
package udfgen;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

// Looks at the table at most once a second, at all bindings at once, and keeps what it saw until then.
class Modes {
    private static final long REST_NANOS = 1000000000L;

    private final String table;
    // Null before the first look, and after one that failed: what cannot be seen may be off.
    private Map<String, String> seen;
    private long lookedAt;

    // Takes the table as SQL names it, its columns BINDING and MODE; a binding without a row is live.
    Modes(String table) {
        this.table = table;
    }

    // Tells whether calls of a binding only ask. Throws Failure `disabled` when it is switched off: that is every mode
    // that is not known. Throws SQLException when the table cannot be read.
    boolean isDryRun(String binding) throws Failure, SQLException {
        String mode = current().get(binding);
        if (mode != null && !mode.equals("dry_run")) {
            throw new Failure("disabled", "it is switched off: udfgen switch turns it on again");
        }
        return mode != null;
    }

    // Returns the modes of all bindings that have one.
    Map<String, String> look() throws SQLException {
        Statement statement = Values.session().createStatement();
        try {
            ResultSet rows = statement.executeQuery("select \"BINDING\", \"MODE\" from " + table);
            Map<String, String> modes = new HashMap<String, String>();
            while (rows.next()) {
                modes.put(rows.getString(1), "" + rows.getString(2));
            }
            return modes;
        } finally {
            statement.close();
        }
    }

    private Map<String, String> current() throws SQLException {
        long now = System.nanoTime();
        if (seen == null || now - lookedAt >= REST_NANOS) {
            seen = null;
            seen = look();
            lookedAt = now;
        }
        return seen;
    }
}
