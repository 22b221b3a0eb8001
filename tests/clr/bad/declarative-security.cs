// declarative-security: Udfgen.Bad.Read

namespace Udfgen
{
    using System.Security.Permissions;

    internal static class Bad
    {
        [FileIOPermission(SecurityAction.Assert, Unrestricted = true)]
        public static void Read()
        {
        }
    }
}
