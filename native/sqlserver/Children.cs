// A cursor over the members of a JSON object, or the elements of an array.
namespace Udfgen
{
    // Takes the text of a value inside a document that Grammar let pass, so it only looks for the ends of values.
    internal sealed class Children
    {
        private readonly string text;
        private int at;
        private int nameBegin;
        private int nameEnd;
        private int begin;
        private int end;

        // Stands before the first child of an object or an array.
        public Children(string container)
        {
            text = container;
        }

        // Moves to the next child, or returns false when there is none.
        public bool Next()
        {
            bool isFirst = at == 0;
            if (!isFirst && text[at] != ',')
            {
                return false;
            }
            at = Grammar.SkipBlank(text, at + 1);
            if (isFirst && (text[at] == ']' || text[at] == '}'))
            {
                return false;
            }
            if (text[0] == '{')
            {
                nameBegin = at;
                nameEnd = SkipString(text, at);
                at = Grammar.SkipBlank(text, Grammar.SkipBlank(text, nameEnd) + 1);
            }
            begin = at;
            end = SkipValue(text, at);
            at = Grammar.SkipBlank(text, end);
            return true;
        }

        // Tells whether the current child is a member of that name.
        public bool IsNamed(string name)
        {
            int length = nameEnd - nameBegin - 2;
            bool isEscaped = Grammar.SkipPlain(text, nameBegin + 1) < nameEnd - 1;
            if (isEscaped)
            {
                return Name() == name;
            }
            return length == name.Length && string.CompareOrdinal(text, nameBegin + 1, name, 0, length) == 0;
        }

        // Returns the name of the current member, its quotes and escapes undone.
        public string Name()
        {
            return Json.Unquote(text.Substring(nameBegin, nameEnd - nameBegin));
        }

        // Returns the text of the current child.
        public string Value()
        {
            return text.Substring(begin, end - begin);
        }

        // Returns the position after the string that begins at `at`.
        private static int SkipString(string text, int at)
        {
            int end = Grammar.SkipPlain(text, at + 1);
            while (text[end] != '"')
            {
                // Past the backslash and the character after it.
                end = Grammar.SkipPlain(text, end + 2);
            }
            return end + 1;
        }

        // Returns the position after the container that begins at `at`.
        private static int SkipContainer(string text, int at)
        {
            int depth = 0;
            do
            {
                char character = text[at];
                at = character == '"' ? SkipString(text, at) : at + 1;
                if (character == '[' || character == '{')
                {
                    depth++;
                }
                else if (character == ']' || character == '}')
                {
                    depth--;
                }
            }
            while (depth > 0);
            return at;
        }

        // Returns the position after the value that begins at `at`.
        private static int SkipValue(string text, int at)
        {
            char first = text[at];
            if (first == '"')
            {
                return SkipString(text, at);
            }
            if (first == '[' || first == '{')
            {
                return SkipContainer(text, at);
            }
            int end = at;
            while (end < text.Length && ",]} \t\n\r".IndexOf(text[end]) < 0)
            {
                end++;
            }
            return end;
        }
    }
}
