// static-field: Udfgen.Bad.count

namespace Udfgen
{
    internal static class Bad
    {
        private const int Limit = 3;

        private static readonly int[] cache = { 1, 2, 3, 4, 5, 6, 7, 8 };

        private static int count;

        public static int Next()
        {
            return count++ + cache[Limit];
        }
    }
}
