// Who calls, as the JSON of a client context
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext).
package udfgen;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;

// Asks the database once: none of it changes in a session.
final class Caller {
    // Each column is a member, named by its label; NULL is left out. Set by tests for another database.
    static String query = "select sys_context('userenv', 'db_name') as \"database\","
        + " sys_context('userenv', 'session_user') as \"session_user\","
        + " sys_context('userenv', 'client_program_name') as \"application_name\" from dual";
    // Set by tests that have no database.
    static String known;

    private Caller() {
    }

    // Returns `{"custom":{"database":"...","session_user":"...","application_name":"..."}}`, the last where the client
    // has named itself.
    static String context() throws SQLException {
        if (known == null) {
            known = ask();
        }
        return known;
    }

    // Returns one of these facts by its name; empty where the client did not tell it.
    static String fact(String name) throws SQLException {
        String found = Json.textMember(Json.member(context(), "custom"), name);
        return found == null ? "" : found;
    }

    private static String ask() throws SQLException {
        Statement statement = Values.session().createStatement();
        try {
            ResultSet row = statement.executeQuery(query);
            row.next();
            return show(row);
        } finally {
            statement.close();
        }
    }

    private static String show(ResultSet row) throws SQLException {
        StringBuilder members = new StringBuilder();
        ResultSetMetaData columns = row.getMetaData();
        for (int at = 1; at <= columns.getColumnCount(); at++) {
            String value = row.getString(at);
            if (value != null) {
                members.append(members.length() == 0 ? "" : ",").append(Json.quote(columns.getColumnLabel(at)));
                members.append(':').append(Json.quote(value));
            }
        }
        return "{\"custom\":{" + members + "}}";
    }
}
