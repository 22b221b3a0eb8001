// Lets a test see the C# core call out: one request a line in, one answer a line out, both JSON.
//
//   {"op": "call", "program": {...}, "function": {...}, "body": "...", "context": "...", "rest_ms": 5000}
//   {"op": "run", "program": {...}, "function": {...}, "arguments": ["text", null, {"number": "42"}], "mode": "off"}
//   {"op": "batch", "program": {...}, "function": {...}, "rows": [[argument, ...], ...], "mode": "off", "caller": {...}}
//   {"op": "threads", "rounds": 1, "calls": [call, ...]}        a thread for each call, or for each request of another op
//   {"op": "abort", "call": call, "after_ms": 100}              in a thread that is aborted, as by KILL
//   {"op": "look", "program": {...}, "rest_ms": 5000, "times": 1}
//   {"op": "sign", "function": {...}, "region": "...", "endpoint": "...", "keys": [...], "time": 0, "body": "..."}
//   {"op": "read", "pieces": ["hex", ...], "reset": false}      {"op": "url", "text": "..."}
//   {"op": "endpoint", "program": {...}}                        {"op": "mishap", "kind": "..."}
//   {"op": "speed", "call": {...}, "calls": 1000}
//
// A failure is {"error": "[udfgen unavailable]: ..."}. Calls with the same program share one Invoker, as in a server,
// and requests for the same region and endpoint one Signer.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.Data.SqlTypes;
    using System.Diagnostics;
    using System.Globalization;
    using System.IO;
    using System.Security;
    using System.Text;
    using System.Threading;

    internal static class CallsRunner
    {
        private static readonly Dictionary<string, Invoker> Invokers = new Dictionary<string, Invoker>();
        private static readonly Dictionary<string, Gateway> Gateways = new Dictionary<string, Gateway>();
        private static readonly Dictionary<string, Signer> Signers = new Dictionary<string, Signer>();

        private static void Main()
        {
            UTF8Encoding utf8 = new UTF8Encoding(false);
            using (StreamReader input = new StreamReader(Console.OpenStandardInput(), utf8))
            using (StreamWriter output = new StreamWriter(Console.OpenStandardOutput(), utf8))
            {
                for (string line = input.ReadLine(); line != null; line = input.ReadLine())
                {
                    output.Write(Answer(line) + "\n");
                    output.Flush();
                }
            }
        }

        private static string Answer(string job)
        {
            switch (Text(job, "op"))
            {
                case "":
                case "call":
                    return Call(job);
                case "run":
                    return Timed(job, RunOrThrow);
                case "batch":
                    return Timed(job, RunRowsOrThrow);
                case "threads":
                    return InThreads(job);
                case "abort":
                    return Abort(Json.Member(job, "call"), Number(job, "after_ms", 0));
                case "look":
                    return Look(job);
                case "sign":
                    return Sign(job);
                case "read":
                    return Read(job);
                case "url":
                    return ShowUrl(Text(job, "text"));
                case "endpoint":
                    return Json.Quote(Invoker.FindEndpoint(ProgramFacts.Read(Json.Member(job, "program"))));
                case "speed":
                    return Speed(job);
                case "mishap":
                    return "{" + Error("score", Mishaps(Text(job, "kind"))) + "}";
                default:
                    throw new ArgumentException(job);
            }
        }

        // Calls as a wrapper does: encoded body in, decoded result out.
        private static string Call(string job)
        {
            Function function = Function.Read(Json.Member(job, "function"));
            Stopwatch watch = Stopwatch.StartNew();
            string outcome;
            try
            {
                Answer answer = FindInvoker(job).Call(function.binding, Text(job, "body"), Text(job, "context"));
                outcome = Decode(function, answer);
            }
            catch (Exception thrown)
            {
                outcome = Error(function.binding.name, thrown);
            }
            return "{" + outcome + ",\"ms\":" + Show(watch.Elapsed.TotalMilliseconds) + "}";
        }

        private static string Decode(Function function, Answer answer)
        {
            try
            {
                object found = new Decoder(function).Decode(answer.body);
                return "\"result\":" + (found == null ? "null" : Json.Quote((string)found));
            }
            catch (Failure failure)
            {
                throw answer.Blame(failure);
            }
        }

        private static string Error(string owner, Exception thrown)
        {
            return "\"error\":" + Json.Quote(Mishap.Of(thrown).Describe(owner));
        }

        // Runs a function as its routine does, with what the switch says of `score`.
        private static string Timed(string job, Func<string, string> run)
        {
            Stopwatch watch = Stopwatch.StartNew();
            string outcome;
            try
            {
                outcome = run(job);
            }
            catch (Exception thrown)
            {
                outcome = "\"error\":" + Json.Quote(thrown.Message);
            }
            return "{" + outcome + ",\"ms\":" + Show(watch.Elapsed.TotalMilliseconds) + "}";
        }

        private static string RunOrThrow(string job)
        {
            string json = Json.Member(job, "function");
            Function function = Function.Read(json);
            Wrapper wrapper = new Wrapper(FindGateway(Json.Member(job, "program")), json);
            List<string> rows = new List<string>();
            foreach (object each in wrapper.Rows(Modes(job), Arguments(job)))
            {
                rows.Add(Cells((Row)each, function));
            }
            bool isVoid = function.table == null && function.result == null;
            return function.table != null ? "\"rows\":[" + string.Join(",", rows) + "]"
                : "\"result\":" + (isVoid ? "null" : Json.Element(rows[0], 0));
        }

        // The rows are written as a trigger would.
        private static string RunRowsOrThrow(string job)
        {
            string json = Json.Member(job, "function");
            Result result = Function.Read(json).result;
            Facts told = new Facts(Json.Read(Json.Member(job, "caller")));
            Caller caller = new Caller(told.Text("database"), told.Text("session_user"), null);
            BatchWrapper wrapper = new BatchWrapper(FindGateway(Json.Member(job, "program")), json);
            List<string> results = new List<string>();
            foreach (Row each in wrapper.Answer(new Switch(Modes(job)), Rows(job), true, caller))
            {
                if (each.Int32(0) != results.Count + 1)
                {
                    throw new InvalidOperationException("the rows are not in their order");
                }
                results.Add(Cell(each, 1, result.type.kind));
            }
            return "\"results\":[" + string.Join(",", results) + "]";
        }

        private static SqlChars Modes(string job)
        {
            string mode = Json.TextMember(job, "mode");
            return mode == null ? SqlChars.Null : new SqlChars(("score " + mode).ToCharArray());
        }

        // Returns the rows with texts in the place of what texts become: digits, hexadecimal digits.
        private static SqlChars Rows(string job)
        {
            List<string> rows = new List<string>();
            foreach (List<object> row in (List<object>)Json.Read(Json.Member(job, "rows")))
            {
                rows.Add("[" + string.Join(",", row.ConvertAll(Argument)) + "]");
            }
            return new SqlChars(("[" + string.Join(",", rows) + "]").ToCharArray());
        }

        private static string Argument(object value)
        {
            Dictionary<string, object> facts = value as Dictionary<string, object>;
            object text = facts == null ? value : facts.ContainsKey("hex") ? facts["hex"] : facts["number"];
            return text == null ? "null" : Json.Quote((string)text);
        }

        private static Gateway FindGateway(string program)
        {
            lock (Gateways)
            {
                if (!Gateways.ContainsKey(program))
                {
                    Gateways[program] = new Gateway(program);
                }
                return Gateways[program];
            }
        }

        // Returns texts and numbers as SQL Server hands them over.
        private static object[] Arguments(string job)
        {
            object[] arguments = ((List<object>)Json.Read(Json.Member(job, "arguments"))).ToArray();
            for (int at = 0; at < arguments.Length; at++)
            {
                string text = arguments[at] as string;
                arguments[at] = text != null ? new SqlChars(text.ToCharArray())
                    : arguments[at] == null ? (object)SqlChars.Null
                    : new SqlInt64(long.Parse(new Facts(arguments[at]).Text("number"), CultureInfo.InvariantCulture));
            }
            return arguments;
        }

        private static string Cells(Row row, Function function)
        {
            Result[] columns = function.table == null ? new[] { function.result } : function.table.columns;
            List<string> cells = new List<string>();
            for (int at = 0; at < columns.Length && columns[at] != null; at++)
            {
                cells.Add(Cell(row, at, columns[at].type.kind));
            }
            return "[" + string.Join(",", cells) + "]";
        }

        private static string Cell(Row row, int column, Kind kind)
        {
            switch (kind)
            {
                case Kind.BigInt:
                    return Cell(row.Int64(column), row.Int64(column).ToString());
                case Kind.Decimal:
                    return Cell(row.Decimal(column), row.Decimal(column).ToString());
                case Kind.TimestampTz:
                    DateTimeOffset? instant = row.Offset(column);
                    return instant.HasValue ? Json.Quote(Moment.Instant(Ticks.ShowInstant(instant.Value))) : "null";
                default:
                    SqlChars text = row.Chars(column);
                    return Cell(text, text.IsNull ? "" : new string(text.Value));
            }
        }

        private static string Cell(INullable value, string shown)
        {
            return value.IsNull ? "null" : Json.Quote(shown);
        }

        // Shows, for each call, what it came to each time in a thread of its own.
        private static string InThreads(string job)
        {
            List<object> calls = (List<object>)Json.Read(Json.Member(job, "calls"));
            int rounds = Number(job, "rounds", 1);
            string[] outcomes = new string[calls.Count];
            Thread[] threads = new Thread[calls.Count];
            for (int at = 0; at < threads.Length; at++)
            {
                int number = at;
                string call = Json.Element(Json.Member(job, "calls"), at);
                threads[at] = new Thread(() => outcomes[number] = Repeat(call, rounds));
                threads[at].Start();
            }
            foreach (Thread each in threads)
            {
                each.Join();
            }
            return "[" + string.Join(",", outcomes) + "]";
        }

        private static string Repeat(string call, int rounds)
        {
            List<string> outcomes = new List<string>();
            for (int round = 0; round < rounds; round++)
            {
                outcomes.Add(Answer(call));
            }
            return "[" + string.Join(",", outcomes) + "]";
        }

        // Shows the milliseconds from an abort to the end of its thread.
        private static string Abort(string call, int afterMs)
        {
            Thread thread = new Thread(() => Call(call));
            thread.Start();
            Thread.Sleep(afterMs);
            Stopwatch watch = Stopwatch.StartNew();
            thread.Abort();
            thread.Join();
            return Show(watch.Elapsed.TotalMilliseconds);
        }

        private static Invoker FindInvoker(string job)
        {
            string json = Json.Member(job, "program");
            lock (Invokers)
            {
                if (!Invokers.ContainsKey(json))
                {
                    ProgramFacts program = ProgramFacts.Read(json);
                    Invokers[json] = new Invoker(program, new Credentials(program, Number(job, "rest_ms", 5000)));
                }
                return Invokers[json];
            }
        }

        // Shows what successive looks at the credentials give.
        private static string Look(string job)
        {
            ProgramFacts program = ProgramFacts.Read(Json.Member(job, "program"));
            Credentials credentials = new Credentials(program, Number(job, "rest_ms", 5000));
            List<string> seen = new List<string>();
            for (int time = Number(job, "times", 1); time > 0; time--)
            {
                seen.Add("{" + Look(credentials) + "}");
            }
            return "[" + string.Join(",", seen) + "]";
        }

        private static string Look(Credentials credentials)
        {
            try
            {
                Keys keys = credentials.Current(new Deadline(3000));
                return "\"source\":" + Json.Quote(keys.source) + ",\"key\":" + Json.Quote(keys.accessKey)
                    + ",\"token\":" + Json.Quote(keys.token);
            }
            catch (Exception thrown)
            {
                return Error("score", thrown);
            }
        }

        private static string Sign(string job)
        {
            List<object> given = (List<object>)Json.Read(Json.Member(job, "keys"));
            Keys keys = new Keys("test", (string)given[0], (string)given[1], (string)given[2], long.MaxValue);
            Binding binding = Function.Read(Json.Member(job, "function")).binding;
            byte[] body = Encoding.UTF8.GetBytes(Text(job, "body"));
            long time = long.Parse(Json.Member(job, "time"), CultureInfo.InvariantCulture);
            byte[] request = FindSigner(job).Sign(binding, body, Text(job, "context"), keys, time, false);
            return Json.Quote(Encoding.UTF8.GetString(request));
        }

        private static Signer FindSigner(string job)
        {
            string place = Text(job, "region") + ' ' + Text(job, "endpoint");
            lock (Signers)
            {
                if (!Signers.ContainsKey(place))
                {
                    Signers[place] = new Signer(Text(job, "region"), new Url(Text(job, "endpoint")));
                }
                return Signers[place];
            }
        }

        // Reads a reply from a stream that comes in pieces.
        private static string Read(string job)
        {
            List<object> pieces = (List<object>)Json.Read(Json.Member(job, "pieces"));
            ReplyReader reader = new ReplyReader(new PiecesStream(pieces, Json.Member(job, "reset") == "true"));
            try
            {
                if (!reader.Begin())
                {
                    return "{\"error\":\"nothing\"}";
                }
                Reply reply = reader.Read();
                return "{\"status\":" + reply.status + ",\"headers\":" + Headers(job, reply) + ",\"body\":"
                    + Json.Quote(BitConverter.ToString(reply.body).Replace("-", "").ToLowerInvariant())
                    + ",\"kept\":" + (reply.isKept ? "true" : "false") + "}";
            }
            catch (Failure failure)
            {
                return "{" + Error("read", failure) + "}";
            }
            catch (IOException)
            {
                return "{\"error\":\"reset\"}";
            }
        }

        private static string Headers(string job, Reply reply)
        {
            List<string> shown = new List<string>();
            foreach (string name in (List<object>)Json.Read(Json.Member(job, "headers")))
            {
                if (reply.Has(name))
                {
                    shown.Add(Json.Quote(name) + ":" + Json.Quote(reply.Header(name)));
                }
            }
            return "{" + string.Join(",", shown) + "}";
        }

        private static string ShowUrl(string text)
        {
            try
            {
                Url url = new Url(text);
                return "[" + Json.Quote(url.host) + "," + Json.Quote(url.authority) + "," + Json.Quote(url.path) + "]";
            }
            catch (Failure failure)
            {
                return "{" + Error("url", failure) + "}";
            }
        }

        // Shows the microseconds per call of a loop over one connection, nothing decoded.
        private static string Speed(string job)
        {
            string call = Json.Member(job, "call");
            Binding binding = Function.Read(Json.Member(call, "function")).binding;
            Invoker invoker = FindInvoker(call);
            int calls = Number(job, "calls", 1000);
            Stopwatch watch = new Stopwatch();
            for (int count = 0; count < 2 * calls; count++)
            {
                if (count == calls)
                {
                    watch.Start();
                }
                invoker.Call(binding, Text(call, "body"), "");
            }
            return Show(watch.Elapsed.TotalMilliseconds * 1000 / calls);
        }

        // Returns what .NET or SQL Server throws in the core.
        private static Exception Mishaps(string kind)
        {
            Exception denied = new SecurityException("a long story");
            switch (kind)
            {
                case "security":
                    return denied;
                case "security in a static field":
                    return new TypeInitializationException("Udfgen.Wire", denied);
                case "memory":
                    return new OutOfMemoryException();
                default:
                    return new InvalidCastException("secret");
            }
        }

        private static int Number(string job, string name, int otherwise)
        {
            string found = Json.Member(job, name);
            return found == null ? otherwise : int.Parse(found, CultureInfo.InvariantCulture);
        }

        private static string Show(double number)
        {
            return number.ToString("0.000", CultureInfo.InvariantCulture);
        }

        private static string Text(string job, string name)
        {
            return Json.TextMember(job, name) ?? "";
        }
    }
}
