// An HTTP reply (https://www.rfc-editor.org/rfc/rfc9112), read strictly.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.Text;

    // The head of a reply, taken apart, and then its body. Folded lines, white space before a colon, bare line ends and
    // NUL are refused: two readers could take them for two different messages.
    internal sealed class Reply
    {
        private const string TokenMarks = "!#$%&'*+-.^_`|~";
        private static readonly byte[] Nothing = { };
        private static readonly char[] LineEnds = { '\r', '\n', '\0' };
        // Blanks of HTTP are these two, and no others that Trim would take by itself.
        private static readonly char[] Blanks = { ' ', '\t' };

        public readonly int status;
        public byte[] body = Nothing;
        // Whether the connection may be used again; ReplyReader knows.
        public bool isKept;
        private readonly bool isOld;
        private readonly Dictionary<string, StringBuilder> headers = new Dictionary<string, StringBuilder>();

        // Takes the head with the blank line that ends it. Throws Failure `bad_response` when it is malformed.
        public Reply(string head)
        {
            int end = head.IndexOf("\r\n", StringComparison.Ordinal);
            string first = head.Substring(0, end);
            status = ReadStatus(first);
            isOld = first.StartsWith("HTTP/1.0", StringComparison.Ordinal);
            RequireNoLineEnd(first);
            for (int at = end + 2; at < head.Length - 2; at = end + 2)
            {
                end = head.IndexOf("\r\n", at, StringComparison.Ordinal);
                TakeHeader(head.Substring(at, end - at));
            }
        }

        // Tells whether it comes before the reply that counts (https://www.rfc-editor.org/rfc/rfc9110#section-15.2).
        public bool IsInterim()
        {
            return status < 200;
        }

        // Returns a header by its lower-case name; empty where there is none. Several are joined by commas.
        public string Header(string name)
        {
            StringBuilder found;
            return headers.TryGetValue(name, out found) ? found.ToString() : "";
        }

        // Tells whether a header is there, empty or not.
        public bool Has(string name)
        {
            return headers.ContainsKey(name);
        }

        // Tells whether the reply says where its body ends, and does not leave that to the end of the connection.
        public bool HasLength()
        {
            return Has("content-length") || IsChunked() || IsBare();
        }

        // Tells whether the body comes in chunks: CheckFraming refuses all other codings.
        public bool IsChunked()
        {
            return Has("transfer-encoding");
        }

        // Tells whether there is no body, whatever the head says.
        public bool IsBare()
        {
            return status == 204 || status == 304;
        }

        // Tells whether the other end will take another request.
        public bool StaysOpen()
        {
            return !isOld && !Names("connection", "close");
        }

        // Throws Failure when a coding is not understood, or stands beside a length: two readers could end such a reply
        // at two places (https://www.rfc-editor.org/rfc/rfc9112#section-6.3).
        public void CheckFraming()
        {
            bool isOdd = isOld || IsBare() || Has("content-length");
            if (IsChunked() && (isOdd || !IsSame(Header("transfer-encoding"), "chunked")))
            {
                throw Malformed("has a transfer coding that is not understood");
            }
        }

        // Returns the failure of a reply that cannot be read; a retry may get another one.
        public static Failure Malformed(string what)
        {
            Failure failure = new Failure("bad_response", "the reply " + what);
            failure.Retry = true;
            return failure;
        }

        private static int ReadStatus(string line)
        {
            bool isHttp = line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)
                || line.StartsWith("HTTP/1.0 ", StringComparison.Ordinal);
            string rest = isHttp ? line.Substring(9) : "";
            int blank = rest.IndexOf(' ');
            string digits = blank < 0 ? rest : rest.Substring(0, blank);
            if (digits.Length != 3 || !Ascii.IsDigits(digits) || digits[0] == '0')
            {
                throw Malformed("has no valid status line");
            }
            return Text.Number(digits, 0, digits.Length);
        }

        private static void RequireNoLineEnd(string line)
        {
            if (line.IndexOfAny(LineEnds) >= 0)
            {
                throw Malformed("has a malformed header");
            }
        }

        private void TakeHeader(string line)
        {
            RequireNoLineEnd(line);
            int colon = line.IndexOf(':');
            if (colon < 0 || !Ascii.IsMadeOf(line.Substring(0, colon), TokenMarks))
            {
                throw Malformed("has a malformed header");
            }
            string name = line.Substring(0, colon).ToLowerInvariant();
            string value = line.Substring(colon + 1).Trim(Blanks);
            if (Has(name))
            {
                headers[name].Append(", ").Append(value);
            }
            else
            {
                headers[name] = new StringBuilder(value);
            }
        }

        // Tells whether a header that is a list has a word.
        private bool Names(string name, string word)
        {
            foreach (string each in Header(name).Split(','))
            {
                if (IsSame(each.Trim(Blanks), word))
                {
                    return true;
                }
            }
            return false;
        }

        private static bool IsSame(string text, string word)
        {
            return string.Equals(text, word, StringComparison.OrdinalIgnoreCase);
        }
    }
}
