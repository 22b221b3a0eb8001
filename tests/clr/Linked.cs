// Methods that routines of T-SQL can have, and such that they cannot: test_link.py declares each.

namespace Udfgen
{
    using System;
    using System.Collections;
    using System.Data.SqlTypes;
    using Microsoft.SqlServer.Server;

    public static class Functions
    {
        public static SqlDecimal Score(SqlInt64 customer_id, SqlChars tier)
        {
            return new SqlDecimal(customer_id.Value);
        }

        [SqlProcedure]
        public static void Log(SqlChars kind, DateTime? at)
        {
        }

        [SqlFunction(FillRowMethodName = "Fill_orders")]
        public static IEnumerable Orders(SqlInt64 customer_id)
        {
            return new object[0];
        }

        public static void Fill_orders(object row, out SqlGuid id, out DateTimeOffset? placed, out SqlDecimal total)
        {
            id = SqlGuid.Null;
            placed = null;
            total = SqlDecimal.Null;
        }

        [SqlFunction(FillRowMethodName = "Fill_typed")]
        public static IEnumerable Typed()
        {
            return new object[0];
        }

        public static void Fill_typed(string row, out SqlInt32 a)
        {
            a = SqlInt32.Null;
        }

        [SqlFunction(FillRowMethodName = "Fill_by_value")]
        public static IEnumerable ByValue()
        {
            return new object[0];
        }

        public static void Fill_by_value(object row, SqlInt32 a)
        {
        }

        public static IEnumerable Unfilled()
        {
            return new object[0];
        }

        public static SqlInt32 Twice(SqlInt32 a)
        {
            return a;
        }

        public static SqlInt32 Twice(SqlInt64 a)
        {
            return SqlInt32.Null;
        }

        public static SqlInt32 Any<T>(SqlInt32 a)
        {
            return a;
        }

        internal static SqlInt32 Hidden(SqlInt32 a)
        {
            return a;
        }
    }

    public class Others
    {
        public SqlInt32 Own(SqlInt32 a)
        {
            return a;
        }
    }

    internal static class Table
    {
        public static SqlInt32 Inside(SqlInt32 a)
        {
            return a;
        }
    }
}
