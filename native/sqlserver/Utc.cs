// Moments in UTC, as seconds since 1970 and as text.
namespace Udfgen
{
    using System;
    using System.Globalization;

    // For the years 1 to 9999.
    internal static class Utc
    {
        private const string Shape = "9999-99-99T99:99:99";
        private static readonly DateTime Epoch = new DateTime(1970, 1, 1);

        // Returns the seconds since 1970.
        public static long Now()
        {
            return (DateTime.UtcNow - Epoch).Ticks / TimeSpan.TicksPerSecond;
        }

        // Returns seconds since 1970 as signatures want them: `20260102T030405Z`.
        public static string ShowCompact(long seconds)
        {
            return Epoch.AddTicks(seconds * TimeSpan.TicksPerSecond)
                .ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        }

        // Returns the seconds since 1970 of a text that begins as `2026-01-02T03:04:05`; what follows is not looked at.
        // Throws Unfit when it does not, or is no real time.
        public static long Read(string text)
        {
            string begin = text.Substring(0, Math.Min(text.Length, Shape.Length));
            if (Moment.Timestamp(begin) == null)
            {
                throw new Unfit("must be a time");
            }
            return (Moment.ToDateTime(begin) - Epoch).Ticks / TimeSpan.TicksPerSecond;
        }
    }
}
