// Values of a reply as values of their types.
namespace Udfgen
{
    using System;

    // Each kind of type has a method from the text of a JSON value. Throws Unfit for what the type refuses.
    internal static class Fit
    {
        // Returns a value that is not `null` as bool, Digits (whole numbers and decimals), float, double, string or
        // byte[]; dates and times in ISO 8601, a timestamptz in UTC with `Z`.
        public static object Of(Result result, string value)
        {
            switch (result.type.kind)
            {
                case Kind.SmallInt:
                case Kind.Integer:
                case Kind.BigInt:
                    return ToInteger(result, value);
                case Kind.Decimal:
                    return ToDecimal(result, value);
                default:
                    return Of(result.type, value);
            }
        }

        // The same for a type that is neither a whole number nor a decimal.
        public static object Of(TypeFacts type, string value)
        {
            switch (type.kind)
            {
                case Kind.Boolean:
                    return ToBoolean(value);
                case Kind.Real:
                    return (float)ToFinite(type, (float)ToDouble(value));
                case Kind.Double:
                    return ToFinite(type, ToDouble(value));
                case Kind.Bytes:
                    return ToBytes(value);
                case Kind.Json:
                    return value;
                case Kind.Text:
                case Kind.VarChar:
                    return ToText(type, value);
                default:
                    // What is no string becomes a text that none of these is.
                    return ToMoment(type.kind, Json.IsString(value) ? Json.Unquote(value) : "");
            }
        }

        // Returns a boolean.
        public static bool ToBoolean(string value)
        {
            if (value != "true" && value != "false")
            {
                throw new Unfit("must be true or false");
            }
            return value == "true";
        }

        private static Digits ToInteger(Result result, string value)
        {
            Digits number = ToDigits(value);
            Digits whole = result.round ? number.Round(0) : number;
            if (!result.type.IsInRange(whole))
            {
                throw new Unfit("must fit " + result.type.Show());
            }
            return whole;
        }

        // Returns a number with the digits of its type, rounded only where the spec says so.
        private static Digits ToDecimal(Result result, string value)
        {
            Digits number = ToDigits(value);
            Digits rounded = number.Round(result.type.scale);
            bool isExact = result.round || rounded.CompareTo(number) == 0;
            if (!isExact || !rounded.Fits(result.type.precision, result.type.scale))
            {
                throw new Unfit("must fit " + result.type.Show());
            }
            return rounded;
        }

        // Takes a number, or a string that is one.
        public static Digits ToDigits(string value)
        {
            string number = Json.IsString(value) ? Json.Unquote(value) : value;
            RequireNumber(number);
            if (Digits.HasWildExponent(number))
            {
                throw new Unfit("must have an exponent below 10000");
            }
            return Digits.Read(number);
        }

        private static double ToDouble(string value)
        {
            RequireNumber(value);
            return Digits.Read(value).ToDouble();
        }

        private static double ToFinite(TypeFacts type, double number)
        {
            if (double.IsInfinity(number))
            {
                throw new Unfit("must fit " + type.Show());
            }
            // SQL has no negative zero.
            return number == 0 ? 0 : number;
        }

        private static void RequireNumber(string text)
        {
            if (!Grammar.IsNumber(text))
            {
                throw new Unfit("must be a number");
            }
        }

        // Returns the text of a string.
        public static string ToString(string value)
        {
            if (!Json.IsString(value))
            {
                throw new Unfit("must be a string");
            }
            return Json.Unquote(value);
        }

        private static string ToText(TypeFacts type, string value)
        {
            string text = ToString(value);
            if (text.IndexOf('\0') >= 0 || !Text.IsUnicode(text))
            {
                throw new Unfit("must not hold NUL or half of a surrogate pair");
            }
            if (type.kind == Kind.VarChar)
            {
                Text.CheckLength(text, type.length);
            }
            return text;
        }

        // Returns a date, a time or a uuid in the form that the core has it.
        public static string ToMoment(Kind kind, string text)
        {
            switch (kind)
            {
                case Kind.Date:
                    return Moment.Require(Moment.Date(text), "must be a date like 2016-02-15");
                case Kind.Time:
                    return Moment.Require(Moment.Time(text), "must be a time like 12:00:00");
                case Kind.Timestamp:
                    return Moment.Require(Moment.Timestamp(text), "must be a timestamp like 2016-02-15T12:00:00");
                case Kind.TimestampTz:
                    string zoned = "must be a timestamp with a zone like 2016-02-15T12:00:00Z";
                    return Moment.Require(Moment.Instant(text), zoned);
                default:
                    return Text.Uuid(text);
            }
        }

        // The decoder also takes white space, and unused bits that are not zero.
        private static byte[] ToBytes(string value)
        {
            string text = Json.IsString(value) ? Json.Unquote(value) : "?";
            try
            {
                byte[] bytes = Convert.FromBase64String(text);
                if (Convert.ToBase64String(bytes) == text)
                {
                    return bytes;
                }
            }
            catch (FormatException)
            {
                // The same complaint as for the rest.
            }
            throw new Unfit("must be base64");
        }
    }
}
