// Decimal digits become the nearest double, exactly.
namespace Udfgen
{
    using System;

    // Long division: the number is a fraction of two whole numbers, and each step yields one bit of the mantissa.
    // double.Parse is not used: .NET Framework rounds some texts wrongly
    // (https://devblogs.microsoft.com/dotnet/floating-point-parsing-and-formatting-improvements-in-net-core-3-0/).
    internal static class Nearest
    {
        // No double, and no number halfway between two of them, has more: of the digits after them it only matters
        // that there are some.
        private const int MaxDigits = 800;

        // The bits of a mantissa, and what is added to exponents of two where they are stored
        // (https://en.wikipedia.org/wiki/Double-precision_floating-point_format).
        private const int MantissaBits = 53;
        private const int Bias = 1023;

        // Powers of ten of which 0.digits times them is beyond all doubles, or rounds to 0.
        private const int TooLarge = 310;
        private const int TooSmall = -324;

        // Returns the double nearest to 0.digits times ten to the power of `point`, of two the even one. No zero begins
        // the digits.
        public static double Of(string digits, int point)
        {
            if (point >= TooLarge)
            {
                return double.PositiveInfinity;
            }
            if (digits.Length == 0 || point <= TooSmall)
            {
                return 0;
            }
            string cut = digits.Length > MaxDigits ? digits.Substring(0, MaxDigits) + "1" : digits;
            Big numerator = Big.Read(cut);
            Big denominator = new Big(1);
            int power = point - cut.Length;
            numerator.Scale(Math.Max(power, 0));
            denominator.Scale(Math.Max(-power, 0));
            return Divide(numerator, denominator);
        }

        private static double Divide(Big numerator, Big denominator)
        {
            int exponent = Align(numerator, denominator);
            // Subnormal numbers have fewer bits.
            int bits = Math.Min(MantissaBits, exponent + Bias - 1 + MantissaBits);
            if (exponent > Bias || bits < 0)
            {
                return exponent > Bias ? double.PositiveInfinity : 0;
            }
            long mantissa = Round(Quotient(numerator, denominator, bits), numerator, denominator);
            // The first bit of a normal mantissa is not stored; what is carried past it counts up the exponent.
            long stored = bits < MantissaBits ? 0 : (long)(exponent + Bias - 1) << MantissaBits - 1;
            return BitConverter.Int64BitsToDouble(stored + mantissa);
        }

        // Shifts one of the two numbers, so that their quotient is from 1 to below 2. Returns the power of two by which
        // that is to be multiplied.
        private static int Align(Big numerator, Big denominator)
        {
            int exponent = numerator.BitLength() - denominator.BitLength();
            denominator.ShiftLeft(Math.Max(exponent, 0));
            numerator.ShiftLeft(Math.Max(-exponent, 0));
            if (numerator.CompareTo(denominator) >= 0)
            {
                return exponent;
            }
            numerator.ShiftLeft(1);
            return exponent - 1;
        }

        // Returns the first bits of a quotient below 2, and leaves in the numerator what is left to be divided.
        private static long Quotient(Big numerator, Big denominator, int bits)
        {
            long quotient = 0;
            for (int at = 0; at < bits; at++)
            {
                bool isOne = numerator.CompareTo(denominator) >= 0;
                if (isOne)
                {
                    numerator.Subtract(denominator);
                }
                numerator.ShiftLeft(1);
                quotient = quotient << 1 | (isOne ? 1L : 0);
            }
            return quotient;
        }

        // Rounds by what is left: the numerator, doubled, to the denominator.
        private static long Round(long quotient, Big numerator, Big denominator)
        {
            int half = numerator.CompareTo(denominator);
            return half > 0 || (half == 0 && quotient % 2 != 0) ? quotient + 1 : quotient;
        }
    }
}
