// security-critical: Udfgen.Bad.Copy

namespace Udfgen
{
    using System;
    using System.Runtime.InteropServices;

    internal static class Bad
    {
        public static void Copy(byte[] from, IntPtr to)
        {
            Marshal.Copy(from, 0, to, from.Length);
        }
    }
}
