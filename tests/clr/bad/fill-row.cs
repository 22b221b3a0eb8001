// fill-row: Udfgen.Functions.unfilled
// fill-row: Udfgen.Functions.forgotten
// fill-row: Udfgen.Functions.scalar
// fill-row: Udfgen.Functions.Fill

namespace Udfgen
{
    using System.Collections;
    using System.Data.SqlTypes;
    using Microsoft.SqlServer.Server;

    public static class Functions
    {
        [SqlFunction]
        public static IEnumerable unfilled()
        {
            return null;
        }

        [SqlFunction(FillRowMethodName = "Nobody")]
        public static IEnumerable forgotten()
        {
            return null;
        }

        [SqlFunction(FillRowMethodName = "Fill")]
        public static SqlInt32 scalar()
        {
            return 1;
        }

        public static int Fill(SqlInt32 row, out SqlInt32 first, ref SqlInt32 second, SqlInt32 third)
        {
            first = row;
            return second.Value + third.Value;
        }
    }
}
