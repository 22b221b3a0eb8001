// Who calls.
namespace Udfgen
{
    using System.Data.SqlClient;
    using System.Text;

    // Names of a session, null where it has none.
    internal sealed class Caller
    {
        // The caller's own session
        // (https://learn.microsoft.com/en-us/sql/relational-databases/clr-integration/data-access/context-connection);
        // a test puts another one here.
        public static readonly string[] Connection = { "context connection=true" };

        private const string Query =
            "select db_name() as [database], original_login() as [session_user], app_name() as application_name";

        public readonly string database;
        public readonly string user;
        private readonly string application;

        // Takes the names.
        public Caller(string database, string user, string application)
        {
            this.database = database;
            this.user = user;
            this.application = application;
        }

        // Asks the session that calls, each time: all sessions of a database share this class. Throws SqlException.
        public static Caller Ask()
        {
            using (SqlConnection session = new SqlConnection(Connection[0]))
            {
                session.Open();
                using (SqlCommand query = new SqlCommand(Query, session))
                using (SqlDataReader row = query.ExecuteReader())
                {
                    row.Read();
                    return new Caller(Cell(row, 0), Cell(row, 1), Cell(row, 2));
                }
            }
        }

        // Returns `{"custom":{"database":"...","session_user":"...","application_name":"..."}}`, the JSON of a client
        // context (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-ClientContext);
        // a name that is not there is left out.
        public string Context()
        {
            StringBuilder members = new StringBuilder();
            Append(members, "database", database);
            Append(members, "session_user", user);
            Append(members, "application_name", application);
            return "{\"custom\":{" + members + "}}";
        }

        private static string Cell(SqlDataReader row, int column)
        {
            return row.IsDBNull(column) ? null : row.GetString(column);
        }

        private static void Append(StringBuilder members, string name, string value)
        {
            if (value != null)
            {
                members.Append(members.Length == 0 ? "" : ",");
                Json.Quote(name, members);
                members.Append(':');
                Json.Quote(value, members);
            }
        }
    }
}
