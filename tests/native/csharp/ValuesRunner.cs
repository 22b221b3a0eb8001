// Runs the core's encoder and decoder for a test: one request a line in, one answer a line out, both JSON.
//
//   {"op": "encode", "function": {...}, "arguments": ["text", true, null, {"number": "1e23"}, {"hex": "00ff"}]}
//   {"op": "decode", "function": {...}, "body": "6e756c6c"}
//   {"op": "rows", "function": {...}, "text": "[[1,\"a\"]]"}
//
// An argument for a real or a double is {"bits": "3ff8000000000000"}, a double as it is stored. The answer is
// {"value": ...}, {"rows": [[...], ...]}, {"sent": ["[1,\"a\"]"]} or {"error": "[udfgen bad_argument]: ..."}. In a value, numbers are text and
// bytes are hexadecimal digits. An argument of the program is the name of the culture that it runs under.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.Globalization;
    using System.IO;
    using System.Text;
    using System.Threading;

    internal static class ValuesRunner
    {
        public static void Main(string[] cultures)
        {
            foreach (string name in cultures)
            {
                CultureInfo culture = new CultureInfo(name);
                // As some have on Windows, by their own rules or by an administrator's.
                culture.NumberFormat.NegativeSign = "\u2212";
                Thread.CurrentThread.CurrentCulture = culture;
            }
            UTF8Encoding utf8 = new UTF8Encoding(false);
            StreamReader input = new StreamReader(Console.OpenStandardInput(), utf8);
            StreamWriter output = new StreamWriter(Console.OpenStandardOutput(), utf8);
            output.AutoFlush = true;
            for (string line = input.ReadLine(); line != null; line = input.ReadLine())
            {
                output.Write(Answer(line) + "\n");
            }
        }

        private static string Answer(string request)
        {
            Function function = Function.Read(Json.Member(request, "function"));
            try
            {
                switch (Json.TextMember(request, "op"))
                {
                    case "encode":
                        string body = new Encoder(function).Encode(ToArguments(function, request));
                        return "{\"value\":" + Json.Quote(body) + "}";
                    case "decode":
                        return Decode(function, ToBytes(Json.TextMember(request, "body")));
                    case "rows":
                        return ReadRows(function, Json.TextMember(request, "text"));
                    default:
                        throw new ArgumentException(request);
                }
            }
            catch (Failure failure)
            {
                return "{\"error\":" + Json.Quote(failure.Describe(function.binding.name)) + "}";
            }
        }

        private static string Decode(Function function, byte[] body)
        {
            Decoder decoder = new Decoder(function);
            if (function.table == null)
            {
                return "{\"value\":" + Show(function.result, decoder.Decode(body)) + "}";
            }
            List<string> rows = new List<string>();
            foreach (object[] row in decoder.Rows(body))
            {
                rows.Add(Show(function.table.columns, row));
            }
            return "{\"rows\":[" + string.Join(",", rows) + "]}";
        }

        // Shows what each row of a JSON text comes to; without a text there are none.
        private static string ReadRows(Function function, string text)
        {
            Encoder encoder = new Encoder(function);
            GivenRows rows = new GivenRows(function.parameters, text ?? "[]", false);
            List<string> sent = new List<string>();
            while (rows.Next())
            {
                try
                {
                    sent.Add(Json.Quote(encoder.Encode(rows.Arguments())));
                }
                catch (Failure failure)
                {
                    throw failure.At(sent.Count + 1);
                }
            }
            return "{\"sent\":[" + string.Join(",", sent) + "]}";
        }

        private static string Show(Result[] columns, object[] row)
        {
            string[] cells = new string[row.Length];
            for (int at = 0; at < cells.Length; at++)
            {
                cells[at] = Show(columns[at], row[at]);
            }
            return "[" + string.Join(",", cells) + "]";
        }

        private static string Show(Result result, object value)
        {
            if (value == null || value is bool)
            {
                return value == null ? "null" : true.Equals(value) ? "true" : "false";
            }
            if (value is Digits)
            {
                return Json.Quote(((Digits)value).Fixed(result.type.scale));
            }
            if (value is float || value is double)
            {
                return Json.Quote(ShowFloat(value));
            }
            return Json.Quote(value as string ?? ToHex((byte[])value));
        }

        private static string ShowFloat(object value)
        {
            double number = value is float ? (float)value : (double)value;
            if (number == 0 && 1 / number < 0)
            {
                return "-0";
            }
            return (value is float ? Shortest.Of((float)number) : Shortest.Of(number)).Show();
        }

        private static object[] ToArguments(Function function, string request)
        {
            object[] arguments = ((List<object>)Json.Read(Json.Member(request, "arguments"))).ToArray();
            for (int at = 0; at < arguments.Length; at++)
            {
                if (arguments[at] is Dictionary<string, object>)
                {
                    arguments[at] = ToArgument(function.parameters[at].type.kind, new Facts(arguments[at]));
                }
            }
            return arguments;
        }

        private static object ToArgument(Kind kind, Facts facts)
        {
            if (facts.Text("bits") != null)
            {
                double number = BitConverter.Int64BitsToDouble(Convert.ToInt64(facts.Text("bits"), 16));
                return kind == Kind.Real ? (object)(float)number : number;
            }
            return facts.Text("hex") != null ? ToBytes(facts.Text("hex")) : ToNumber(kind, facts.Text("number"));
        }

        private static object ToNumber(Kind kind, string number)
        {
            // What is no number comes as a double: neither long nor Digits can be NaN or infinite.
            if (!Grammar.IsNumber(number))
            {
                return double.NaN;
            }
            Digits digits = Digits.Read(number);
            return kind != Kind.Decimal && digits.Whole().HasValue ? (object)digits.Whole().Value : digits;
        }

        private static byte[] ToBytes(string hex)
        {
            byte[] bytes = new byte[hex.Length / 2];
            for (int at = 0; at < bytes.Length; at++)
            {
                bytes[at] = Convert.ToByte(hex.Substring(2 * at, 2), 16);
            }
            return bytes;
        }

        private static string ToHex(byte[] bytes)
        {
            return BitConverter.ToString(bytes).Replace("-", "").ToLowerInvariant();
        }
    }
}
