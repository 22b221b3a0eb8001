// What every variant does: one call in a fresh process, or calls for some seconds, again and again.

using System;
using System.Diagnostics;
using System.Globalization;

/// <summary>A client that makes the same call. Its Main gives the watch that its first line started.</summary>
internal abstract class Loop
{
    private const double WarmUp = 5;

    /// <summary>Makes one call, and returns what the function answered; throws when there was no answer.</summary>
    protected abstract object Call(long customer);

    /// <summary>
    /// Does what the last argument says. `first` prints the milliseconds that the watch shows after the first reply. A
    /// number of seconds: warms up, then times calls for as long whenever there is a line to read, and prints how many
    /// there were per second.
    /// </summary>
    internal void Run(string[] arguments, Stopwatch watch)
    {
        string last = arguments[arguments.Length - 1];
        object found = Call(1);
        if (last == "first")
        {
            Print(watch.Elapsed.TotalMilliseconds, found);
            return;
        }
        Rate(WarmUp);
        Print(0, found);
        while (Console.In.ReadLine() != null)
        {
            Print(Rate(double.Parse(last, CultureInfo.InvariantCulture)), found);
        }
    }

    private double Rate(double seconds)
    {
        Stopwatch watch = Stopwatch.StartNew();
        long calls = 0;
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            Call(calls++);
        }
        return calls / watch.Elapsed.TotalSeconds;
    }

    private static void Print(double figure, object found)
    {
        Console.Out.WriteLine(figure.ToString("R", CultureInfo.InvariantCulture) + " " + found);
    }
}
