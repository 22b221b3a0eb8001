// Small questions about text in ASCII, as HTTP, URLs and configuration files ask them; the culture has no say.
namespace Udfgen
{
    // Characters beyond ASCII are none of these.
    internal static class Ascii
    {
        // Tells whether a character is one of 0 to 9.
        public static bool IsDigit(char character)
        {
            return character >= '0' && character <= '9';
        }

        // Tells whether a character is one of A to Z, a to z and 0 to 9.
        public static bool IsAlphanumeric(char character)
        {
            int lower = character | 0x20;
            return IsDigit(character) || (lower >= 'a' && lower <= 'z');
        }

        // Tells whether a character shows: no blank, no control.
        public static bool IsVisible(char character)
        {
            return character > ' ' && character < '\x7f';
        }

        // Tells whether text is not empty and has digits only.
        public static bool IsDigits(string text)
        {
            foreach (char each in text)
            {
                if (!IsDigit(each))
                {
                    return false;
                }
            }
            return text.Length > 0;
        }

        // Tells whether text is not empty and made of letters, digits and some `others`.
        public static bool IsMadeOf(string text, string others)
        {
            foreach (char each in text)
            {
                if (!IsAlphanumeric(each) && others.IndexOf(each) < 0)
                {
                    return false;
                }
            }
            return text.Length > 0;
        }

        // Tells whether text is empty, or visible characters and blanks: what may stand in a header.
        public static bool IsPrintable(string text)
        {
            foreach (char each in text)
            {
                if (each != ' ' && !IsVisible(each))
                {
                    return false;
                }
            }
            return true;
        }
    }
}
