// An http or https URL in its parts: taken apart by hand, so that what is signed, sent and shown are the same.
namespace Udfgen
{
    using System;
    using System.Text;

    // Where to connect, and what to ask for.
    internal sealed class Url
    {
        private const string Hex = "0123456789ABCDEF";
        private const int MaxPortDigits = 5;
        private const int MaxPort = 65535;

        public readonly string scheme;
        // For the socket and the certificate: no brackets around an address of version 6.
        public readonly string host;
        public readonly int port;
        // For the Host header: with brackets, and the port unless it is the scheme's own.
        public readonly string authority;
        // As it stands, from the first slash; empty without one.
        public readonly string path;

        // Takes a URL apart. Throws Failure `unavailable` unless it looks like https://host:port/path, without user,
        // query or fragment; the text is never shown, because what people put before an `@` is a password.
        public Url(string text)
        {
            int colon = text.IndexOf("://", StringComparison.Ordinal);
            string rest = colon < 0 ? "" : text.Substring(colon + 3);
            int slash = rest.IndexOf('/');
            string place = slash < 0 ? rest : rest.Substring(0, slash);
            int end = EndOfHost(place);
            bool isBracketed = end > 1 && place[0] == '[';
            scheme = colon < 0 ? "" : text.Substring(0, colon);
            path = slash < 0 ? "" : rest.Substring(slash);
            host = end < 0 ? "" : isBracketed ? place.Substring(1, end - 2) : place.Substring(0, end);
            port = end < 0 ? 0 : ReadPort(place.Substring(end));
            authority = ShownHost() + (port == StandardPort() ? "" : ":" + Text.Show(port));
            bool isOdd = !IsVisible(text) || text.IndexOf('?') >= 0 || text.IndexOf('#') >= 0;
            if (isOdd || place.IndexOf('@') >= 0 || host.Length == 0 || port == 0)
            {
                throw new Failure(
                    "unavailable", "an address must look like https://host:port, without user, query or fragment");
            }
        }

        // Tells whether the scheme is https.
        public bool IsTls()
        {
            return scheme == "https";
        }

        // Returns host and port, always both, with the brackets of an address of version 6.
        public string Place()
        {
            return ShownHost() + ":" + Text.Show(port);
        }

        // Returns text with all but the unreserved characters percent-encoded, as signature version 4 wants it
        // (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
        public static string Encode(string text)
        {
            StringBuilder encoded = new StringBuilder(text.Length + 16);
            foreach (byte each in Encoding.UTF8.GetBytes(text))
            {
                if (Ascii.IsAlphanumeric((char)each) || "-._~".IndexOf((char)each) >= 0)
                {
                    encoded.Append((char)each);
                }
                else
                {
                    encoded.Append('%').Append(Hex[each >> 4]).Append(Hex[each & 15]);
                }
            }
            return encoded.ToString();
        }

        // Returns where a host ends, behind its bracket if it has one, or -1 when the bracket is missing.
        private static int EndOfHost(string place)
        {
            if (place.StartsWith("[", StringComparison.Ordinal))
            {
                int bracket = place.IndexOf(']');
                return bracket < 0 ? bracket : bracket + 1;
            }
            int colon = place.IndexOf(':');
            return colon < 0 ? place.Length : colon;
        }

        // Returns the port that a text like `:443` names, the scheme's own for an empty one, 0 for any other.
        private int ReadPort(string text)
        {
            if (text.Length == 0)
            {
                return StandardPort();
            }
            string digits = text.Substring(1);
            bool isPort = text[0] == ':' && digits.Length <= MaxPortDigits && Ascii.IsDigits(digits);
            int number = isPort ? Text.Number(digits, 0, digits.Length) : 0;
            return number > MaxPort || StandardPort() == 0 ? 0 : number;
        }

        private int StandardPort()
        {
            return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
        }

        private string ShownHost()
        {
            return host.IndexOf(':') < 0 ? host : "[" + host + "]";
        }

        private static bool IsVisible(string text)
        {
            foreach (char each in text)
            {
                if (!Ascii.IsVisible(each))
                {
                    return false;
                }
            }
            return true;
        }
    }
}
