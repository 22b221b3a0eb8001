// What the generated entry point of one function calls.
namespace Udfgen
{
    using System;
    using System.Collections;
    using System.Data.SqlTypes;
    using System.Threading;

    // There is a method for each kind of result. `modes` are what the switch says, `arguments` what SQL Server hands
    // over: SqlTypes, and DateTime, TimeSpan and DateTimeOffset or null. Every method throws Exception with
    // `[udfgen <code>]` in its text, and nothing else, but for the end of the thread when somebody kills the session.
    internal sealed class Wrapper
    {
        // Whose failure it is when the JSON itself cannot be read.
        public const string Unknown = "udfgen";

        private readonly Gateway gateway;
        private readonly string json;
        private readonly Choices[] choices = new Choices[1];

        // Takes the way to AWS, and the JSON of the generated class that says what the function is.
        public Wrapper(Gateway gateway, string json)
        {
            this.gateway = gateway;
            this.json = json;
        }

        // Calls a function that returns a boolean.
        public SqlBoolean Boolean(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Boolean(0);
        }

        // Calls a function that returns a smallint.
        public SqlInt16 Int16(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Int16(0);
        }

        // Calls a function that returns an integer.
        public SqlInt32 Int32(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Int32(0);
        }

        // Calls a function that returns a bigint.
        public SqlInt64 Int64(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Int64(0);
        }

        // Calls a function that returns a decimal.
        public SqlDecimal Decimal(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Decimal(0);
        }

        // Calls a function that returns a real.
        public SqlSingle Single(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Single(0);
        }

        // Calls a function that returns a double.
        public SqlDouble Double(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Double(0);
        }

        // Calls a function that returns a text, a varchar or a json.
        public SqlChars Chars(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Chars(0);
        }

        // Calls a function that returns bytes.
        public SqlBytes Bytes(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Bytes(0);
        }

        // Calls a function that returns a uuid.
        public SqlGuid Guid(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Guid(0);
        }

        // Calls a function that returns a date or a timestamp.
        public DateTime? Date(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Date(0);
        }

        // Calls a function that returns a time.
        public TimeSpan? Time(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Time(0);
        }

        // Calls a function that returns a timestamptz.
        public DateTimeOffset? Offset(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments)[0].Offset(0);
        }

        // Calls a function that returns nothing.
        public void Run(SqlChars modes, params object[] arguments)
        {
            Answer(modes, arguments);
        }

        // Calls a function that returns nothing, where SQL must be given something: the empty text.
        public SqlChars Empty(SqlChars modes, params object[] arguments)
        {
            Answer(modes, arguments);
            return new SqlChars(new char[0]);
        }

        // Calls a function that returns a table. Each item is a Row.
        public IEnumerable Rows(SqlChars modes, params object[] arguments)
        {
            return Answer(modes, arguments);
        }

        private Row[] Answer(SqlChars modes, object[] arguments)
        {
            string owner = Unknown;
            Call call = null;
            try
            {
                Choices known = Prepare();
                owner = known.owner;
                call = known.Of(arguments);
                owner = call.Owner();
                return call.Run(gateway.Invoker(), new Switch(modes), arguments);
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
                throw new Exception(failure.Describe(owner));
            }
        }

        // Two threads may both make them: it does not matter which ones stay.
        private Choices Prepare()
        {
            return choices[0] ?? (choices[0] = new Choices(Function.Read(json)));
        }
    }
}
