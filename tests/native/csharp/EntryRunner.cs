// Lets a test call the C# core as the generated entry points do: one request a line in, one answer a line out, both
// JSON. It begins with the line of what stands for the caller's own session: the text of another connection, quoted.
//
//   {"op": "run", "form": "Decimal", "program": {...}, "function": {...}, "arguments": [null, ["SqlChars", "text"], ...]}
//   {"op": "rows", ..., "forms": ["Int64", ...]}
//   {"op": "threads", ..., "threads": 8, "calls": 100}          the run, so often in so many threads
//   {"op": "abort", ..., "after_ms": 100}                       the run, its thread ended after a while
//   {"op": "probe", "program": {...}, "functions": [{...}], "what": "checks"}
//
// What calls may have "modes", what the switch says: "score off". Forms are the names of a Wrapper's methods. The answer
// is {"value": ...}, {"rows": [...]} or {"error": "[udfgen ...]: ..."}: any exception but System.Exception itself ends it.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.Data.SqlTypes;
    using System.Diagnostics;
    using System.Globalization;
    using System.IO;
    using System.Text;
    using System.Threading;

    internal static class EntryRunner
    {
        private static readonly Dictionary<string, Gateway> Gateways = new Dictionary<string, Gateway>();
        private static readonly Dictionary<string, Wrapper> Wrappers = new Dictionary<string, Wrapper>();

        private static void Main()
        {
            UTF8Encoding utf8 = new UTF8Encoding(false);
            using (StreamReader input = new StreamReader(Console.OpenStandardInput(), utf8))
            using (StreamWriter output = new StreamWriter(Console.OpenStandardOutput(), utf8))
            {
                Caller.Connection[0] = Json.Unquote(input.ReadLine());
                for (string line = input.ReadLine(); line != null; line = input.ReadLine())
                {
                    output.Write(Answer(line) + "\n");
                    output.Flush();
                }
            }
        }

        private static string Answer(string job)
        {
            try
            {
                return AnswerOrThrow(job);
            }
            catch (Exception thrown)
            {
                if (thrown.GetType() != typeof(Exception))
                {
                    throw;
                }
                return "{\"error\":" + Json.Quote(thrown.Message) + "}";
            }
        }

        private static string AnswerOrThrow(string job)
        {
            switch (Json.TextMember(job, "op"))
            {
                case "run":
                    return "{\"value\":" + Run(job) + "}";
                case "rows":
                    return "{\"rows\":" + Rows(job) + "}";
                case "threads":
                    return "{\"value\":" + InThreads(job) + "}";
                case "abort":
                    return "{\"value\":" + Abort(job) + "}";
                case "probe":
                    return "{\"value\":" + Probe(job) + "}";
                default:
                    throw new ArgumentException(job);
            }
        }

        private static string Run(string job)
        {
            return Show(Run(FindWrapper(job), Json.TextMember(job, "form"), Modes(job), Arguments(job)));
        }

        private static object Run(Wrapper wrapper, string form, SqlChars modes, object[] arguments)
        {
            switch (form)
            {
                case "Run":
                    wrapper.Run(modes, arguments);
                    return null;
                case "Boolean":
                    return wrapper.Boolean(modes, arguments);
                case "Int16":
                    return wrapper.Int16(modes, arguments);
                case "Int32":
                    return wrapper.Int32(modes, arguments);
                case "Int64":
                    return wrapper.Int64(modes, arguments);
                case "Decimal":
                    return wrapper.Decimal(modes, arguments);
                case "Single":
                    return wrapper.Single(modes, arguments);
                case "Double":
                    return wrapper.Double(modes, arguments);
                case "Chars":
                    return wrapper.Chars(modes, arguments);
                case "Bytes":
                    return wrapper.Bytes(modes, arguments);
                case "Guid":
                    return wrapper.Guid(modes, arguments);
                case "Date":
                    return wrapper.Date(modes, arguments);
                case "Time":
                    return wrapper.Time(modes, arguments);
                case "Offset":
                    return wrapper.Offset(modes, arguments);
                case "Empty":
                    return wrapper.Empty(modes, arguments);
                default:
                    throw new ArgumentException(form);
            }
        }

        private static string Rows(string job)
        {
            List<object> forms = (List<object>)Json.Read(Json.Member(job, "forms"));
            List<string> rows = new List<string>();
            foreach (object each in FindWrapper(job).Rows(Modes(job), Arguments(job)))
            {
                List<string> cells = new List<string>();
                for (int column = 0; column < forms.Count; column++)
                {
                    cells.Add(Show(Cell((Row)each, (string)forms[column], column)));
                }
                rows.Add("[" + string.Join(",", cells) + "]");
            }
            return "[" + string.Join(",", rows) + "]";
        }

        private static object Cell(Row row, string form, int column)
        {
            switch (form)
            {
                case "Boolean":
                    return row.Boolean(column);
                case "Int16":
                    return row.Int16(column);
                case "Int32":
                    return row.Int32(column);
                case "Int64":
                    return row.Int64(column);
                case "Decimal":
                    return row.Decimal(column);
                case "Single":
                    return row.Single(column);
                case "Double":
                    return row.Double(column);
                case "Chars":
                    return row.Chars(column);
                case "Bytes":
                    return row.Bytes(column);
                case "Guid":
                    return row.Guid(column);
                case "Date":
                    return row.Date(column);
                case "Time":
                    return row.Time(column);
                case "Offset":
                    return row.Offset(column);
                default:
                    throw new ArgumentException(form);
            }
        }

        // Shows the number of calls that returned something, and each error that the others threw.
        private static string InThreads(string job)
        {
            Wrapper wrapper = FindWrapper(job);
            string form = Json.TextMember(job, "form");
            int calls = Number(job, "calls");
            int done = 0;
            List<string> errors = new List<string>();
            List<Thread> threads = new List<Thread>();
            for (int thread = Number(job, "threads"); thread > 0; thread--)
            {
                threads.Add(new Thread(() =>
                {
                    for (int call = 0; call < calls; call++)
                    {
                        try
                        {
                            Run(wrapper, form, Modes(job), Arguments(job));
                            Interlocked.Increment(ref done);
                        }
                        catch (Exception thrown)
                        {
                            lock (errors)
                            {
                                errors.Add(Json.Quote(thrown.GetType() + ": " + thrown.Message));
                            }
                        }
                    }
                }));
            }
            threads.ForEach(each => each.Start());
            threads.ForEach(each => each.Join());
            return "[" + done + ",[" + string.Join(",", errors) + "]]";
        }

        // Shows the class of what a thread ended with, and how many milliseconds that took.
        private static string Abort(string job)
        {
            Wrapper wrapper = FindWrapper(job);
            object[] arguments = Arguments(job);
            string end = "nothing";
            Thread thread = new Thread(() =>
            {
                try
                {
                    Run(wrapper, Json.TextMember(job, "form"), Modes(job), arguments);
                }
                catch (Exception thrown)
                {
                    end = thrown.GetType().Name;
                }
            });
            thread.Start();
            Thread.Sleep(Number(job, "after_ms"));
            Stopwatch watch = Stopwatch.StartNew();
            thread.Abort();
            thread.Join();
            return "[" + Json.Quote(end) + "," + watch.ElapsedMilliseconds + "]";
        }

        private static string Probe(string job)
        {
            List<string> functions = new List<string>();
            string list = Json.Member(job, "functions");
            for (string each = Json.Element(list, 0); each != null; each = Json.Element(list, functions.Count))
            {
                functions.Add(each);
            }
            string what = Json.TextMember(job, "what");
            SqlChars question = what == null ? SqlChars.Null : new SqlChars(what.ToCharArray());
            return Show(FindGateway(job).Probe(functions.ToArray(), question));
        }

        private static Gateway FindGateway(string job)
        {
            string program = Json.Member(job, "program");
            if (!Gateways.ContainsKey(program))
            {
                Gateways[program] = new Gateway(program);
            }
            return Gateways[program];
        }

        private static Wrapper FindWrapper(string job)
        {
            string name = Json.Member(job, "program") + Json.Member(job, "function");
            if (!Wrappers.ContainsKey(name))
            {
                Wrappers[name] = new Wrapper(FindGateway(job), Json.Member(job, "function"));
            }
            return Wrappers[name];
        }

        private static SqlChars Modes(string job)
        {
            string modes = Json.TextMember(job, "modes");
            return modes == null ? SqlChars.Null : new SqlChars(modes.ToCharArray());
        }

        private static object[] Arguments(string job)
        {
            object[] arguments = ((List<object>)Json.Read(Json.Member(job, "arguments"))).ToArray();
            for (int at = 0; at < arguments.Length; at++)
            {
                List<object> given = (List<object>)arguments[at];
                arguments[at] = given == null ? null : Argument((string)given[0], (string)given[1]);
            }
            return arguments;
        }

        private static object Argument(string form, string text)
        {
            CultureInfo plain = CultureInfo.InvariantCulture;
            switch (form)
            {
                case "SqlBoolean":
                    return text == null ? SqlBoolean.Null : SqlBoolean.Parse(text);
                case "SqlInt16":
                    return text == null ? SqlInt16.Null : SqlInt16.Parse(text);
                case "SqlInt32":
                    return text == null ? SqlInt32.Null : SqlInt32.Parse(text);
                case "SqlInt64":
                    return text == null ? SqlInt64.Null : SqlInt64.Parse(text);
                case "SqlDecimal":
                    return text == null ? SqlDecimal.Null : SqlDecimal.Parse(text);
                case "SqlSingle":
                    return text == null ? SqlSingle.Null : new SqlSingle(float.Parse(text, plain));
                case "SqlDouble":
                    return text == null ? SqlDouble.Null : new SqlDouble(double.Parse(text, plain));
                case "SqlGuid":
                    return text == null ? SqlGuid.Null : new SqlGuid(text);
                case "SqlChars":
                    return text == null ? SqlChars.Null : new SqlChars(text.ToCharArray());
                case "SqlBytes":
                    return text == null ? SqlBytes.Null : new SqlBytes(Bytes(text));
                case "UnreadBytes":
                    return new SqlBytes(new UnreadStream(long.Parse(text, plain)));
                case "DateTime":
                    return DateTime.Parse(text, plain);
                case "TimeSpan":
                    return TimeSpan.Parse(text, plain);
                case "DateTimeOffset":
                    return DateTimeOffset.Parse(text, plain);
                default:
                    throw new ArgumentException(form);
            }
        }

        private static byte[] Bytes(string hex)
        {
            byte[] bytes = new byte[hex.Length / 2];
            for (int at = 0; at < bytes.Length; at++)
            {
                bytes[at] = Convert.ToByte(hex.Substring(2 * at, 2), 16);
            }
            return bytes;
        }

        private static string Show(object value)
        {
            INullable known = value as INullable;
            bool isNull = value == null || (known != null && known.IsNull);
            return isNull ? "null" : Json.Quote(ShowText(value));
        }

        private static string ShowText(object value)
        {
            CultureInfo plain = CultureInfo.InvariantCulture;
            if (value is SqlDecimal)
            {
                SqlDecimal number = (SqlDecimal)value;
                return number + " (" + number.Precision + "," + number.Scale + ")";
            }
            if (value is SqlDouble)
            {
                return ((SqlDouble)value).Value.ToString("R", plain);
            }
            if (value is SqlSingle)
            {
                return ((SqlSingle)value).Value.ToString("R", plain);
            }
            if (value is SqlChars)
            {
                return new string(((SqlChars)value).Value);
            }
            if (value is SqlBytes)
            {
                return Sha256.Hex(((SqlBytes)value).Value);
            }
            IFormattable moment = value as IFormattable;
            return moment == null ? value.ToString() : moment.ToString(value is TimeSpan ? "c" : "o", plain);
        }

        private static int Number(string job, string name)
        {
            return int.Parse(Json.Member(job, name), CultureInfo.InvariantCulture);
        }

        // Bytes of which only the number may be asked.
        private sealed class UnreadStream : MemoryStream
        {
            private readonly long length;

            public UnreadStream(long length)
            {
                this.length = length;
            }

            public override long Length
            {
                get { return length; }
            }

            public override int Read(byte[] buffer, int offset, int count)
            {
                throw new InvalidOperationException("nobody may read them");
            }
        }
    }
}
