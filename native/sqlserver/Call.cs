// A function of the spec with the binding that it reaches, ready to run.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;

    // Arguments in, a call of AWS Lambda or one for each page, rows out. Never changes, so that any number of threads
    // may run it.
    internal sealed class Call
    {
        private readonly Function function;
        private readonly Binding binding;
        private readonly Encoder encoder;
        private readonly Decoder decoder;

        // Takes the table's entry of a function, and the binding.
        public Call(Function function, Binding binding)
        {
            this.function = function;
            this.binding = binding;
            encoder = new Encoder(function);
            decoder = new Decoder(function);
        }

        // Returns the rows of a table, all of them decoded, or one row: of the result, or of nothing for a function
        // that returns nothing, and for a dry run. Throws Failure or whatever stands in the way.
        public Row[] Run(Invoker invoker, Switch modes, object[] given)
        {
            bool isDry = modes.IsDry(binding.name);
            object[] arguments = Values.Read(function.parameters, given);
            if (function.nullOnNull && Array.IndexOf(arguments, null) >= 0)
            {
                return Nothing();
            }
            string[] texts = encoder.Texts(arguments);
            string context = binding.clientContext ? Caller.Ask().Context() : "";
            if (isDry)
            {
                invoker.Call(binding.DryRun(), encoder.Fill(texts), context);
                return Nothing();
            }
            return Pages(invoker, texts, context);
        }

        // Tells whether NULL stands for a failure.
        public bool Hides(Failure failure)
        {
            return function.Hides(failure);
        }

        // Returns what stands for no result: NULL, or no rows.
        public Row[] Nothing()
        {
            return function.table == null ? new[] { ShowResult(null) } : new Row[0];
        }

        // Returns the name of the binding, which errors begin with.
        public string Owner()
        {
            return binding.name;
        }

        // Calls until there is no further page, within one deadline.
        private Row[] Pages(Invoker invoker, string[] texts, string context)
        {
            List<Row> rows = new List<Row>();
            Deadline deadline = new Deadline(binding.timeoutMs);
            for (int page = 1; ; page++)
            {
                Answer answer = invoker.Call(binding, encoder.Fill(texts), context, deadline);
                string token = Take(answer, rows);
                if (token == null || (page == function.follow.maxPages && function.follow.stopsAtLimit))
                {
                    return rows.ToArray();
                }
                if (page == function.follow.maxPages)
                {
                    throw TooManyPages();
                }
                texts[function.follow.into] = token;
            }
        }

        private Failure TooManyPages()
        {
            string limit = "more than " + Text.Show(function.follow.maxPages) + " pages";
            return new Failure("too_large", limit + ": raise max_pages, or let it stop there with on_limit: stop");
        }

        // Adds what a reply holds to the rows. Returns the JSON that asks for the next page, or null.
        private string Take(Answer answer, List<Row> rows)
        {
            try
            {
                return function.table == null ? TakeResult(answer.body, rows) : TakePage(answer.body, rows);
            }
            catch (Failure failure)
            {
                throw answer.Blame(failure);
            }
        }

        private string TakeResult(byte[] body, List<Row> rows)
        {
            rows.Add(ShowResult(decoder.Decode(body)));
            return null;
        }

        private string TakePage(byte[] body, List<Row> rows)
        {
            string reply = Decoder.Read(body);
            object[][] found = decoder.Rows(reply);
            foreach (object[] each in found)
            {
                rows.Add(ShowRow(each));
            }
            return function.follow == null ? null : function.follow.Next(reply, found.Length);
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
