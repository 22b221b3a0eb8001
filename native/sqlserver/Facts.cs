// Named facts: the members of a JSON object, with what is left out.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;

    // Reads one object of those that Json.Read gives. Throws InvalidCastException when a fact is of another kind.
    internal sealed class Facts
    {
        private readonly Dictionary<string, object> members;

        // Takes an object that Json.Read gave.
        public Facts(object members)
        {
            this.members = (Dictionary<string, object>)members;
        }

        // Returns the facts of a table that the compiler made. Throws InvalidOperationException when they cannot be
        // read.
        public static Facts Read(string table)
        {
            try
            {
                return new Facts(Json.Read(table));
            }
            catch (Unfit unfit)
            {
                throw new InvalidOperationException("the table " + unfit.What, unfit);
            }
        }

        // Returns the same facts, but for one of them.
        public Facts With(string name, object value)
        {
            Dictionary<string, object> changed = new Dictionary<string, object>(members);
            changed[name] = value;
            return new Facts(changed);
        }

        // Returns a text, or null when there is none.
        public string Text(string name)
        {
            return (string)Find(name);
        }

        // Returns a whole number, or 0 when there is none.
        public int Count(string name)
        {
            object found = Find(name);
            return found == null ? 0 : ToCount(found);
        }

        // Tells whether a fact is there and true.
        public bool Flag(string name)
        {
            return true.Equals(Find(name));
        }

        // Tells whether a fact is there.
        public bool Has(string name)
        {
            return Find(name) != null;
        }

        // Returns the names of the facts.
        public IEnumerable<string> Names()
        {
            return members.Keys;
        }

        // Returns the facts under a name.
        public Facts Below(string name)
        {
            return new Facts(Find(name));
        }

        // Returns the facts of every object in a list, which may be left out.
        public Facts[] Each(string name)
        {
            List<object> list = List(name);
            Facts[] facts = new Facts[list.Count];
            for (int at = 0; at < facts.Length; at++)
            {
                facts[at] = new Facts(list[at]);
            }
            return facts;
        }

        // Returns the texts of a list, which may be left out.
        public string[] Texts(string name)
        {
            List<object> list = List(name);
            string[] texts = new string[list.Count];
            for (int at = 0; at < texts.Length; at++)
            {
                texts[at] = (string)list[at];
            }
            return texts;
        }

        // Returns a list of texts and indexes, each a string or an int.
        public object[] Pieces(string name)
        {
            object[] pieces = List(name).ToArray();
            for (int at = 0; at < pieces.Length; at++)
            {
                pieces[at] = pieces[at] is string ? pieces[at] : ToCount(pieces[at]);
            }
            return pieces;
        }

        private static int ToCount(object number)
        {
            return checked((int)((Digits)number).Whole().Value);
        }

        private List<object> List(string name)
        {
            return (List<object>)Find(name) ?? new List<object>();
        }

        private object Find(string name)
        {
            object found;
            members.TryGetValue(name, out found);
            return found;
        }
    }
}
