// Who calls, as the JSON of a client context
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext).
namespace Udfgen
{
    using System.Data.SqlClient;
    using System.Text;

    // Asks the session that calls, each time: all sessions of a database share this class.
    internal static class Caller
    {
        // The caller's own session
        // (https://learn.microsoft.com/en-us/sql/relational-databases/clr-integration/data-access/context-connection);
        // a test puts another one here.
        public static readonly string[] Connection = { "context connection=true" };

        // Each column is a member of that name; NULL is left out.
        private const string Query =
            "select db_name() as [database], original_login() as [session_user], app_name() as application_name";

        // Returns `{"custom":{"database":"...","session_user":"...","application_name":"..."}}`. Throws SqlException.
        public static string Context()
        {
            using (SqlConnection session = new SqlConnection(Connection[0]))
            {
                session.Open();
                using (SqlCommand query = new SqlCommand(Query, session))
                using (SqlDataReader row = query.ExecuteReader())
                {
                    row.Read();
                    return Show(row);
                }
            }
        }

        private static string Show(SqlDataReader row)
        {
            StringBuilder members = new StringBuilder();
            for (int at = 0; at < row.FieldCount; at++)
            {
                if (!row.IsDBNull(at))
                {
                    members.Append(members.Length == 0 ? "" : ",");
                    Json.Quote(row.GetName(at), members);
                    members.Append(':');
                    Json.Quote(row.GetString(at), members);
                }
            }
            return "{\"custom\":{" + members + "}}";
        }
    }
}
