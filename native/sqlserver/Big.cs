// A whole number without a limit, as large as exact arithmetic on doubles needs.
namespace Udfgen
{
    using System;

    // Not negative. Most methods change the number itself, so nobody shares one. System.Numerics is none of the
    // assemblies that SQL Server supports
    // (https://learn.microsoft.com/previous-versions/sql/sql-server-2012/ms403279(v=sql.110)).
    internal sealed class Big
    {
        private const uint Billion = 1000000000;
        private const int BillionDigits = 9;

        // The least significant word first; those from `count` on are zero.
        private uint[] words = new uint[4];
        private int count;

        // Takes a number of 64 bits.
        public Big(ulong number)
        {
            words[0] = (uint)number;
            words[1] = (uint)(number >> 32);
            count = 2;
            Trim();
        }

        // Takes words, the least significant first.
        public Big(int[] words)
        {
            this.words = new uint[words.Length];
            Buffer.BlockCopy(words, 0, this.words, 0, words.Length * sizeof(uint));
            count = words.Length;
            Trim();
        }

        // Reads decimal digits, none of them for zero. The time grows with the square of their number.
        public static Big Read(string digits)
        {
            Big read = new Big(0);
            for (int at = 0; at < digits.Length; at += BillionDigits)
            {
                int end = Math.Min(at + BillionDigits, digits.Length);
                read.Multiply(PowerOfTen(end - at), (uint)Text.Number(digits, at, end));
            }
            return read;
        }

        // Returns a new number.
        public static Big Sum(Big one, Big other)
        {
            Big sum = new Big(0);
            sum.count = Math.Max(one.count, other.count) + 1;
            sum.Reserve(sum.count);
            ulong carry = 0;
            for (int at = 0; at < sum.count; at++)
            {
                carry += (ulong)one.WordAt(at) + other.WordAt(at);
                sum.words[at] = (uint)carry;
                carry >>= 32;
            }
            sum.Trim();
            return sum;
        }

        // Returns decimal digits, which may begin with zeros.
        public string Show()
        {
            string digits = "";
            while (count > 0)
            {
                digits = Text.Show(Divide(Billion)).PadLeft(BillionDigits, '0') + digits;
            }
            return digits;
        }

        // Returns the lowest words, the least significant first.
        public int[] ToWords(int size)
        {
            int[] lowest = new int[size];
            Buffer.BlockCopy(words, 0, lowest, 0, Math.Min(size, words.Length) * sizeof(uint));
            return lowest;
        }

        // Returns how many bits the number has, 0 for zero.
        public int BitLength()
        {
            int length = count * 32;
            for (int bit = 31; bit >= 0 && count > 0 && words[count - 1] >> bit == 0; bit--)
            {
                length--;
            }
            return length;
        }

        // Returns a number below, equal to or above 0, as this one is to the other.
        public int CompareTo(Big other)
        {
            int at = Math.Max(count, other.count) - 1;
            while (at > 0 && WordAt(at) == other.WordAt(at))
            {
                at--;
            }
            return WordAt(at).CompareTo(other.WordAt(at));
        }

        // Multiplies, then adds.
        public void Multiply(uint factor, uint addend)
        {
            ulong carry = addend;
            for (int at = 0; at < count; at++)
            {
                carry += (ulong)words[at] * factor;
                words[at] = (uint)carry;
                carry >>= 32;
            }
            if (carry != 0)
            {
                Reserve(count + 1);
                words[count++] = (uint)carry;
            }
        }

        // Multiplies by ten to a power.
        public void Scale(int power)
        {
            for (; power >= BillionDigits; power -= BillionDigits)
            {
                Multiply(Billion, 0);
            }
            Multiply(PowerOfTen(power), 0);
        }

        // Multiplies by two to the power of `bits`.
        public void ShiftLeft(int bits)
        {
            int moved = bits / 32;
            Reserve(count + moved);
            Array.Copy(words, 0, words, moved, count);
            Array.Clear(words, 0, moved);
            count += count > 0 ? moved : 0;
            Multiply(1u << bits % 32, 0);
        }

        // Subtracts a number that is not larger than this one.
        public void Subtract(Big other)
        {
            long carry = 0;
            for (int at = 0; at < count; at++)
            {
                carry += (long)words[at] - other.WordAt(at);
                words[at] = (uint)carry;
                carry >>= 32;
            }
            Trim();
        }

        // Divides, and returns the remainder.
        private uint Divide(uint divisor)
        {
            ulong rest = 0;
            for (int at = count - 1; at >= 0; at--)
            {
                rest = rest << 32 | words[at];
                words[at] = (uint)(rest / divisor);
                rest %= divisor;
            }
            Trim();
            return (uint)rest;
        }

        private static uint PowerOfTen(int power)
        {
            uint product = 1;
            for (; power > 0; power--)
            {
                product *= 10;
            }
            return product;
        }

        private uint WordAt(int at)
        {
            return at >= 0 && at < count ? words[at] : 0;
        }

        private void Reserve(int size)
        {
            if (size > words.Length)
            {
                Array.Resize(ref words, Math.Max(size, words.Length * 2));
            }
        }

        private void Trim()
        {
            while (count > 0 && words[count - 1] == 0)
            {
                count--;
            }
        }
    }
}
