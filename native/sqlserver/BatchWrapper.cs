// What the generated entry point of a batch function calls.
namespace Udfgen
{
    using System;
    using System.Collections;
    using System.Data.SqlTypes;
    using System.Threading;

    // `modes` are what the switch says, `rows` a JSON text of arguments, `isNative` whether a trigger of this install
    // wrote it: see Given. Every method throws Exception with `[udfgen <code>]` in its text, and nothing else, but for
    // the end of the thread when somebody kills the session.
    internal sealed class BatchWrapper
    {
        private readonly Gateway gateway;
        private readonly string json;
        private readonly Function[] functions = new Function[1];

        // Takes the way to AWS, and the JSON of the generated class that says what the function is.
        public BatchWrapper(Gateway gateway, string json)
        {
            this.gateway = gateway;
            this.json = json;
        }

        // Calls a function that returns a value. Each item is a Row of the number of a row, from 1, and its result.
        public IEnumerable Rows(SqlChars modes, SqlChars rows, SqlBoolean isNative)
        {
            return Answer(new Switch(modes), rows, isNative.IsTrue, null);
        }

        // Calls a function that returns nothing.
        public void Run(SqlChars modes, SqlChars rows, SqlBoolean isNative)
        {
            Answer(new Switch(modes), rows, isNative.IsTrue, null);
        }

        // The same for both. `known` is who calls; null: the session is asked, where that is to be told.
        public Row[] Answer(Switch modes, SqlChars rows, bool isNative, Caller known)
        {
            string owner = Wrapper.Unknown;
            try
            {
                Function function = Prepare();
                owner = function.binding.name;
                string text = rows == null || rows.IsNull ? "[]" : new string(rows.Value);
                return Show(function, new BatchCall(function, gateway).Run(modes, text, isNative, known));
            }
            catch (ThreadAbortException)
            {
                throw;
            }
            catch (Exception thrown)
            {
                throw new Exception(Mishap.Of(thrown).Describe(owner));
            }
        }

        private static Row[] Show(Function function, object[] values)
        {
            Row[] shown = new Row[function.result == null ? 0 : values.Length];
            for (int at = 0; at < shown.Length; at++)
            {
                object value = Values.Show(function.result.type, values[at]);
                shown[at] = new Row(function.binding.name, new[] { new SqlInt32(at + 1), value });
            }
            return shown;
        }

        // Two threads may both read it: it does not matter which one stays.
        private Function Prepare()
        {
            return functions[0] ?? (functions[0] = Function.Read(json));
        }
    }
}
