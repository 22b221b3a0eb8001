// The time that one call may take: the search for credentials, every attempt, the waits between them.
namespace Udfgen
{
    using System;
    using System.Diagnostics;
    using System.Threading;

    // One deadline, and what is said when it is over. It belongs to one call, and so to one thread. Nothing here is
    // stopped from outside: whoever waits asks how long, and waits in slices, because KILL gets through between them.
    internal sealed class Deadline
    {
        private const long LongestSliceMs = 100;
        private const int MicrosecondsPerMs = 1000;

        private readonly long limitMs;
        // In ticks of Stopwatch, which no change of the clock touches.
        private readonly long end;
        // What to say in place of a timeout; null for a deadline of its own.
        private readonly Failure failure;
        private string stage = "waiting for the reply";

        // Starts the clock of a whole call.
        public Deadline(long limitMs)
            : this(limitMs, After(limitMs), null)
        {
        }

        private Deadline(long limitMs, long end, Failure failure)
        {
            this.limitMs = limitMs;
            this.end = end;
            this.failure = failure;
        }

        // Returns a shorter deadline within this one, that ends with another failure.
        public Deadline Narrow(long limitMs, Failure failure)
        {
            long shorter = After(limitMs);
            bool isShorter = shorter < end;
            return new Deadline(limitMs, isShorter ? shorter : end, isShorter ? failure : Late());
        }

        // Says what is waited for, in the words of a timeout: `connecting`.
        public void Enter(string stage)
        {
            this.stage = stage;
        }

        // Returns the failure of a call that took too long.
        public Failure Late()
        {
            string what = "timed out after " + Text.Show(limitMs) + " ms while " + stage;
            return failure ?? new Failure("timeout", what);
        }

        // Returns the milliseconds that are left, a part of one counted as a whole one; 0 or less when time is over.
        public long Left()
        {
            return (long)Math.Ceiling((end - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency);
        }

        // Returns the microseconds to wait before the next look at the time, those of 0 to 100 ms.
        public int Slice()
        {
            return (int)Math.Max(0, Math.Min(Left(), LongestSliceMs)) * MicrosecondsPerMs;
        }

        // Throws the failure when the time is over.
        public void Check()
        {
            if (Left() <= 0)
            {
                throw Late();
            }
        }

        // Waits.
        public static void Sleep(long ms)
        {
            Thread.Sleep((int)ms);
        }

        private static long After(long ms)
        {
            return Stopwatch.GetTimestamp() + (long)(ms * (Stopwatch.Frequency / 1000.0));
        }
    }
}
