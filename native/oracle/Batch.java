// How the rows of a batch function travel.
package udfgen;

// The part of a table's entry that only functions have which are called with many rows.
final class Batch {
    // Whether rows stand in the object that Amazon Redshift sends; else they are an array and nothing more.
    final boolean isRedshift;
    // The most rows and the most bytes of a request; a row that is larger goes alone.
    final int maxRows;
    final int maxBytes;
    // The function as a request names it: that of its spec, a dot, its own name.
    final String function;
    // Whether equal rows are sent once.
    final boolean collapse;
    // Whether NULL stands for the error of one row.
    final boolean nullOnRowError;
    // Whether a row with a NULL argument is answered with NULL, and not sent.
    final boolean nullOnNull;
    // Whether a request names the session's user and the database.
    final boolean tellsCaller;

    // Reads an entry of the table.
    Batch(Facts facts) {
        isRedshift = facts.text("wire").equals("redshift");
        maxRows = facts.count("max_rows");
        maxBytes = facts.count("max_bytes");
        function = facts.text("function");
        collapse = facts.flag("collapse");
        nullOnRowError = facts.flag("null_on_row_error");
        nullOnNull = facts.flag("null_on_null");
        tellsCaller = facts.flag("tells_caller");
    }
}
