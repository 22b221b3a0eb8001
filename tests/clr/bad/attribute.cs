// attribute: the assembly
// attribute: the module
// attribute: Udfgen.Bad
// attribute: Udfgen.Bad.slot
// attribute: Udfgen.Bad.context
// attribute: Udfgen.Bad.Start
// attribute: Udfgen.Bad.StartMany

[assembly: System.Runtime.CompilerServices.CompilationRelaxations(8)]
[module: System.Security.UnverifiableCode]

namespace Udfgen
{
    [System.Security.SuppressUnmanagedCodeSecurity]
    internal static class Bad
    {
        [System.ThreadStatic]
        private static readonly int slot;

        [System.ContextStatic]
        private static readonly int context;

        [System.STAThread]
        public static int Start()
        {
            return slot;
        }

        [System.MTAThread]
        public static int StartMany()
        {
            return context;
        }
    }
}
