// permission: Udfgen.Bad.Direct
// permission: Udfgen.Bad.Speak
// permission: Udfgen.Bad.Stay

namespace Udfgen
{
    using System.Globalization;
    using System.Net;
    using System.Threading;

    internal static class Bad
    {
        public static void Direct(HttpWebRequest request)
        {
            request.Proxy = null;
        }

        public static void Speak()
        {
            Thread.CurrentThread.CurrentCulture = CultureInfo.InvariantCulture;
        }

        public static void Stay()
        {
            Thread.ResetAbort();
        }
    }
}
