// What the generated entry point of one function calls.
namespace Udfgen
{
    using System;
    using System.Collections;
    using System.Data.SqlTypes;
    using System.Threading;

    // There is a method for each kind of result. `arguments` are what SQL Server hands over: SqlTypes, and DateTime,
    // TimeSpan and DateTimeOffset or null. Every method throws Exception with `[udfgen <code>]` in its text, and
    // nothing else, but for the end of the thread when somebody kills the session.
    internal sealed class Wrapper
    {
        // Whose failure it is when the JSON itself cannot be read.
        public const string Unknown = "udfgen";

        private readonly Gateway gateway;
        private readonly string json;
        private readonly Call[] calls = new Call[1];

        // Takes the way to AWS, and the JSON of the generated class that says what the function is.
        public Wrapper(Gateway gateway, string json)
        {
            this.gateway = gateway;
            this.json = json;
        }

        // Calls a function that returns a boolean.
        public SqlBoolean Boolean(params object[] arguments)
        {
            return Answer(arguments)[0].Boolean(0);
        }

        // Calls a function that returns a smallint.
        public SqlInt16 Int16(params object[] arguments)
        {
            return Answer(arguments)[0].Int16(0);
        }

        // Calls a function that returns an integer.
        public SqlInt32 Int32(params object[] arguments)
        {
            return Answer(arguments)[0].Int32(0);
        }

        // Calls a function that returns a bigint.
        public SqlInt64 Int64(params object[] arguments)
        {
            return Answer(arguments)[0].Int64(0);
        }

        // Calls a function that returns a decimal.
        public SqlDecimal Decimal(params object[] arguments)
        {
            return Answer(arguments)[0].Decimal(0);
        }

        // Calls a function that returns a real.
        public SqlSingle Single(params object[] arguments)
        {
            return Answer(arguments)[0].Single(0);
        }

        // Calls a function that returns a double.
        public SqlDouble Double(params object[] arguments)
        {
            return Answer(arguments)[0].Double(0);
        }

        // Calls a function that returns a text, a varchar or a json.
        public SqlChars Chars(params object[] arguments)
        {
            return Answer(arguments)[0].Chars(0);
        }

        // Calls a function that returns bytes.
        public SqlBytes Bytes(params object[] arguments)
        {
            return Answer(arguments)[0].Bytes(0);
        }

        // Calls a function that returns a uuid.
        public SqlGuid Guid(params object[] arguments)
        {
            return Answer(arguments)[0].Guid(0);
        }

        // Calls a function that returns a date or a timestamp.
        public DateTime? Date(params object[] arguments)
        {
            return Answer(arguments)[0].Date(0);
        }

        // Calls a function that returns a time.
        public TimeSpan? Time(params object[] arguments)
        {
            return Answer(arguments)[0].Time(0);
        }

        // Calls a function that returns a timestamptz.
        public DateTimeOffset? Offset(params object[] arguments)
        {
            return Answer(arguments)[0].Offset(0);
        }

        // Calls a function that returns nothing.
        public void Run(params object[] arguments)
        {
            Answer(arguments);
        }

        // Calls a function that returns a table. Each item is a Row.
        public IEnumerable Rows(params object[] arguments)
        {
            return Answer(arguments);
        }

        private Row[] Answer(object[] arguments)
        {
            Call call = null;
            try
            {
                call = Prepare();
                return call.Run(gateway.Invoker(), arguments);
            }
            catch (ThreadAbortException)
            {
                throw;
            }
            catch (Exception thrown)
            {
                Failure failure = Mishap.Of(thrown);
                if (call != null && call.Hides(failure))
                {
                    return call.Nothing();
                }
                throw new Exception(failure.Describe(call == null ? Unknown : call.Owner()));
            }
        }

        // Two threads may both make it: it does not matter which one stays.
        private Call Prepare()
        {
            return calls[0] ?? (calls[0] = new Call(Function.Read(json)));
        }
    }
}
