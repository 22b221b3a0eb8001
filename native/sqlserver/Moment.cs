// Dates and times as text, in the one form that AWS Lambda gets and gives: ISO 8601 without options.
namespace Udfgen
{
    using System;
    using System.Globalization;

    // Days are those of the Gregorian calendar, from 0001-01-01 to 9999-12-31. Text is read here and not by
    // DateTime.Parse, which takes much more.
    internal static class Moment
    {
        private const int DateLength = 10;
        private const int MinutesLength = 16;
        private const int TimeLength = 8;

        // Digits of a second's fraction in ticks.
        private const int TickDigits = 7;

        // Returns a day, as `2016-02-15`; null for other text.
        public static string Date(string text)
        {
            if (!Text.HasShape(text, "9999-99-99"))
            {
                return null;
            }
            int year = Text.Number(text, 0, 4);
            int month = Text.Number(text, 5, 7);
            int day = Text.Number(text, 8, 10);
            bool isMonth = year >= 1 && month >= 1 && month <= 12;
            return isMonth && day >= 1 && day <= DateTime.DaysInMonth(year, month) ? text : null;
        }

        // Returns a time from `00:00:00` to `23:59:59.999999` without the zeros that end its fraction; null for other
        // text.
        public static string Time(string text)
        {
            int size = text.Length;
            bool isSized = size >= 8 && size <= 15 && size != 9;
            if (!isSized || !Text.HasShape(text, "99:99:99.999999".Substring(0, size)))
            {
                return null;
            }
            if (Text.Number(text, 0, 2) > 23 || text[3] > '5' || text[6] > '5')
            {
                return null;
            }
            return size == 8 ? text : text.TrimEnd('0').TrimEnd('.');
        }

        // Returns a date and a time with `T` between, the time as above; null for other text.
        public static string Timestamp(string text)
        {
            if (text.Length <= DateLength || text[DateLength] != 'T' || Date(text.Substring(0, DateLength)) == null)
            {
                return null;
            }
            string time = Time(text.Substring(DateLength + 1));
            return time == null ? null : text.Substring(0, DateLength + 1) + time;
        }

        // Returns a timestamp that ends in `Z`, or in `+00:00` to `-23:59`, moved to UTC and with `Z`; null for other
        // text. Throws Unfit when that leaves the years 1 to 9999.
        public static string Instant(string text)
        {
            int end = Math.Max(text.Length - (text.EndsWith("Z", StringComparison.Ordinal) ? 1 : 6), 0);
            string local = Timestamp(text.Substring(0, end));
            string offset = text.Substring(end);
            if (local == null || (offset != "Z" && !IsOffset(offset)))
            {
                return null;
            }
            return (offset == "Z" ? local : ToUtc(local, offset)) + "Z";
        }

        // Returns what one of the above found, or throws Unfit where that is null.
        public static string Require(string found, string what)
        {
            if (found == null)
            {
                throw new Unfit(what);
            }
            return found;
        }

        // Returns the time that a date or timestamp says, as the above give them.
        public static DateTime ToDateTime(string text)
        {
            DateTime day = new DateTime(Text.Number(text, 0, 4), Text.Number(text, 5, 7), Text.Number(text, 8, 10));
            return text.Length == DateLength ? day : day + ToTimeSpan(text.Substring(DateLength + 1));
        }

        // Returns the time since midnight that a time says, as Time gives it.
        public static TimeSpan ToTimeSpan(string text)
        {
            string fraction = text.Length > TimeLength ? text.Substring(TimeLength + 1) : "";
            int ticks = Text.Number(fraction.PadRight(TickDigits, '0'), 0, TickDigits);
            int minutes = Text.Number(text, 0, 2) * 60 + Text.Number(text, 3, 5);
            int seconds = minutes * 60 + Text.Number(text, 6, TimeLength);
            return new TimeSpan(seconds * TimeSpan.TicksPerSecond + ticks);
        }

        private static bool IsOffset(string text)
        {
            bool isShaped = Text.HasShape(text, "+99:99") || Text.HasShape(text, "-99:99");
            return isShaped && Text.Number(text, 1, 3) < 24 && text[4] < '6';
        }

        // Takes a timestamp and how far its zone is ahead of UTC.
        private static string ToUtc(string local, string offset)
        {
            long minutes = Text.Number(offset, 1, 3) * 60 + Text.Number(offset, 4, 6);
            long ahead = (offset[0] == '-' ? -minutes : minutes) * TimeSpan.TicksPerMinute;
            long ticks = ToDateTime(local).Ticks - ahead;
            if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
            {
                throw new Unfit("must be in the years 1 to 9999");
            }
            string moved = new DateTime(ticks).ToString("yyyy-MM-dd'T'HH':'mm", CultureInfo.InvariantCulture);
            return moved + local.Substring(MinutesLength);
        }
    }
}
