// What a spec asks of an argument beyond its type.
namespace Udfgen
{
    using System;
    using System.Text.RegularExpressions;

    // Checks the plain text that would be sent, without JSON's quotes.
    internal sealed class Limits
    {
        // A match listens to nobody who wants it to end, and the call's own time begins after it.
        private const int MatchMs = 1000;

        // Bytes of `bytes`, which Plain looks at, else code points; 0: any length.
        public readonly int maxLength;
        private readonly TypeFacts type;
        private readonly string[] oneOf;

        // Texts of numbers, or null.
        private readonly string min;
        private readonly string max;

        // As the spec's check prints it, the same for every engine; null: any text.
        private readonly string pattern;
        private readonly Regex matcher;

        // Reads the constraints of a parameter. The pattern for texts in UTF-16 is there where it is another one.
        public Limits(TypeFacts type, Facts facts)
        {
            this.type = type;
            maxLength = facts.Count("max_length");
            oneOf = facts.Texts("enum");
            min = facts.Text("min");
            max = facts.Text("max");
            pattern = facts.Text("pattern");
            matcher = pattern == null ? null : Compile(facts.Text("pattern_utf16") ?? pattern);
        }

        // Throws Unfit unless the text is within the limits.
        public void Check(string text)
        {
            if (type.IsNumeric())
            {
                CheckNumber(text);
            }
            else
            {
                CheckText(text);
            }
        }

        private static Regex Compile(string pattern)
        {
            TimeSpan patience = TimeSpan.FromMilliseconds(MatchMs);
            return new Regex("\\A(?:" + pattern + ")\\z", RegexOptions.CultureInvariant, patience);
        }

        // Compares numbers by the value that is sent: a real 0.1 is not above `max: 0.1`.
        private void CheckNumber(string text)
        {
            if (oneOf.Length == 0 && min == null && max == null)
            {
                return;
            }
            Digits number = Digits.Read(text);
            if (oneOf.Length > 0 && !IsOneOf(number))
            {
                throw NotOneOf();
            }
            if (min != null && number.CompareTo(Digits.Read(min)) < 0)
            {
                throw new Unfit("must be at least " + min);
            }
            if (max != null && number.CompareTo(Digits.Read(max)) > 0)
            {
                throw new Unfit("must be at most " + max);
            }
        }

        private void CheckText(string text)
        {
            if (oneOf.Length > 0 && Array.IndexOf(oneOf, text) < 0)
            {
                throw NotOneOf();
            }
            // The longest bytes are bytes, not the characters of their base64: Plain looks at those.
            if (maxLength > 0 && type.kind != Kind.Bytes)
            {
                Text.CheckLength(text, maxLength);
            }
            if (matcher != null && !Matches(text))
            {
                throw new Unfit("must match " + pattern);
            }
        }

        private bool IsOneOf(Digits number)
        {
            foreach (string each in oneOf)
            {
                if (number.CompareTo(Digits.Read(each)) == 0)
                {
                    return true;
                }
            }
            return false;
        }

        private Unfit NotOneOf()
        {
            return new Unfit("must be one of: " + string.Join(", ", oneOf));
        }

        // Tells whether the pattern matches all of a text. The spec refuses patterns that take exponential time; what
        // takes long all the same is given up.
        private bool Matches(string text)
        {
            try
            {
                return matcher.IsMatch(text);
            }
            catch (RegexMatchTimeoutException)
            {
                throw new Unfit("cannot be checked");
            }
        }
    }
}
