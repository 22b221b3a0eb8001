// Rows of arguments that come as one JSON text.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;

    // An array of rows; each is an array of the arguments, or an object by their names.
    internal sealed class GivenRows
    {
        private readonly Parameter[] parameters;
        private readonly bool isNative;
        private readonly Children rows;

        // Takes what the function takes, the text, and whether its values are T-SQL's own: see Given. Throws Failure
        // `bad_argument` for what is no array.
        public GivenRows(Parameter[] parameters, string text, bool isNative)
        {
            this.parameters = parameters;
            this.isNative = isNative;
            rows = new Children(Parse(text));
        }

        // Moves to the next row, or returns false when there is none.
        public bool Next()
        {
            return rows.Next();
        }

        // Returns the arguments of the row as the encoder wants them. Throws Failure `bad_argument`.
        public object[] Arguments()
        {
            string[] values = Values(rows.Value());
            object[] arguments = new object[parameters.Length];
            for (int at = 0; at < arguments.Length; at++)
            {
                try
                {
                    arguments[at] = Given.Of(parameters[at].type, values[at], isNative);
                }
                catch (Unfit unfit)
                {
                    throw Encoder.UnfitArgument(parameters[at], unfit.What);
                }
            }
            return arguments;
        }

        private static string Parse(string text)
        {
            string document;
            try
            {
                document = Grammar.Parse(text);
            }
            catch (Unfit unfit)
            {
                throw Refused("the rows are" + unfit.What.Substring("is".Length));
            }
            if (document[0] != '[')
            {
                throw Refused("the rows must be an array");
            }
            return document;
        }

        // Returns the texts of a row's values, in the order of the parameters.
        private string[] Values(string row)
        {
            switch (row[0])
            {
                case '[':
                    return Elements(row);
                case '{':
                    return Members(row);
                default:
                    throw Refused("must be an array or an object");
            }
        }

        private string[] Elements(string row)
        {
            List<string> values = new List<string>(parameters.Length);
            Children each = new Children(row);
            while (each.Next())
            {
                values.Add(each.Value());
            }
            if (values.Count != parameters.Length)
            {
                string expected = Text.Count(parameters.Length, "value");
                throw Refused("expected " + expected + ", got " + Text.Show(values.Count));
            }
            return values.ToArray();
        }

        private string[] Members(string row)
        {
            string[] values = new string[parameters.Length];
            Children each = new Children(row);
            while (each.Next())
            {
                values[Find(each)] = each.Value();
            }
            for (int at = 0; at < values.Length; at++)
            {
                values[at] = values[at] ?? "null";
            }
            return values;
        }

        private int Find(Children member)
        {
            for (int at = 0; at < parameters.Length; at++)
            {
                if (member.IsNamed(parameters[at].name))
                {
                    return at;
                }
            }
            throw Refused(Refusal.ShowName(member.Name()) + " is not a parameter");
        }

        private static Failure Refused(string what)
        {
            return new Failure("bad_argument", what);
        }
    }
}
