// A floating-point number becomes the fewest decimal digits that read back as itself, and of those the nearest.
namespace Udfgen
{
    using System;
    using System.Text;

    // The free-format algorithm of Burger and Dybvig, "Printing Floating-Point Numbers Quickly and Accurately"
    // (https://doi.org/10.1145/231379.231397), with exact numbers. double.ToString is not used: what .NET Framework
    // prints is not always the shortest, and does not always read back
    // (https://devblogs.microsoft.com/dotnet/floating-point-parsing-and-formatting-improvements-in-net-core-3-0/).
    internal sealed class Shortest
    {
        // Bits of the mantissa that are stored, and the exponent of infinity
        // (https://en.wikipedia.org/wiki/IEEE_754#Basic_and_interchange_formats).
        private const int DoubleBits = 52;
        private const int DoubleInfinity = 2047;
        private const int FloatBits = 23;
        private const int FloatInfinity = 255;

        // Times two to the power of 32.
        private const long Log10Of2 = 1292913986;

        // The number is rest / unit; up and down, in the same unit, are how far another may be to read back as it.
        private readonly Big rest;
        private readonly Big unit;
        private readonly Big up;
        private readonly Big down;

        // What is halfway between two numbers reads back as the even one.
        private readonly bool isEven;

        // Takes a mantissa, and the power of two that it is multiplied by. At a power of two the lower neighbour is
        // only half as far away as the upper one.
        private Shortest(long mantissa, int exponent, bool isNearerBelow)
        {
            int finer = isNearerBelow ? 1 : 0;
            int whole = Math.Max(exponent, 0);
            rest = Shift(mantissa, whole + finer + 1);
            unit = Shift(1, whole - exponent + finer + 1);
            up = Shift(1, whole + finer);
            down = Shift(1, whole);
            isEven = mantissa % 2 == 0;
        }

        // Returns the digits of a finite double.
        public static Digits Of(double number)
        {
            return Of(BitConverter.DoubleToInt64Bits(number), DoubleBits, DoubleInfinity);
        }

        // Returns the digits of a finite float: those that tell it from other floats.
        public static Digits Of(float number)
        {
            return Of(BitConverter.ToInt32(BitConverter.GetBytes(number), 0), FloatBits, FloatInfinity);
        }

        // Takes a number as it is stored: its sign, its exponent, and so many bits of the mantissa.
        private static Digits Of(long stored, int bits, int infinity)
        {
            long hidden = 1L << bits;
            long mantissa = stored & (hidden - 1);
            int exponent = (int)(stored >> bits) & infinity;
            if (exponent == 0 && mantissa == 0)
            {
                return Digits.Of(0);
            }
            bool isNearerBelow = mantissa == 0 && exponent > 1;
            // Subnormal numbers have no hidden bit, and the exponent of the smallest that have one.
            mantissa |= exponent == 0 ? 0 : hidden;
            exponent = Math.Max(exponent, 1) - infinity / 2 - bits;
            return new Shortest(mantissa, exponent, isNearerBelow).Print(stored < 0);
        }

        private static Big Shift(long number, int bits)
        {
            Big shifted = new Big((ulong)number);
            shifted.ShiftLeft(bits);
            return shifted;
        }

        private Digits Print(bool isNegative)
        {
            int point = Align();
            StringBuilder digits = new StringBuilder();
            do
            {
                digits.Append(TakeDigit());
            }
            while (!IsLowEnough() && !IsHighEnough());
            if (IsNextNearer(digits[digits.Length - 1]))
            {
                digits[digits.Length - 1]++;
            }
            return new Digits(isNegative, digits.ToString(), point);
        }

        // Divides by a power of ten, so that what is left is 0.digits. Returns the power.
        private int Align()
        {
            int exponent = rest.BitLength() - unit.BitLength();
            // One too low at times: that is seen afterwards.
            int power = (int)(exponent * Log10Of2 >> 32) + 1;
            unit.Scale(Math.Max(power, 0));
            Multiply(Math.Max(-power, 0));
            if (IsHighEnough())
            {
                unit.Scale(1);
                power++;
            }
            return power;
        }

        private void Multiply(int power)
        {
            rest.Scale(power);
            up.Scale(power);
            down.Scale(power);
        }

        private char TakeDigit()
        {
            Multiply(1);
            char digit = '0';
            while (rest.CompareTo(unit) >= 0)
            {
                rest.Subtract(unit);
                digit++;
            }
            return digit;
        }

        // Tells whether the digits so far, which are below the number, read back as it.
        private bool IsLowEnough()
        {
            return rest.CompareTo(down) < (isEven ? 1 : 0);
        }

        // Tells whether the digits so far read back as the number when the last is one more.
        private bool IsHighEnough()
        {
            return Big.Sum(rest, up).CompareTo(unit) > (isEven ? -1 : 0);
        }

        // Tells whether the last digit is to be one more. When both are as near, the even one is taken.
        private bool IsNextNearer(char digit)
        {
            if (!IsLowEnough() || !IsHighEnough())
            {
                return !IsLowEnough();
            }
            int half = Big.Sum(rest, rest).CompareTo(unit);
            return half > 0 || (half == 0 && digit % 2 != 0);
        }
    }
}
