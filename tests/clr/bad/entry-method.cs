// entry-method: Udfgen.Functions.Bare
// entry-method: Udfgen.Functions.Of

namespace Udfgen
{
    using System.Data.SqlTypes;
    using Microsoft.SqlServer.Server;

    public static class Functions
    {
        public static SqlInt32 Bare()
        {
            return 1;
        }

        [SqlFunction]
        public static SqlInt32 Of<T>()
        {
            return 1;
        }
    }
}
