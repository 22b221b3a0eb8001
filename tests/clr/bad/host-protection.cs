// host-protection: Udfgen.Bad.count
// host-protection: Udfgen.Bad.Enter
// host-protection: Udfgen.Bad.Print
// host-protection: Udfgen.Bad.Kinds
// host-protection: Udfgen.Bad.Number
// host-protection: Udfgen.Broken
// host-protection: Udfgen.Broken..ctor

namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.ComponentModel;
    using System.Net.Sockets;
    using System.Threading;

    internal sealed class Bad
    {
        private readonly Lazy<int> count = null;

        public static void Enter(object door)
        {
            Monitor.Enter(door);
        }

        public static void Print()
        {
            Console.WriteLine();
        }

        public static Type Kinds()
        {
            return typeof(Dictionary<string, Mutex>);
        }

        public static int Number(SocketException failure)
        {
            return failure.NativeErrorCode;
        }

        public override string ToString()
        {
            return count == null ? "" : "full";
        }
    }

    internal abstract class Broken : License
    {
    }
}
