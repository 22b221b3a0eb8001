// native-code: Udfgen.Bad.Ask

namespace Udfgen
{
    using System.Runtime.CompilerServices;

    internal static class Bad
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        public static extern int Ask();
    }
}
