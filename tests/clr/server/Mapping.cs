// Which types of .NET a T-SQL type may have as a parameter, a result or a column.
// https://learn.microsoft.com/en-us/sql/relational-databases/clr-integration-database-objects-types-net-framework/
// mapping-clr-parameter-data

namespace Udfgen.Tests
{
    using System;
    using System.Collections.Generic;
    using System.Data.SqlTypes;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    internal static class Mapping
    {
        private static readonly Type[] Text = { typeof(SqlChars), typeof(SqlString), typeof(string), typeof(char[]) };

        private static readonly Dictionary<SqlDataTypeOption, Type[]> Types = new Dictionary<SqlDataTypeOption, Type[]>
        {
            { SqlDataTypeOption.Bit, new[] { typeof(SqlBoolean), typeof(bool) } },
            { SqlDataTypeOption.TinyInt, new[] { typeof(SqlByte), typeof(byte) } },
            { SqlDataTypeOption.SmallInt, new[] { typeof(SqlInt16), typeof(short) } },
            { SqlDataTypeOption.Int, new[] { typeof(SqlInt32), typeof(int) } },
            { SqlDataTypeOption.BigInt, new[] { typeof(SqlInt64), typeof(long) } },
            { SqlDataTypeOption.Decimal, new[] { typeof(SqlDecimal), typeof(decimal) } },
            { SqlDataTypeOption.Numeric, new[] { typeof(SqlDecimal), typeof(decimal) } },
            { SqlDataTypeOption.Real, new[] { typeof(SqlSingle), typeof(float) } },
            { SqlDataTypeOption.Float, new[] { typeof(SqlDouble), typeof(double) } },
            { SqlDataTypeOption.NChar, Text },
            { SqlDataTypeOption.NVarChar, Text },
            { SqlDataTypeOption.Binary, new[] { typeof(SqlBytes), typeof(SqlBinary), typeof(byte[]) } },
            { SqlDataTypeOption.VarBinary, new[] { typeof(SqlBytes), typeof(SqlBinary), typeof(byte[]) } },
            { SqlDataTypeOption.Date, new[] { typeof(SqlDateTime), typeof(DateTime) } },
            { SqlDataTypeOption.DateTime, new[] { typeof(SqlDateTime), typeof(DateTime) } },
            { SqlDataTypeOption.DateTime2, new[] { typeof(DateTime) } },
            { SqlDataTypeOption.DateTimeOffset, new[] { typeof(DateTimeOffset) } },
            { SqlDataTypeOption.Time, new[] { typeof(TimeSpan) } },
            { SqlDataTypeOption.UniqueIdentifier, new[] { typeof(SqlGuid), typeof(Guid) } },
        };

        /// <summary>Tells whether SQL Server takes one for the other; Nullable of a type is as good as it.</summary>
        internal static bool Fits(DataTypeReference declared, Type type)
        {
            SqlDataTypeReference known = declared as SqlDataTypeReference;
            Type[] types;
            return known != null && Types.TryGetValue(known.SqlDataTypeOption, out types)
                && Array.IndexOf(types, Nullable.GetUnderlyingType(type) ?? type) >= 0;
        }
    }
}
