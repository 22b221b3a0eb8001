// The credentials of a server: found by its process, never by the caller, and renewed before they expire.
namespace Udfgen
{
    using System;
    using System.Diagnostics;
    using System.Threading;

    // Serves any number of threads: what is known never changes, and is replaced as a whole.
    internal sealed class Credentials
    {
        private const long RenewSeconds = 600;
        private static readonly string[] Chain = { "environment", "profile", "container", "imds" };

        private readonly ProgramFacts program;

        // For how long a search is not repeated, in ticks of Stopwatch.
        private readonly long rest;
        private readonly Known[] known = { Known.Nothing };

        // Takes where to look, and for how many milliseconds a search is not repeated.
        public Credentials(ProgramFacts program, long restMs)
        {
            this.program = program;
            rest = restMs * Stopwatch.Frequency / 1000;
        }

        // Returns keys that are still good. Renewal is tried when less than 10 minutes are left, for half of a call's
        // time; the old ones serve until they expire. Throws Failure `not_authorized` with the sources tried, that of
        // the deadline, or SecurityException.
        public Keys Current(Deadline deadline)
        {
            Known now = known[0];
            if (now.Left() < RenewSeconds && now.HasRested(rest))
            {
                now = now.Left() > 0 ? Renew(now, deadline) : Find(now, deadline);
            }
            if (now.Left() <= 0)
            {
                throw new Failure("not_authorized", now.why);
            }
            return now.keys;
        }

        // Forgets keys of which AWS said that they have expired, unless they were renewed meanwhile.
        public void Drop(Keys expired)
        {
            Known now = known[0];
            if (now.keys == expired)
            {
                Interlocked.CompareExchange(ref known[0], Known.Nothing, now);
            }
        }

        // Returns a variable of the server's process, empty where it is not set. Throws SecurityException without the
        // permission.
        public static string Environment(string name)
        {
            return System.Environment.GetEnvironmentVariable(name) ?? "";
        }

        // Looks for keys while the old ones are good. One thread does: the first that says so, by the time of its try.
        // The others go on with the old ones, and after a rest another one tries, should that thread have ended.
        private Known Renew(Known old, Deadline deadline)
        {
            Known claim = new Known(old.keys, old.why);
            if (Interlocked.CompareExchange(ref known[0], claim, old) != old)
            {
                return old;
            }
            return Find(claim, deadline.Narrow(deadline.Left() / 2, new Failure("not_authorized", "no time is left")));
        }

        // Looks for keys, and makes what was found known to all. Without any, the old ones stay.
        private Known Find(Known old, Deadline deadline)
        {
            deadline.Enter("looking for AWS credentials");
            Known found = Search(old, deadline);
            if (found.keys != old.keys)
            {
                Interlocked.Exchange(ref known[0], found);
                return found;
            }
            // Somebody else may have found some meanwhile.
            Known now = Interlocked.CompareExchange(ref known[0], found, old);
            return now.Left() > 0 ? now : found;
        }

        // Returns what the sources have, asked in their order until one has keys or fails; or the old keys.
        private Known Search(Known old, Deadline deadline)
        {
            string looked = "";
            try
            {
                foreach (string source in program.source == "chain" ? Chain : new[] { program.source })
                {
                    looked += (looked.Length == 0 ? "" : ", ") + source;
                    Keys found = Ask(source, deadline);
                    if (found != null)
                    {
                        return new Known(found, "the AWS credentials found have expired");
                    }
                }
                return new Known(old.keys, None(looked));
            }
            catch (Failure failure)
            {
                if (failure.Code == "timeout")
                {
                    throw;
                }
                return new Known(old.keys, None(looked) + " (" + failure.What + ")");
            }
        }

        private static string None(string looked)
        {
            return "no AWS credentials found: looked in " + looked;
        }

        private Keys Ask(string source, Deadline deadline)
        {
            if (source == "environment")
            {
                return FindInEnvironment();
            }
            if (source == "profile")
            {
                return new Profile(program).Find();
            }
            Metadata service = new Metadata(program.metadata, deadline);
            return source == "container" ? service.FindInContainer() : service.FindInImds();
        }

        private static Keys FindInEnvironment()
        {
            string accessKey = Environment("AWS_ACCESS_KEY_ID");
            string secretKey = Environment("AWS_SECRET_ACCESS_KEY");
            bool isPair = accessKey.Length > 0 && secretKey.Length > 0;
            string token = Environment("AWS_SESSION_TOKEN");
            return isPair ? new Keys("environment", accessKey, secretKey, token, long.MaxValue) : null;
        }

        // What a search came to, or one that has just begun.
        private sealed class Known
        {
            public static readonly Known Nothing = new Known();

            // Null where there are none.
            public readonly Keys keys;

            // What is said when there are none that are good.
            public readonly string why;
            private readonly bool isTried;
            private readonly long tried;

            public Known(Keys keys, string why)
            {
                this.keys = keys;
                this.why = why;
                isTried = true;
                tried = Stopwatch.GetTimestamp();
            }

            private Known()
            {
            }

            public long Left()
            {
                return keys == null ? 0 : keys.Left();
            }

            public bool HasRested(long rest)
            {
                return !isTried || Stopwatch.GetTimestamp() - tried >= rest;
            }
        }
    }
}
