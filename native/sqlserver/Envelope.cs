// What stands around the rows of a request.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.Text;

    // An array's brackets, or the object that Amazon Redshift sends
    // (https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-lambda-sql-udf.html).
    internal sealed class Envelope
    {
        // All members from the request's id to the number of its rows; null: there are only brackets.
        private readonly string middle;
        private readonly int bytesAround;

        // Takes the function's batch, the number of the SQL call, and who calls, null where that is not to be told.
        public Envelope(Batch batch, long query, Caller caller)
        {
            middle = batch.isRedshift ? Address(batch.function, caller) + ",\"query_id\":" + Text.Show(query) : null;
            bytesAround = Encoding.UTF8.GetByteCount(Wrap(new string[0])) - (batch.isRedshift ? 1 : 0);
        }

        // Returns the bytes around so many rows.
        public int Size(int rows)
        {
            return bytesAround + (middle == null ? 0 : Text.Show(rows).Length);
        }

        // Returns the body for the JSON of rows; an object has an id of its own each time.
        public string Wrap(ICollection<string> rows)
        {
            StringBuilder body = new StringBuilder();
            if (middle != null)
            {
                body.Append("{\"request_id\":\"").Append(Guid.NewGuid().ToString()).Append("\",").Append(middle);
                body.Append(",\"num_records\":").Append(Text.Show(rows.Count)).Append(",\"arguments\":");
            }
            body.Append('[').Append(string.Join(",", rows)).Append(']');
            return body.Append(middle == null ? "" : "}").ToString();
        }

        private static string Address(string function, Caller caller)
        {
            string told = caller == null
                ? "" : ",\"user\":" + Json.Quote(caller.user) + ",\"database\":" + Json.Quote(caller.database);
            return "\"cluster\":" + Json.Quote(function.Substring(0, function.IndexOf('.'))) + told
                + ",\"external_function\":" + Json.Quote(function);
        }
    }
}
