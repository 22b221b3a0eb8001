// Arguments as plain text: what is sent, but for JSON's quotes.
namespace Udfgen
{
    using System;

    // Each kind of type has a method that checks a value and returns its text. Throws Unfit for what the type refuses.
    internal static class Plain
    {
        private const string NotFinite = "must be a finite number";

        // Returns the text of a value that is not NULL: bool, long, Digits, double, float, string or byte[].
        public static string Of(Parameter parameter, object value)
        {
            switch (parameter.type.kind)
            {
                case Kind.Boolean:
                    return (bool)value ? "true" : "false";
                case Kind.SmallInt:
                case Kind.Integer:
                case Kind.BigInt:
                    return OfInteger(parameter.type, ToDigits(value));
                case Kind.Decimal:
                    return OfDecimal(parameter.type, ToDigits(value));
                case Kind.Real:
                    return OfReal((float)value);
                case Kind.Double:
                    return OfDouble((double)value);
                case Kind.Bytes:
                    return OfBytes(parameter.limits, (byte[])value);
                default:
                    return OfText(parameter.type, (string)value);
            }
        }

        private static string OfText(TypeFacts type, string text)
        {
            switch (type.kind)
            {
                case Kind.VarChar:
                    Text.CheckLength(text, type.length);
                    return text;
                case Kind.Json:
                    Grammar.Parse(text);
                    return text;
                case Kind.Uuid:
                    return Text.Uuid(text);
                case Kind.Date:
                    return Moment.Require(Moment.Date(text), "must be a date from 0001-01-01 to 9999-12-31");
                case Kind.Time:
                    return Moment.Require(Moment.Time(text), "must be a time from 00:00:00 to 23:59:59.999999");
                case Kind.Timestamp:
                    return Moment.Require(Moment.Timestamp(text), "must be a real date in the years 1 to 9999");
                case Kind.TimestampTz:
                    return Moment.Require(Moment.Instant(text), "must be a real date in the years 1 to 9999");
                default:
                    return text;
            }
        }

        // Neither whole numbers nor decimals know NaN and infinities: those come as another class.
        private static Digits ToDigits(object value)
        {
            Digits number = value is long ? Digits.Of((long)value) : value as Digits;
            if (number == null)
            {
                throw new Unfit(NotFinite);
            }
            return number;
        }

        private static string OfInteger(TypeFacts type, Digits number)
        {
            if (!type.IsInRange(number))
            {
                throw new Unfit("must fit " + type.Show());
            }
            return number.Fixed(0);
        }

        private static string OfDecimal(TypeFacts type, Digits number)
        {
            Digits rounded = number.Round(type.scale);
            if (!rounded.Fits(type.precision, type.scale))
            {
                throw new Unfit("must fit " + type.Show());
            }
            return rounded.Fixed(type.scale);
        }

        private static string OfReal(float number)
        {
            if (float.IsNaN(number) || float.IsInfinity(number))
            {
                throw new Unfit(NotFinite);
            }
            return Shortest.Of(number).Show();
        }

        private static string OfDouble(double number)
        {
            if (double.IsNaN(number) || double.IsInfinity(number))
            {
                throw new Unfit(NotFinite);
            }
            return Shortest.Of(number).Show();
        }

        private static string OfBytes(Limits limits, byte[] bytes)
        {
            if (limits.maxLength > 0 && bytes.Length > limits.maxLength)
            {
                throw new Unfit("must be at most " + Text.Show(limits.maxLength) + " bytes long");
            }
            return Convert.ToBase64String(bytes);
        }
    }
}
