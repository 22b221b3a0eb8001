// SHA-256 and HMAC-SHA-256, of which a signature is made.
namespace Udfgen
{
    using System.Security.Cryptography;

    // Every hash has an object of its own: those of the framework serve one thread at a time. `Create` and HMACSHA256
    // also work where Windows allows validated implementations only (FIPS).
    internal static class Sha256
    {
        private const string Digits = "0123456789abcdef";

        // Returns the 32 bytes of the hash.
        public static byte[] Hash(byte[] text)
        {
            using (SHA256 hash = SHA256.Create())
            {
                return hash.ComputeHash(text);
            }
        }

        // Returns the 32 bytes of the keyed hash, for a key of any length.
        public static byte[] Hmac(byte[] key, byte[] text)
        {
            using (HMACSHA256 hash = new HMACSHA256(key))
            {
                return hash.ComputeHash(text);
            }
        }

        // Returns bytes in lower-case hexadecimal digits.
        public static string Hex(byte[] bytes)
        {
            char[] shown = new char[2 * bytes.Length];
            for (int at = 0; at < bytes.Length; at++)
            {
                shown[2 * at] = Digits[bytes[at] >> 4];
                shown[2 * at + 1] = Digits[bytes[at] & 15];
            }
            return new string(shown);
        }
    }
}
