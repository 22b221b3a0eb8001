// inheritance: Udfgen.Bad
// inheritance: Udfgen.Context

namespace Udfgen
{
    using System;
    using System.Runtime.Serialization;
    using System.Threading;

    internal sealed class Bad : Exception
    {
        public override void GetObjectData(SerializationInfo info, StreamingContext context)
        {
        }
    }

    internal sealed class Context : SynchronizationContext
    {
    }
}
