// Dates and times of .NET as ISO 8601 text; Moment has the way back.
namespace Udfgen
{
    using System;
    using System.Globalization;

    // SQL's types here have whole microseconds. .NET counts ten ticks to one, and what lies between is rounded, half
    // up, but never past the end of the year 9999 or of the day.
    internal static class Ticks
    {
        private const long Microsecond = 10;

        // Returns `2016-02-15`.
        public static string ShowDate(DateTime day)
        {
            return day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        }

        // Returns `12:00:00.000000`.
        public static string ShowTime(TimeSpan time)
        {
            DateTime rounded = new DateTime(Round(time.Ticks, TimeSpan.TicksPerDay));
            return rounded.ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        }

        // Returns `2016-02-15T12:00:00.000000`.
        public static string ShowTimestamp(DateTime time)
        {
            DateTime rounded = new DateTime(Round(time.Ticks, DateTime.MaxValue.Ticks + 1));
            return rounded.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        }

        // Returns `2016-02-15T12:00:00.000000Z`, in UTC whatever the offset.
        public static string ShowInstant(DateTimeOffset time)
        {
            return ShowTimestamp(time.UtcDateTime) + "Z";
        }

        private static long Round(long ticks, long end)
        {
            return Math.Min((ticks + Microsecond / 2) / Microsecond * Microsecond, end - Microsecond);
        }
    }
}
