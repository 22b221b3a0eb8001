// state-machine: Udfgen.Bad/<Below>c__Iterator0

namespace Udfgen
{
    using System.Collections;

    internal static class Bad
    {
        public static IEnumerable Below(int limit)
        {
            for (int each = 0; each < limit; each++)
            {
                yield return each;
            }
        }
    }
}
