// A function of the spec, ready to run.
namespace Udfgen
{
    using System;

    // Arguments in, one call of AWS Lambda, rows out. Never changes, so any number of threads may run it.
    internal sealed class Call
    {
        private readonly Function function;
        private readonly Encoder encoder;
        private readonly Decoder decoder;

        // Takes the table's entry of a function.
        public Call(Function function)
        {
            this.function = function;
            encoder = new Encoder(function);
            decoder = new Decoder(function);
        }

        // Returns the rows of a table, all of them decoded, or one row: of the result, or of nothing for a function
        // that returns nothing. Throws Failure or whatever stands in the way.
        public Row[] Run(Invoker invoker, object[] given)
        {
            object[] arguments = Values.Read(function.parameters, given);
            if (function.nullOnNull && Array.IndexOf(arguments, null) >= 0)
            {
                return Nothing();
            }
            string context = function.binding.clientContext ? Caller.Context() : "";
            Answer answer = invoker.Call(function.binding, encoder.Encode(arguments), context);
            try
            {
                return Take(answer.body);
            }
            catch (Failure failure)
            {
                failure.RequestId = answer.requestId;
                throw;
            }
        }

        // Tells whether NULL stands for a failure: not where the caller made a mistake, or an administrator said no.
        public bool Hides(Failure failure)
        {
            return function.nullOnError && failure.Code != "bad_argument" && failure.Code != "disabled";
        }

        // Returns what stands for no result: NULL, or no rows.
        public Row[] Nothing()
        {
            return function.table == null ? new[] { ShowResult(null) } : new Row[0];
        }

        // Returns the name of the binding, which errors begin with.
        public string Owner()
        {
            return function.binding.name;
        }

        private Row[] Take(byte[] body)
        {
            if (function.table == null)
            {
                return new[] { ShowResult(decoder.Decode(body)) };
            }
            object[][] found = decoder.Rows(body);
            Row[] rows = new Row[found.Length];
            for (int at = 0; at < rows.Length; at++)
            {
                rows[at] = ShowRow(found[at]);
            }
            return rows;
        }

        private Row ShowResult(object value)
        {
            bool isVoid = function.result == null;
            return new Row(Owner(), isVoid ? new object[0] : new[] { Values.Show(function.result.type, value) });
        }

        private Row ShowRow(object[] values)
        {
            object[] cells = new object[values.Length];
            for (int at = 0; at < cells.Length; at++)
            {
                cells[at] = Values.Show(function.table.columns[at].type, values[at]);
            }
            return new Row(Owner(), cells);
        }
    }
}
