// An exact decimal number.
namespace Udfgen
{
    using System;

    // 0.digits times ten to the power of `point`. No zero begins or ends the digits; zero has none, and no sign. Time
    // and memory follow the length of a number's text, whatever its exponent.
    internal sealed class Digits
    {
        // No text is so long that it could make up for such an exponent.
        private const int FarthestExponent = 1000000000;
        private const int FarthestDigits = 9;
        private const int TameDigits = 4;

        // No whole number of 64 bits has more.
        private const int WholeDigits = 19;

        public readonly bool IsNegative;
        private readonly string digits;
        private readonly int point;

        // Takes digits, with any zeros around them, and the power of ten by which 0.digits is multiplied.
        public Digits(bool isNegative, string digits, int point)
        {
            string begun = digits.TrimStart('0');
            this.digits = begun.TrimEnd('0');
            this.point = begun.Length == 0 ? 0 : point - (digits.Length - begun.Length);
            IsNegative = isNegative && begun.Length > 0;
        }

        // Reads a JSON number.
        public static Digits Read(string number)
        {
            int end = FindExponent(number);
            int begin = number[0] == '-' ? 1 : 0;
            int point = number.IndexOf('.', begin, end - begin);
            int whole = point < 0 ? end : point;
            string digits = number.Substring(begin, end - begin);
            digits = point < 0 ? digits : digits.Remove(point - begin, 1);
            return new Digits(begin == 1, digits, whole - begin + ReadExponent(number, end));
        }

        // Takes a whole number.
        public static Digits Of(long number)
        {
            return Read(Text.Show(number));
        }

        // Takes a number as ToWords gives it.
        public static Digits FromWords(int[] words, int scale, bool isNegative)
        {
            string digits = new Big(words).Show();
            return new Digits(isNegative, digits, digits.Length - scale);
        }

        // Tells whether the exponent of a JSON number, as it is written, is 10000 or more, or -10000 or less.
        public static bool HasWildExponent(string number)
        {
            return ExponentDigits(number, FindExponent(number)).Length > TameDigits;
        }

        // Returns a number below, equal to or above 0, as this one is to the other.
        public int CompareTo(Digits other)
        {
            if (IsNegative != other.IsNegative)
            {
                return IsNegative ? -1 : 1;
            }
            return IsNegative ? other.CompareSize(this) : CompareSize(other);
        }

        // Returns the number rounded half away from zero to `scale` digits after the point.
        public Digits Round(int scale)
        {
            int kept = point + scale;
            if (kept >= digits.Length)
            {
                return this;
            }
            // A zero in front takes what is carried past the first digit.
            string rest = "0" + digits.Substring(0, Math.Max(kept, 0));
            bool isUp = kept >= 0 && digits[kept] >= '5';
            return new Digits(IsNegative, isUp ? Increase(rest) : rest, point + 1);
        }

        // Tells whether the number, once rounded to a scale, has at most `precision` digits with those after the point.
        public bool Fits(int precision, int scale)
        {
            return point + scale <= precision || digits.Length == 0;
        }

        // Returns the number, once rounded to a scale, with exactly `scale` digits after the point. Ask Fits before: an
        // exponent becomes zeros.
        public string Fixed(int scale)
        {
            string all = Unscaled(scale).PadLeft(scale + 1, '0');
            return (IsNegative ? "-" : "") + (scale == 0 ? all : all.Insert(all.Length - scale, "."));
        }

        // Returns the number, once rounded to a scale, without its point and its sign, in four words, the least
        // significant first: what SqlDecimal is made of. Ask Fits before, for at most 38 digits.
        public int[] ToWords(int scale)
        {
            return Big.Read(Unscaled(scale)).ToWords(4);
        }

        // Returns a whole number of 64 bits, or null when the number is none.
        public long? Whole()
        {
            if (point > WholeDigits || digits.Length > point)
            {
                return digits.Length == 0 ? (long?)0 : null;
            }
            ulong size = 0;
            foreach (char digit in Unscaled(0))
            {
                size = size * 10 + digit - '0';
            }
            if (size > long.MaxValue + (IsNegative ? 1ul : 0))
            {
                return null;
            }
            return IsNegative ? (long)(0 - size) : (long)size;
        }

        // Returns the double nearest to the number, of two the even one; infinite when it is too large, 0 when it is
        // too small.
        public double ToDouble()
        {
            double size = Nearest.Of(digits, point);
            return IsNegative ? -size : size;
        }

        // Returns the number as ECMAScript and RFC 8785, section 3.2.2.3, lay out its digits
        // (https://tc39.es/ecma262/#sec-numeric-types-number-tostring).
        public string Show()
        {
            bool isPlain = point > -6 && point <= 21;
            return (IsNegative ? "-" : "") + (digits.Length == 0 ? "0" : isPlain ? ShowPlain() : ShowExponent());
        }

        private string ShowExponent()
        {
            string fraction = digits.Length > 1 ? "." + digits.Substring(1) : "";
            return digits[0] + fraction + (point > 0 ? "e+" : "e") + Text.Show(point - 1);
        }

        private string ShowPlain()
        {
            if (point <= 0)
            {
                return "0." + new string('0', -point) + digits;
            }
            return point < digits.Length ? digits.Insert(point, ".") : digits.PadRight(point, '0');
        }

        // Returns the digits of the number times ten to the power of `scale`, when that is whole.
        private string Unscaled(int scale)
        {
            return digits.PadRight(Math.Max(point + scale, 0), '0');
        }

        // Compares as if there were no signs.
        private int CompareSize(Digits other)
        {
            if (digits.Length == 0 || other.digits.Length == 0)
            {
                return digits.Length - other.digits.Length;
            }
            return point != other.point ? point - other.point : string.CompareOrdinal(digits, other.digits);
        }

        // Adds one to the last of digits that are not all nines, and leaves out the zeros behind.
        private static string Increase(string digits)
        {
            string kept = digits.TrimEnd('9');
            int last = kept.Length - 1;
            return kept.Substring(0, last) + (char)(kept[last] + 1);
        }

        // Returns where the exponent of a JSON number begins, its letter included, or the end.
        private static int FindExponent(string number)
        {
            int found = Math.Max(number.IndexOf('e'), number.IndexOf('E'));
            return found < 0 ? number.Length : found;
        }

        // Returns the exponent whose letter stands at `at`; 0 when there is none.
        private static int ReadExponent(string number, int at)
        {
            string exponent = ExponentDigits(number, at);
            bool isFar = exponent.Length > FarthestDigits;
            int size = isFar ? FarthestExponent : Text.Number(exponent, 0, exponent.Length);
            return at + 1 < number.Length && number[at + 1] == '-' ? -size : size;
        }

        private static string ExponentDigits(string number, int at)
        {
            return number.Substring(Math.Min(at + 1, number.Length)).TrimStart('+', '-').TrimStart('0');
        }
    }
}
