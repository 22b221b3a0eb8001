// The kept connections of one spec, shared by all sessions of a database.
namespace Udfgen
{
    using System.Threading;

    // Sends requests to one origin, perhaps through a proxy, from any number of threads at once. A wire is in a slot or
    // with one call, never both: whoever takes it out of the slot has it.
    internal sealed class Pool
    {
        // So many connections are kept at most; more may be open while as many calls are under way.
        private const int MaxKept = 16;

        private readonly Url origin;
        private readonly Url proxy;
        private readonly Wire[] kept = new Wire[MaxKept];

        // Takes where to connect to, and through which proxy, null for none.
        public Pool(Url origin, Url proxy)
        {
            this.origin = origin;
            this.proxy = proxy;
        }

        // Tells whether requests name the origin in their first line, as a proxy for http wants it.
        public bool IsAbsolute()
        {
            return proxy != null && !origin.IsTls();
        }

        // Sends one request, as Wire.Exchange does.
        public Reply Exchange(byte[] request, Deadline deadline, long connectMs)
        {
            Wire wire = Take();
            try
            {
                return wire.Exchange(request, deadline, connectMs);
            }
            finally
            {
                if (wire.IsOpen())
                {
                    Keep(wire);
                }
            }
        }

        // Returns a kept wire, or a new one. The first slots are used first, so that the wires in the last ones grow
        // old when fewer calls come.
        private Wire Take()
        {
            for (int at = 0; at < MaxKept; at++)
            {
                Wire found = Interlocked.Exchange(ref kept[at], null);
                if (found != null)
                {
                    return found;
                }
            }
            return new Wire(origin, proxy);
        }

        // Puts a wire into the first free slot, or closes it when there is none.
        private void Keep(Wire wire)
        {
            DropOld();
            for (int at = 0; at < MaxKept; at++)
            {
                if (Interlocked.CompareExchange(ref kept[at], wire, null) == null)
                {
                    return;
                }
            }
            wire.Close();
        }

        // Closes wires that nobody has used for long: here, because nothing may run by itself in SQL Server.
        private void DropOld()
        {
            for (int at = 0; at < MaxKept; at++)
            {
                Wire seen = kept[at];
                bool isOld = seen != null && seen.IsOld();
                if (isOld && Interlocked.CompareExchange(ref kept[at], null, seen) == seen)
                {
                    seen.Close();
                }
            }
        }
    }
}
