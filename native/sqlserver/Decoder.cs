// The body of a reply becomes a value, or rows.
namespace Udfgen
{
    using System.Collections.Generic;
    using System.Text;

    // Reads the replies of one function.
    internal sealed class Decoder
    {
        // Refuses what is malformed, which Encoding.UTF8 would replace.
        private static readonly UTF8Encoding Utf8 = new UTF8Encoding(false, true);

        private readonly Result result;
        private readonly TableFacts table;

        // Takes the table's entry of a function.
        public Decoder(Function function)
        {
            result = function.result;
            table = function.table;
        }

        // Returns the value as Fit gives it, null for JSON null and for a function that returns nothing. Throws Failure
        // `bad_response`, also when the body is no JSON and nothing of it is wanted.
        public object Decode(byte[] body)
        {
            string document = Read(body);
            return result == null ? null : Value(document);
        }

        // Returns the value below the text of one, as Decode does. Throws Failure `bad_response`.
        public object Value(string document)
        {
            try
            {
                return Take(result, document);
            }
            catch (Unfit unfit)
            {
                throw UnfitResult(result.path, unfit);
            }
        }

        // Returns the rows of a function that returns a table, each with a value per column. Throws Failure
        // `bad_response`.
        public object[][] Rows(byte[] body)
        {
            return Rows(Read(body));
        }

        // Returns the rows in the text of a reply.
        public object[][] Rows(string document)
        {
            Children each = new Children(FindRows(document));
            List<object[]> rows = new List<object[]>();
            while (each.Next())
            {
                rows.Add(Row(each.Value(), rows.Count));
            }
            return rows.ToArray();
        }

        // Returns the text of the value that is a whole reply. Throws Failure `bad_response`.
        public static string Read(byte[] body)
        {
            if (body.Length == 0)
            {
                throw new Failure("bad_response", "reply is empty");
            }
            try
            {
                return Grammar.Parse(Utf8.GetString(body));
            }
            catch (DecoderFallbackException)
            {
                throw new Failure("bad_response", "reply is not valid UTF-8");
            }
            catch (Unfit unfit)
            {
                throw new Failure("bad_response", "reply " + unfit.What);
            }
        }

        private string FindRows(string document)
        {
            try
            {
                string found = Walk(document, table.rows);
                if (found[0] != '[')
                {
                    throw new Unfit("must be an array");
                }
                return found;
            }
            catch (Unfit unfit)
            {
                throw UnfitResult(table.rows, unfit);
            }
        }

        private object[] Row(string value, int index)
        {
            object[] cells = new object[table.columns.Length];
            for (int at = 0; at < cells.Length; at++)
            {
                try
                {
                    cells[at] = Take(table.columns[at], value);
                }
                catch (Unfit unfit)
                {
                    throw UnfitResult(table.rows.Cell(index, table.columns[at].path), unfit);
                }
            }
            return cells;
        }

        // Returns the result below a value; null for JSON null.
        private static object Take(Result result, string value)
        {
            string found = Walk(value, result.path);
            return found == "null" ? null : Fit.Of(result, found);
        }

        // Returns the text of the value at a path.
        private static string Walk(string value, Path path)
        {
            string found = path.Find(value);
            if (found == null)
            {
                throw new Unfit("is missing");
            }
            return found;
        }

        // Returns the failure of a result: where it stands, and what it must be.
        public static Failure UnfitResult(Path path, Unfit unfit)
        {
            return new Failure("bad_response", "result at " + path.Show() + ": " + unfit.What);
        }
    }
}
