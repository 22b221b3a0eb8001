// assembly-load: Udfgen.Bad.Load

namespace Udfgen
{
    using System.Reflection;

    internal static class Bad
    {
        public static Assembly Load(byte[] content)
        {
            return Assembly.Load(content);
        }
    }
}
