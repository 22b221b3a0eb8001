// platform-invoke: Udfgen.Bad.GetTickCount

namespace Udfgen
{
    using System.Runtime.InteropServices;

    internal static class Bad
    {
        [DllImport("kernel32.dll")]
        public static extern uint GetTickCount();
    }
}
