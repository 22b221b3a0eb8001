// Values of SQL and values of the core, each made of the other.
namespace Udfgen
{
    using System;
    using System.Data.SqlTypes;

    // SQL NULL is null in the core; to SQL Server it is the Null of a SqlType, or null for dates and times.
    internal static class Values
    {
        // AWS Lambda takes no more bytes, so nobody needs to read more characters.
        private const int MaxLength = 6291456;

        // Returns arguments as the encoder wants them: bool, long, Digits, float, double, string, byte[], null. Throws
        // Failure `too_large` for what is too large to be read at all.
        public static object[] Read(Parameter[] parameters, object[] given)
        {
            object[] arguments = new object[given.Length];
            for (int at = 0; at < given.Length; at++)
            {
                // The encoder refuses a wrong number of arguments.
                arguments[at] = at < parameters.Length ? Read(parameters[at], given[at]) : null;
            }
            return arguments;
        }

        // Returns one argument.
        public static object Read(Parameter parameter, object given)
        {
            return IsNull(given) ? null : ReadSet(parameter, given);
        }

        // Returns a value of the decoder as a SqlType, a DateTime, a TimeSpan or a DateTimeOffset.
        public static object Show(TypeFacts type, object value)
        {
            if (value == null)
            {
                return NullOf(type.kind);
            }
            Digits number = value as Digits;
            if (number != null)
            {
                return ShowNumber(type, number);
            }
            string text = value as string;
            if (text != null)
            {
                return ShowText(type.kind, text);
            }
            return ShowOther(value);
        }

        private static bool IsNull(object value)
        {
            INullable known = value as INullable;
            return value == null || (known != null && known.IsNull);
        }

        private static object ReadSet(Parameter parameter, object value)
        {
            if (value is SqlChars)
            {
                SqlChars text = (SqlChars)value;
                RequireRoom(parameter, text.Length, " characters");
                return new string(text.Value);
            }
            if (value is SqlBytes)
            {
                SqlBytes bytes = (SqlBytes)value;
                RequireRoom(parameter, bytes.Length, " bytes");
                return bytes.Value;
            }
            return ReadMoment(parameter.type.kind, value) ?? ReadPlain(value);
        }

        private static void RequireRoom(Parameter parameter, long length, string unit)
        {
            if (length > MaxLength)
            {
                string what = "argument \"" + parameter.name + "\" has " + Text.Show(length) + unit;
                throw new Failure("too_large", what + ", AWS Lambda takes " + Text.Show(MaxLength) + " bytes");
            }
        }

        private static string ReadMoment(Kind kind, object value)
        {
            if (value is DateTime)
            {
                DateTime time = (DateTime)value;
                return kind == Kind.Date ? Ticks.ShowDate(time) : Ticks.ShowTimestamp(time);
            }
            if (value is DateTimeOffset)
            {
                return Ticks.ShowInstant((DateTimeOffset)value);
            }
            return value is TimeSpan ? Ticks.ShowTime((TimeSpan)value) : null;
        }

        private static object ReadPlain(object value)
        {
            if (value is SqlInt64)
            {
                return ((SqlInt64)value).Value;
            }
            if (value is SqlInt32)
            {
                return (long)((SqlInt32)value).Value;
            }
            if (value is SqlInt16)
            {
                return (long)((SqlInt16)value).Value;
            }
            if (value is SqlDecimal)
            {
                SqlDecimal number = (SqlDecimal)value;
                return Digits.FromWords(number.Data, number.Scale, !number.IsPositive);
            }
            if (value is SqlBoolean)
            {
                return ((SqlBoolean)value).Value;
            }
            if (value is SqlDouble)
            {
                return ((SqlDouble)value).Value;
            }
            // Guid shows itself in lower case.
            return value is SqlSingle ? ((SqlSingle)value).Value : (object)((SqlGuid)value).Value.ToString();
        }

        private static object NullOf(Kind kind)
        {
            switch (kind)
            {
                case Kind.Boolean:
                    return SqlBoolean.Null;
                case Kind.SmallInt:
                    return SqlInt16.Null;
                case Kind.Integer:
                    return SqlInt32.Null;
                case Kind.BigInt:
                    return SqlInt64.Null;
                case Kind.Decimal:
                    return SqlDecimal.Null;
                case Kind.Real:
                    return SqlSingle.Null;
                case Kind.Double:
                    return SqlDouble.Null;
                case Kind.Uuid:
                    return SqlGuid.Null;
                case Kind.Bytes:
                    return SqlBytes.Null;
                case Kind.Text:
                case Kind.VarChar:
                case Kind.Json:
                    return SqlChars.Null;
                default:
                    return null;
            }
        }

        // The decoder has checked that the number fits.
        private static object ShowNumber(TypeFacts type, Digits number)
        {
            switch (type.kind)
            {
                case Kind.SmallInt:
                    return new SqlInt16((short)number.Whole().Value);
                case Kind.Integer:
                    return new SqlInt32((int)number.Whole().Value);
                case Kind.BigInt:
                    return new SqlInt64(number.Whole().Value);
                default:
                    int[] words = number.ToWords(type.scale);
                    return new SqlDecimal((byte)type.precision, (byte)type.scale, !number.IsNegative, words);
            }
        }

        private static object ShowText(Kind kind, string text)
        {
            switch (kind)
            {
                case Kind.Date:
                case Kind.Timestamp:
                    return Moment.ToDateTime(text);
                case Kind.Time:
                    return Moment.ToTimeSpan(text);
                case Kind.TimestampTz:
                    return new DateTimeOffset(Moment.ToDateTime(text.TrimEnd('Z')), TimeSpan.Zero);
                case Kind.Uuid:
                    return new SqlGuid(text);
                default:
                    return new SqlChars(text.ToCharArray());
            }
        }

        private static object ShowOther(object value)
        {
            if (value is bool)
            {
                return new SqlBoolean((bool)value);
            }
            if (value is double)
            {
                return new SqlDouble((double)value);
            }
            return value is float ? new SqlSingle((float)value) : (object)new SqlBytes((byte[])value);
        }
    }
}
