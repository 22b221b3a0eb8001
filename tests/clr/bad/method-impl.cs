// method-impl: Udfgen.Bad.Twice

namespace Udfgen
{
    using System.Runtime.CompilerServices;

    internal static class Bad
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static int Twice(int value)
        {
            return 2 * value;
        }
    }
}
