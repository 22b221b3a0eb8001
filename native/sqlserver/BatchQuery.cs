// One SQL call of a batch function: as many calls of AWS Lambda as its rows need, one after the other.
namespace Udfgen
{
    using System;
    using System.Text;
    using System.Threading;

    // Packs texts, sends the packs, and keeps a value for each text.
    internal sealed class BatchQuery
    {
        private readonly Function function;
        private readonly Binding binding;
        private readonly BatchDecoder decoder;
        private readonly Invoker invoker;
        private readonly Envelope envelope;
        private readonly string context;
        private readonly EncodedRows rows;
        private readonly object[] values;

        // Takes the function, its binding or the dry run of it, what calls, what stands around rows, the client
        // context.
        public BatchQuery(
            Function function, Binding binding, Invoker invoker, Envelope envelope, string context, EncodedRows rows)
        {
            this.function = function;
            this.binding = binding;
            this.invoker = invoker;
            this.envelope = envelope;
            this.context = context;
            this.rows = rows;
            decoder = new BatchDecoder(function);
            values = new object[rows.texts.Count];
        }

        // Sends all packs, of a dry run the first one. Returns the values. Throws Failure or whatever stands in the
        // way.
        public object[] Send()
        {
            bool isDry = binding.invoke == "dry_run";
            int end;
            for (int from = 0; from < values.Length; from = isDry ? values.Length : end)
            {
                end = FindEnd(from);
                Send(from, end);
            }
            return values;
        }

        // Returns the end of a pack: it takes the next text as long as there is room, and one in any case.
        private int FindEnd(int from)
        {
            int end = from + 1;
            long size = Size(from);
            while (end < values.Length && end - from < function.batch.maxRows)
            {
                size += 1 + Size(end);
                if (envelope.Size(end - from + 1) + size > function.batch.maxBytes)
                {
                    break;
                }
                end++;
            }
            return end;
        }

        private int Size(int text)
        {
            return Encoding.UTF8.GetByteCount(rows.texts[text]);
        }

        // Sends a pack. What AWS refused for its size did not run: it is sent anew in halves.
        private void Send(int from, int end)
        {
            Failure failure = Try(from, end);
            bool isTooLarge = failure != null && failure.Code == "too_large" && binding.invoke != "dry_run";
            if (isTooLarge && end - from > 1)
            {
                int middle = (from + end + 1) / 2;
                Send(from, middle);
                Send(middle, end);
            }
            else if (failure != null && !function.Hides(failure))
            {
                throw isTooLarge ? failure.At(rows.Number(from)) : failure;
            }
        }

        // Returns why a pack failed, or null.
        private Failure Try(int from, int end)
        {
            try
            {
                string body = envelope.Wrap(rows.texts.GetRange(from, end - from));
                Answer answer = invoker.Call(binding, body, context);
                try
                {
                    Take(answer.body, from, end).CopyTo(values, from);
                    return null;
                }
                catch (Failure failure)
                {
                    return answer.Blame(failure);
                }
            }
            catch (ThreadAbortException)
            {
                throw;
            }
            catch (Exception thrown)
            {
                return Mishap.Of(thrown);
            }
        }

        // Returns the values in a reply.
        private object[] Take(byte[] body, int from, int end)
        {
            if (binding.invoke != "sync")
            {
                Decoder.Read(body);
                return new object[0];
            }
            string[] found = decoder.Find(body, end - from);
            object[] taken = new object[found.Length];
            for (int at = 0; at < taken.Length; at++)
            {
                taken[at] = Value(found[at], rows.Number(from + at));
            }
            return taken;
        }

        private object Value(string result, int row)
        {
            try
            {
                return decoder.Value(result);
            }
            catch (Failure failure)
            {
                if (function.batch.nullOnRowError)
                {
                    return null;
                }
                throw failure.At(row);
            }
        }
    }
}
