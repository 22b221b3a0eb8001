// The grammar of JSON (https://www.rfc-editor.org/rfc/rfc8259): whether a text is a document.
namespace Udfgen
{
    using System.Collections.Generic;

    // Reads text from left to right, and throws Unfit at the first character that is out of place. It does not recurse:
    // the containers around a value stand on a stack of their own. Whether strings are valid Unicode is not looked at.
    internal sealed class Grammar
    {
        // Arrays and objects may nest this deep; `[]` is 1 deep.
        private const int MaxDepth = 512;

        // What stands for the end of the text. No rule takes it, and U+0000 neither.
        private const char End = '\0';

        private readonly string text;
        private int at;

        // What closes the containers around `at`.
        private readonly Stack<char> open = new Stack<char>();

        private Grammar(string text)
        {
            this.text = text;
        }

        // Returns the text of the one value in a document, without white space around it. Throws Unfit.
        public static string Parse(string document)
        {
            return new Grammar(document).Document();
        }

        // Tells whether text is exactly a JSON number.
        public static bool IsNumber(string text)
        {
            Grammar checker = new Grammar(text);
            return checker.Number() && checker.at == text.Length;
        }

        // Returns the first position at or after `at` where no white space stands.
        public static int SkipBlank(string text, int at)
        {
            while (at < text.Length && IsBlank(text[at]))
            {
                at++;
            }
            return at;
        }

        // Returns the first position at or after `at` of what cannot stand in a string as it is: `"`, `\`, a control.
        public static int SkipPlain(string text, int at)
        {
            while (at < text.Length && text[at] >= ' ' && text[at] != '"' && text[at] != '\\')
            {
                at++;
            }
            return at;
        }

        private static bool IsBlank(char character)
        {
            return character == ' ' || character == '\n' || character == '\r' || character == '\t';
        }

        private static void Require(bool isRight)
        {
            if (!isRight)
            {
                throw new Unfit("is not valid JSON");
            }
        }

        private string Document()
        {
            Blank();
            int begin = at;
            do
            {
                while (Enter())
                {
                    // The first child of what was opened comes next.
                }
            }
            while (Leave());
            Require(at == text.Length);
            while (IsBlank(text[at - 1]))
            {
                at--;
            }
            return text.Substring(begin, at - begin);
        }

        // Reads the beginning of a value; true when that opened a container that has a child.
        private bool Enter()
        {
            Blank();
            bool isObject = Take('{');
            if (!isObject && !Take('['))
            {
                Scalar();
                return false;
            }
            Open(isObject ? '}' : ']');
            Blank();
            if (Peek() == open.Peek())
            {
                return false;
            }
            if (isObject)
            {
                MemberName();
            }
            return true;
        }

        // Reads what follows a value: the ends of containers, then a comma; true when another value comes next.
        private bool Leave()
        {
            Blank();
            while (open.Count > 0 && !Take(','))
            {
                Expect(open.Pop());
                Blank();
            }
            if (open.Count > 0 && open.Peek() == '}')
            {
                MemberName();
            }
            return open.Count > 0;
        }

        private void Open(char closing)
        {
            if (open.Count == MaxDepth)
            {
                throw new Unfit("is nested deeper than " + Text.Show(MaxDepth) + " levels");
            }
            open.Push(closing);
        }

        private void MemberName()
        {
            Blank();
            String();
            Blank();
            Expect(':');
        }

        private void Scalar()
        {
            switch (Peek())
            {
                case '"':
                    String();
                    break;
                case 't':
                    Literal("true");
                    break;
                case 'f':
                    Literal("false");
                    break;
                case 'n':
                    Literal("null");
                    break;
                default:
                    Require(Number());
                    break;
            }
        }

        private void String()
        {
            Expect('"');
            at = SkipPlain(text, at);
            while (Take('\\'))
            {
                Escape();
                at = SkipPlain(text, at);
            }
            Expect('"');
        }

        // Reads what follows a backslash.
        private void Escape()
        {
            if (!Take('u'))
            {
                Require("\"\\/bfnrt".IndexOf(Peek()) >= 0);
                at++;
                return;
            }
            for (int end = at + 4; at < end; at++)
            {
                Require("0123456789abcdefABCDEF".IndexOf(Peek()) >= 0);
            }
        }

        // Reads a number; false where none stands.
        private bool Number()
        {
            Take('-');
            if (!Take('0') && !TakeDigits())
            {
                return false;
            }
            if (Take('.') && !TakeDigits())
            {
                return false;
            }
            if (!Take('e') && !Take('E'))
            {
                return true;
            }
            if (!Take('+'))
            {
                Take('-');
            }
            return TakeDigits();
        }

        private bool TakeDigits()
        {
            int begin = at;
            while (Ascii.IsDigit(Peek()))
            {
                at++;
            }
            return at > begin;
        }

        private void Literal(string word)
        {
            foreach (char letter in word)
            {
                Expect(letter);
            }
        }

        private void Blank()
        {
            at = SkipBlank(text, at);
        }

        private char Peek()
        {
            return at < text.Length ? text[at] : End;
        }

        private bool Take(char wanted)
        {
            bool isThere = Peek() == wanted;
            at += isThere ? 1 : 0;
            return isThere;
        }

        private void Expect(char wanted)
        {
            Require(Take(wanted));
        }
    }
}
