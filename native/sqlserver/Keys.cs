// Credentials of AWS: a key pair, perhaps temporary.
namespace Udfgen
{
    using System;

    // Never changes, so threads may share one. Never shown: `Hide` keeps it out of errors.
    internal sealed class Keys
    {
        private const int ShortestSecret = 8;

        // Where it was found: environment, profile, container or imds.
        public readonly string source;
        public readonly string accessKey;
        public readonly string secretKey;
        // Empty where there is none.
        public readonly string token;
        // Seconds since 1970; long.MaxValue for ever.
        public readonly long expires;

        // Takes a key pair. Throws Failure `not_authorized` when it cannot stand in a header: a line break would begin
        // another one.
        public Keys(string source, string accessKey, string secretKey, string token, long expires)
        {
            if (!Ascii.IsPrintable(accessKey) || !Ascii.IsPrintable(secretKey) || !Ascii.IsPrintable(token))
            {
                throw new Failure("not_authorized", "they hold a line break or another odd character");
            }
            this.source = source;
            this.accessKey = accessKey;
            this.secretKey = secretKey;
            this.token = token;
            this.expires = expires;
        }

        // Returns the seconds that the keys are still good.
        public long Left()
        {
            return expires == long.MaxValue ? expires : expires - Utc.Now();
        }

        // Returns text with `***` in place of each part of the keys that is 8 characters or longer: what is shorter is
        // a stand-in of some local endpoint, and would blot out ordinary words.
        public string Hide(string text)
        {
            return Blot(Blot(Blot(text, token), secretKey), accessKey);
        }

        // Returns a failure whose texts do not show the keys.
        public Failure Hide(Failure failure)
        {
            Failure hidden = new Failure(failure.Code, Hide(failure.What));
            hidden.RequestId = failure.RequestId == null ? null : Hide(failure.RequestId);
            hidden.Retry = failure.Retry;
            hidden.Wait = failure.Wait;
            hidden.Expired = failure.Expired;
            return hidden;
        }

        private static string Blot(string text, string secret)
        {
            if (secret.Length < ShortestSecret)
            {
                return text;
            }
            string whole = text.Replace(secret, "***");
            int left = BeginningAtEnd(whole, secret);
            return left == 0 ? whole : whole.Substring(0, whole.Length - left) + "***";
        }

        // Returns the size of the longest beginning of a secret with which a text ends, 0 for less than 8 characters:
        // foreign text is cut, perhaps within a secret.
        private static int BeginningAtEnd(string text, string secret)
        {
            for (int size = secret.Length - 1; size >= ShortestSecret; size--)
            {
                if (text.EndsWith(secret.Substring(0, size), StringComparison.Ordinal))
                {
                    return size;
                }
            }
            return 0;
        }
    }
}
