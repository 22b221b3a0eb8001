// JSON where it stands: values are pieces of the document's text, so that no digit and no order is lost.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.Text;

    // But for Read and Quote, all methods take the text of a value inside a document that Grammar let pass.
    internal static class Json
    {
        private const string Meanings = "\"\\\b\f\n\r\t";
        private const string Letters = "\"\\bfnrt";

        // Returns a small document as Dictionary<string, object>, List<object>, string, Digits, bool and null. Throws
        // Unfit.
        public static object Read(string document)
        {
            return ToObject(Grammar.Parse(document));
        }

        // Returns the text of the last member of that name, or null when the value has none or is no object.
        public static string Member(string value, string name)
        {
            string found = null;
            if (value[0] == '{')
            {
                Children each = new Children(value);
                while (each.Next())
                {
                    found = each.IsNamed(name) ? each.Value() : found;
                }
            }
            return found;
        }

        // Returns the text of the element at an index from 0, or null when the value has none or is no array.
        public static string Element(string value, int index)
        {
            if (value[0] != '[')
            {
                return null;
            }
            Children each = new Children(value);
            for (int passed = 0; each.Next(); passed++)
            {
                if (passed == index)
                {
                    return each.Value();
                }
            }
            return null;
        }

        // Returns the text of the member of that name when it is a string, its quotes and escapes undone; else null.
        public static string TextMember(string value, string name)
        {
            string found = Member(value, name);
            return found != null && IsString(found) ? Unquote(found) : null;
        }

        // Tells whether a value is a string.
        public static bool IsString(string value)
        {
            return value[0] == '"';
        }

        // Returns the text of a JSON string, its quotes and escapes undone. Two escapes that are a surrogate pair are
        // one character, as they are in UTF-16; half of a pair stays what it is.
        public static string Unquote(string value)
        {
            int end = value.Length - 1;
            StringBuilder text = new StringBuilder(end);
            for (int at = 1; at < end;)
            {
                int plain = value.IndexOf('\\', at, end - at);
                plain = plain < 0 ? end : plain;
                text.Append(value, at, plain - at);
                at = plain < end ? Unescape(value, plain + 1, text) : end;
            }
            return text.ToString();
        }

        // Appends text as a JSON string, with escapes only for `"`, `\` and U+0000 to U+001F.
        public static void Quote(string text, StringBuilder json)
        {
            json.Append('"');
            int at = 0;
            while (at < text.Length)
            {
                int end = Grammar.SkipPlain(text, at);
                json.Append(text, at, end - at);
                if (end < text.Length)
                {
                    Escape(text[end], json);
                }
                at = end + 1;
            }
            json.Append('"');
        }

        // Returns text as a JSON string.
        public static string Quote(string text)
        {
            StringBuilder json = new StringBuilder(text.Length + 2);
            Quote(text, json);
            return json.ToString();
        }

        // Appends what the escape means whose letter stands at `at`, and returns the position after it.
        private static int Unescape(string value, int at, StringBuilder text)
        {
            char letter = value[at];
            if (letter == 'u')
            {
                text.Append((char)Convert.ToInt32(value.Substring(at + 1, 4), 16));
                return at + 5;
            }
            int found = Letters.IndexOf(letter);
            text.Append(found < 0 ? letter : Meanings[found]);
            return at + 1;
        }

        private static void Escape(char character, StringBuilder json)
        {
            int found = Meanings.IndexOf(character);
            if (found >= 0)
            {
                json.Append('\\').Append(Letters[found]);
                return;
            }
            json.Append(character < 16 ? "\\u000" : "\\u001").Append("0123456789abcdef"[character & 15]);
        }

        // The grammar's depth limits the recursion.
        private static object ToObject(string value)
        {
            switch (value[0])
            {
                case '{':
                    return ToMap(value);
                case '[':
                    return ToList(value);
                case '"':
                    return Unquote(value);
                case 't':
                case 'f':
                    return value == "true";
                case 'n':
                    return null;
                default:
                    return Digits.Read(value);
            }
        }

        private static Dictionary<string, object> ToMap(string value)
        {
            Dictionary<string, object> map = new Dictionary<string, object>(StringComparer.Ordinal);
            Children each = new Children(value);
            while (each.Next())
            {
                map[each.Name()] = ToObject(each.Value());
            }
            return map;
        }

        private static List<object> ToList(string value)
        {
            List<object> list = new List<object>();
            Children each = new Children(value);
            while (each.Next())
            {
                list.Add(ToObject(each.Value()));
            }
            return list;
        }
    }
}
