// What stands around the rows of a request
// (https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-lambda-sql-udf.html).
package udfgen;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

// One for all requests of an SQL call. Redshift's has a head: an id of the request's own, facts, the number of rows.
final class Envelope {
    private static final String BEGIN = "{\"request_id\":\"";
    private static final String ROWS = ",\"arguments\":[";
    private static final int ID_LENGTH = 36;

    // What stands between the id and the number of rows; null where rows are an array and nothing more.
    private final String facts;
    // Bytes around the rows, without those of their number.
    private final int fixed;

    private Envelope(String facts) {
        this.facts = facts;
        fixed = facts == null ? 2 : Text.utf8Length(BEGIN + facts + ROWS + "]}") + ID_LENGTH;
    }

    // Returns the envelope of the session's SQL call of that number. Throws SQLException when the database does not
    // tell who calls.
    static Envelope of(Batch batch, int query) throws SQLException {
        if (!batch.isRedshift) {
            return new Envelope(null);
        }
        StringBuilder facts = new StringBuilder("\"");
        add(facts, "cluster", batch.function.substring(0, batch.function.indexOf('.')));
        if (batch.tellsCaller) {
            add(facts, "user", Caller.fact("session_user"));
            add(facts, "database", Caller.fact("database"));
        }
        add(facts, "external_function", batch.function);
        return new Envelope(facts.append(",\"query_id\":").append(query).append(",\"num_records\":").toString());
    }

    // Returns the bytes around so many rows, the commas between them not counted.
    int size(int rows) {
        return facts == null ? fixed : fixed + Integer.toString(rows).length();
    }

    // Returns the body of a new request with these rows.
    String wrap(List<String> rows) {
        StringBuilder body = new StringBuilder();
        if (facts != null) {
            body.append(BEGIN).append(UUID.randomUUID().toString()).append(facts).append(rows.size()).append(ROWS);
        } else {
            body.append('[');
        }
        for (int at = 0; at < rows.size(); at++) {
            body.append(at == 0 ? "" : ",").append(rows.get(at));
        }
        return body.append(facts == null ? "]" : "]}").toString();
    }

    private static void add(StringBuilder facts, String name, String value) {
        facts.append(",\"").append(name).append("\":");
        Json.quote(value, facts);
    }
}
