// The rows of one SQL call, as they are sent.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;

    // A text may stand for several rows, where equal ones are sent once, and a row for none, where a NULL answers it.
    internal sealed class EncodedRows
    {
        // The place of the text of a row that is not sent.
        private const int None = -1;

        public readonly List<string> texts = new List<string>();

        // Of each text the number of its first row, from 1.
        private readonly List<int> numbers = new List<int>();

        // Of each row the place of its text.
        private readonly List<int> places = new List<int>();
        private readonly Dictionary<string, int> known = new Dictionary<string, int>();
        private readonly Batch batch;
        private readonly Encoder encoder;

        // Checks and encodes all rows. Throws Failure `bad_argument` that names the first row that fails.
        public EncodedRows(Function function, GivenRows rows)
        {
            batch = function.batch;
            encoder = new Encoder(function);
            while (rows.Next())
            {
                try
                {
                    places.Add(Add(rows.Arguments()));
                }
                catch (Failure failure)
                {
                    throw failure.At(places.Count + 1);
                }
            }
        }

        // Returns the number, from 1, of the first row that a text stands for.
        public int Number(int text)
        {
            return numbers[text];
        }

        // Returns a value for each row, out of one for each text; null for those that were not sent.
        public object[] Spread(object[] values)
        {
            object[] spread = new object[places.Count];
            for (int at = 0; at < spread.Length; at++)
            {
                spread[at] = places[at] == None ? null : values[places[at]];
            }
            return spread;
        }

        // Returns the place of the text of a row.
        private int Add(object[] arguments)
        {
            if (batch.nullOnNull && Array.IndexOf(arguments, null) >= 0)
            {
                return None;
            }
            string text = encoder.Encode(arguments);
            int place;
            if (batch.collapse && known.TryGetValue(text, out place))
            {
                return place;
            }
            texts.Add(text);
            numbers.Add(places.Count + 1);
            if (batch.collapse)
            {
                known[text] = texts.Count - 1;
            }
            return texts.Count - 1;
        }
    }
}
