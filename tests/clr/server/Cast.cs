// Values between T-SQL and .NET: what a cast of text to a declared type hands to a method, and how results are taken.
// Reals travel by their bits, as integers: the tests compare them to the last one.

namespace Udfgen.Tests
{
    using System;
    using System.Data.SqlTypes;
    using System.Globalization;
    using System.Text;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    internal static class Cast
    {
        private const long TicksPerMicrosecond = 10;
        private const string Overflow = "Arithmetic overflow error converting nvarchar to data type {0}.";
        private const string Truncated = "System.Data.SqlServer.TruncationException: Trying to convert return value or "
            + "output parameter of size {0} bytes to a T-SQL type with a smaller size limit of {1} bytes.";
        private const string Day = "yyyy-MM-dd";
        private const string Hour = "HH:mm:ss.FFFFFFF";

        /// <summary>Returns a text as a value of a declared type; SQL NULL for null. SqlRefused: it is none.</summary>
        internal static object In(DataTypeReference declared, string text)
        {
            SqlDataTypeReference type = (SqlDataTypeReference)declared;
            try
            {
                return text == null ? Null(type.SqlDataTypeOption) : Value(type, text);
            }
            catch (FormatException)
            {
                throw new SqlRefused(8114, "Error converting data type nvarchar to {0}.", Name(type));
            }
            catch (OverflowException)
            {
                throw new SqlRefused(8115, Overflow, Name(type));
            }
            catch (SqlTruncateException)
            {
                throw new SqlRefused(8115, Overflow, Name(type));
            }
        }

        /// <summary>Returns the text of what a method gave back as a declared type; null for SQL NULL.</summary>
        internal static string Out(DataTypeReference declared, object value)
        {
            SqlDataTypeReference type = (SqlDataTypeReference)declared;
            INullable nullable = value as INullable;
            return value == null || (nullable != null && nullable.IsNull) ? null : Text(type, value);
        }

        private static object Null(SqlDataTypeOption type)
        {
            switch (type)
            {
                case SqlDataTypeOption.Bit: return SqlBoolean.Null;
                case SqlDataTypeOption.SmallInt: return SqlInt16.Null;
                case SqlDataTypeOption.Int: return SqlInt32.Null;
                case SqlDataTypeOption.BigInt: return SqlInt64.Null;
                case SqlDataTypeOption.Decimal: return SqlDecimal.Null;
                case SqlDataTypeOption.Real: return SqlSingle.Null;
                case SqlDataTypeOption.Float: return SqlDouble.Null;
                case SqlDataTypeOption.NVarChar: return SqlChars.Null;
                case SqlDataTypeOption.VarBinary: return SqlBytes.Null;
                case SqlDataTypeOption.UniqueIdentifier: return SqlGuid.Null;
                default: return null;
            }
        }

        private static object Value(SqlDataTypeReference type, string text)
        {
            CultureInfo culture = CultureInfo.InvariantCulture;
            switch (type.SqlDataTypeOption)
            {
                case SqlDataTypeOption.Bit: return new SqlBoolean(text == "true" || text == "1");
                case SqlDataTypeOption.SmallInt: return new SqlInt16(short.Parse(text, culture));
                case SqlDataTypeOption.Int: return new SqlInt32(int.Parse(text, culture));
                case SqlDataTypeOption.BigInt: return new SqlInt64(long.Parse(text, culture));
                case SqlDataTypeOption.Decimal: return Scaled(type, SqlDecimal.Parse(text));
                case SqlDataTypeOption.Real: return new SqlSingle(Single(int.Parse(text, culture)));
                case SqlDataTypeOption.Float: return new SqlDouble(Double(long.Parse(text, culture)));
                case SqlDataTypeOption.NVarChar: return new SqlChars(Cut(text, Length(type)).ToCharArray());
                case SqlDataTypeOption.VarBinary: return new SqlBytes(Bytes(text));
                case SqlDataTypeOption.UniqueIdentifier: return new SqlGuid(new Guid(text));
                default: return Moment(type, text);
            }
        }

        private static object Moment(SqlDataTypeReference type, string text)
        {
            switch (type.SqlDataTypeOption)
            {
                case SqlDataTypeOption.Date: return Parsed(text, Day).Date;
                case SqlDataTypeOption.Time: return Rounded(type, Parsed(text, Hour)).TimeOfDay;
                case SqlDataTypeOption.DateTime2: return Rounded(type, Parsed(text, Day + "'T'" + Hour));
                case SqlDataTypeOption.DateTimeOffset:
                    DateTimeOffset given = DateTimeOffset.ParseExact(
                        text, Day + "'T'" + Hour + "K", CultureInfo.InvariantCulture, DateTimeStyles.None);
                    return new DateTimeOffset(Rounded(type, given.DateTime), given.Offset);
                default: throw new FormatException();
            }
        }

        private static string Text(SqlDataTypeReference type, object value)
        {
            CultureInfo culture = CultureInfo.InvariantCulture;
            switch (type.SqlDataTypeOption)
            {
                case SqlDataTypeOption.Bit: return ((SqlBoolean)value).Value ? "true" : "false";
                case SqlDataTypeOption.Decimal: return Scaled(type, (SqlDecimal)value).ToString();
                case SqlDataTypeOption.Real: return Bits(((SqlSingle)value).Value).ToString(culture);
                case SqlDataTypeOption.Float:
                    return BitConverter.DoubleToInt64Bits(((SqlDouble)value).Value).ToString(culture);
                case SqlDataTypeOption.NVarChar: return Held(type, new string(((SqlChars)value).Value));
                case SqlDataTypeOption.VarBinary: return Digits(((SqlBytes)value).Value);
                case SqlDataTypeOption.UniqueIdentifier: return ((SqlGuid)value).Value.ToString();
                case SqlDataTypeOption.Date: return ((DateTime)value).ToString(Day, culture);
                case SqlDataTypeOption.Time:
                    return Rounded(type, DateTime.MinValue + (TimeSpan)value).ToString(Hour, culture);
                case SqlDataTypeOption.DateTime2:
                    return Rounded(type, (DateTime)value).ToString(Day + "'T'" + Hour, culture);
                case SqlDataTypeOption.DateTimeOffset:
                    DateTime utc = Rounded(type, ((DateTimeOffset)value).UtcDateTime);
                    return utc.ToString(Day + "'T'" + Hour + "'Z'", culture);
                default: return value.ToString();
            }
        }

        private static DateTime Parsed(string text, string format)
        {
            return DateTime.ParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.NoCurrentDateDefault);
        }

        /// <summary>Rounds to the digits of a second that a type has.</summary>
        private static DateTime Rounded(SqlDataTypeReference type, DateTime moment)
        {
            long step = TicksPerMicrosecond;
            for (int digits = Parameter(type, 0, 7); digits < 6; digits++)
            {
                step *= 10;
            }
            long ticks = (moment.Ticks + step / 2) / step * step;
            return Parameter(type, 0, 7) == 7 ? moment : new DateTime(ticks, moment.Kind);
        }

        private static SqlDecimal Scaled(SqlDataTypeReference type, SqlDecimal number)
        {
            return SqlDecimal.ConvertToPrecScale(number, Parameter(type, 0, 18), Parameter(type, 1, 0));
        }

        private static string Cut(string text, int length)
        {
            return text.Length > length ? text.Substring(0, length) : text;
        }

        private static string Held(SqlDataTypeReference type, string text)
        {
            if (text.Length > Length(type))
            {
                throw new SqlRefused(6522, Truncated, 2 * text.Length, 2 * Length(type));
            }
            return text;
        }

        private static int Length(SqlDataTypeReference type)
        {
            bool isMaximal = type.Parameters.Count > 0 && type.Parameters[0] is MaxLiteral;
            return isMaximal ? int.MaxValue : Parameter(type, 0, 1);
        }

        private static int Parameter(SqlDataTypeReference type, int index, int usual)
        {
            return type.Parameters.Count <= index
                ? usual : int.Parse(type.Parameters[index].Value, CultureInfo.InvariantCulture);
        }

        private static string Name(SqlDataTypeReference type)
        {
            return type.Name.BaseIdentifier.Value;
        }

        private static float Single(int bits)
        {
            return BitConverter.ToSingle(BitConverter.GetBytes(bits), 0);
        }

        private static double Double(long bits)
        {
            return BitConverter.Int64BitsToDouble(bits);
        }

        private static int Bits(float number)
        {
            return BitConverter.ToInt32(BitConverter.GetBytes(number), 0);
        }

        private static byte[] Bytes(string digits)
        {
            byte[] bytes = new byte[digits.Length / 2];
            for (int index = 0; index < bytes.Length; index++)
            {
                bytes[index] = Convert.ToByte(digits.Substring(2 * index, 2), 16);
            }
            return bytes;
        }

        private static string Digits(byte[] bytes)
        {
            StringBuilder digits = new StringBuilder();
            foreach (byte each in bytes)
            {
                digits.Append(each.ToString("x2", CultureInfo.InvariantCulture));
            }
            return digits.ToString();
        }
    }
}
