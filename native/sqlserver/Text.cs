// Questions about text in UTF-16, and whole numbers as text.
namespace Udfgen
{
    using System.Globalization;

    // The culture has no say in the answers.
    internal static class Text
    {
        // Tells whether text is valid Unicode: no half of a surrogate pair stands alone.
        public static bool IsUnicode(string text)
        {
            for (int at = 0; at < text.Length; at++)
            {
                if (char.IsSurrogate(text[at]))
                {
                    if (!IsPair(text, at))
                    {
                        return false;
                    }
                    at++;
                }
            }
            return true;
        }

        // Throws Unfit when text has more than `limit` code points.
        public static void CheckLength(string text, int limit)
        {
            if (Find(text, limit) < text.Length)
            {
                throw new Unfit("must be at most " + Show(limit) + " characters long");
            }
        }

        // Returns text cut to `limit` code points, the last three of them dots.
        public static string Shorten(string text, int limit)
        {
            return Find(text, limit) == text.Length ? text : Cut(text, limit - 3) + "...";
        }

        // Returns the first `limit` code points of text.
        public static string Cut(string text, int limit)
        {
            return text.Substring(0, Find(text, limit));
        }

        // Returns a UUID in lower case, as `a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11`. Throws Unfit for other text.
        public static string Uuid(string text)
        {
            string lower = text.ToLowerInvariant();
            bool isUuid = lower.Length == 36;
            for (int at = 0; at < lower.Length && isUuid; at++)
            {
                bool isDash = at == 8 || at == 13 || at == 18 || at == 23;
                isUuid = (isDash ? "-" : "0123456789abcdef").IndexOf(lower[at]) >= 0;
            }
            if (!isUuid)
            {
                throw new Unfit("must be a uuid");
            }
            return lower;
        }

        // Tells whether text has a shape, in which `9` stands for a digit of ASCII and all else for itself.
        public static bool HasShape(string text, string shape)
        {
            for (int at = 0; at < shape.Length && at < text.Length; at++)
            {
                if (shape[at] == '9' ? !Ascii.IsDigit(text[at]) : shape[at] != text[at])
                {
                    return false;
                }
            }
            return text.Length == shape.Length;
        }

        // Returns the number that at most nine digits write from `begin` to before `end`; what they are is not checked.
        public static int Number(string text, int begin, int end)
        {
            int number = 0;
            for (int at = begin; at < end; at++)
            {
                number = number * 10 + text[at] - '0';
            }
            return number;
        }

        // Returns a whole number in digits.
        public static string Show(long number)
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }

        // Returns how many there are of a thing, as `1 value` and `2 values`.
        public static string Count(int number, string noun)
        {
            return Show(number) + " " + noun + (number == 1 ? "" : "s");
        }

        // Returns the position after the first `count` code points, or the end. Half of a pair counts as one.
        private static int Find(string text, int count)
        {
            int at = 0;
            for (int passed = 0; passed < count && at < text.Length; passed++)
            {
                at += IsPair(text, at) ? 2 : 1;
            }
            return at;
        }

        private static bool IsPair(string text, int at)
        {
            return at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);
        }
    }
}
