// synchronized: Udfgen.Bad.Next

namespace Udfgen
{
    using System.Runtime.CompilerServices;

    internal sealed class Bad
    {
        private int count;

        [MethodImpl(MethodImplOptions.Synchronized)]
        public int Next()
        {
            return count++;
        }
    }
}
