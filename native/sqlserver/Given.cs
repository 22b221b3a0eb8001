// Values of rows that come as JSON.
namespace Udfgen
{
    using System;

    // What a query of T-SQL makes of its values: FOR JSON, or a trigger of this install, which writes them natively:
    // json as a string that holds the text, bytes in hexadecimal digits.
    internal static class Given
    {
        // Returns the text of a JSON value as the encoder wants it: bool, Digits, float, double, string, byte[]; null
        // for JSON null. Throws Unfit for what the type refuses.
        public static object Of(TypeFacts type, string value, bool isNative)
        {
            if (value == "null")
            {
                return null;
            }
            switch (type.kind)
            {
                case Kind.Boolean:
                    return value == "1" || (value != "0" && Fit.ToBoolean(value));
                case Kind.SmallInt:
                case Kind.Integer:
                case Kind.BigInt:
                case Kind.Decimal:
                    // The encoder rounds, and knows the ranges.
                    return Fit.ToDigits(value);
                case Kind.Text:
                case Kind.VarChar:
                    return Fit.ToString(value);
                case Kind.Timestamp:
                case Kind.TimestampTz:
                    return Fit.ToMoment(type.kind, Completed(type.kind, value));
                case Kind.Json:
                    return isNative ? Json.Unquote(value) : value;
                case Kind.Bytes:
                    return isNative ? FromHexadecimal(Json.Unquote(value)) : Fit.Of(type, value);
                default:
                    return Fit.Of(type, value);
            }
        }

        // Returns the text of a timestamp with what SQL may leave out: the T, and the zone where that is UTC.
        private static string Completed(Kind kind, string value)
        {
            string text = Json.IsString(value) ? Json.Unquote(value) : "";
            string whole = Text.HasShape(text.Length < 11 ? "" : text.Substring(0, 11), "9999-99-99 ")
                ? text.Substring(0, 10) + "T" + text.Substring(11) : text;
            return kind == Kind.TimestampTz && Moment.Timestamp(whole) != null ? whole + "Z" : whole;
        }

        private static byte[] FromHexadecimal(string digits)
        {
            byte[] bytes = new byte[digits.Length / 2];
            for (int at = 0; at < bytes.Length; at++)
            {
                bytes[at] = Convert.ToByte(digits.Substring(2 * at, 2), 16);
            }
            return bytes;
        }
    }
}
