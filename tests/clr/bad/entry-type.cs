// entry-type: Udfgen.Functions.score
// entry-type: Udfgen.Functions.when
// entry-type: Udfgen.Functions.log

namespace Udfgen
{
    using System;
    using System.Data.SqlTypes;
    using Microsoft.SqlServer.Server;

    public static class Functions
    {
        [SqlFunction]
        public static SqlInt32 score(string text)
        {
            return text.Length;
        }

        [SqlFunction]
        public static DateTime when()
        {
            return DateTime.MinValue;
        }

        [SqlProcedure]
        public static void log(out SqlInt32 number)
        {
            number = 1;
        }
    }
}
