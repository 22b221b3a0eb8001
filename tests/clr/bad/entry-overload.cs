// entry-overload: Udfgen.Functions.score

namespace Udfgen
{
    using System.Data.SqlTypes;
    using Microsoft.SqlServer.Server;

    public static class Functions
    {
        [SqlFunction]
        public static SqlInt32 score(SqlInt32 value)
        {
            return value;
        }

        [SqlFunction]
        public static SqlInt32 score(SqlInt64 value)
        {
            return 1;
        }
    }
}
