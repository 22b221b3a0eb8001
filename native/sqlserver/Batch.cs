// How the rows of a set travel together.
namespace Udfgen
{
    // Several rows go in one request, and as many results come back.
    internal sealed class Batch
    {
        // Whether requests and replies have the form of Amazon Redshift's; else they are arrays.
        public readonly bool isRedshift;

        // What one request holds at most: rows, and bytes of its whole body.
        public readonly int maxRows;
        public readonly int maxBytes;

        // The name that a request gives the function: `<spec>.<function>`.
        public readonly string function;

        // Whether equal rows are sent once.
        public readonly bool collapse;

        // Whether a row that fails is NULL, and the others stand.
        public readonly bool nullOnRowError;

        // Whether a request names the session's user and the database.
        public readonly bool tellsCaller;

        // Whether a row with a NULL argument is NULL, without a call.
        public readonly bool nullOnNull;

        // Reads an entry of the table.
        public Batch(Facts facts)
        {
            isRedshift = facts.Text("wire") == "redshift";
            maxRows = facts.Count("max_rows");
            maxBytes = facts.Count("max_bytes");
            function = facts.Text("function");
            collapse = facts.Flag("collapse");
            nullOnRowError = facts.Flag("null_on_row_error");
            tellsCaller = facts.Flag("tells_caller");
            nullOnNull = facts.Flag("null_on_null");
        }
    }
}
