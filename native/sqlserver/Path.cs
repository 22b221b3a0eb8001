// A path into a JSON document: names of members and indexes of elements; no steps are the whole document.
namespace Udfgen
{
    using System.Text;

    // Finds the value at its end.
    internal sealed class Path
    {
        // Each a string, or an int.
        private readonly object[] steps;

        // Takes the steps from the outermost in.
        public Path(object[] steps)
        {
            this.steps = steps;
        }

        // Returns the path of a cell: this one to the rows, the row, the column's own.
        public Path Cell(int row, Path column)
        {
            object[] all = new object[steps.Length + 1 + column.steps.Length];
            steps.CopyTo(all, 0);
            all[steps.Length] = row;
            column.steps.CopyTo(all, steps.Length + 1);
            return new Path(all);
        }

        // Returns the text of the value at the path below a value, or null. Of members with the same name the last
        // counts.
        public string Find(string value)
        {
            string found = value;
            for (int at = 0; at < steps.Length && found != null; at++)
            {
                string name = steps[at] as string;
                found = name != null ? Json.Member(found, name) : Json.Element(found, (int)steps[at]);
            }
            return found;
        }

        // Returns the path as the spec writes it: `$.items[0]['odd name']`.
        public string Show()
        {
            StringBuilder shown = new StringBuilder("$");
            foreach (object step in steps)
            {
                string name = step as string;
                if (name == null)
                {
                    shown.Append('[').Append(Text.Show((int)step)).Append(']');
                }
                else if (IsPlainName(name))
                {
                    shown.Append('.').Append(name);
                }
                else
                {
                    shown.Append("['").Append(name).Append("']");
                }
            }
            return shown.ToString();
        }

        private static bool IsPlainName(string name)
        {
            for (int at = 0; at < name.Length; at++)
            {
                char character = name[at];
                bool isLetter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
                if (!isLetter && character != '_' && (!Ascii.IsDigit(character) || at == 0))
                {
                    return false;
                }
            }
            return name.Length > 0;
        }
    }
}
