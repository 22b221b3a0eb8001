// lambda-cache: Udfgen.Bad.<>f__am$cache0

namespace Udfgen
{
    using System;

    internal static class Bad
    {
        public static int[] Sorted(int[] values)
        {
            Array.Sort(values, (one, other) => other - one);
            return values;
        }
    }
}
