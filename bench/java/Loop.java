// What every variant does: one call in a fresh JVM, or calls for some seconds, again and again.

/** A client that makes the same call. Its main gives the time of its first line to run. */
abstract class Loop {
    private static final double WARM_UP = 10;

    /** Makes one call, and returns what the function answered; throws when there was no answer. */
    abstract Object call(long customer) throws Exception;

    /**
     * Does what the last argument says. `first` prints the milliseconds from `start`, in nanoseconds, to the first reply.
     * A number of seconds: warms up, then times calls for as long whenever there is a line to read, and prints how many
     * there were per second.
     */
    final void run(String[] arguments, long start) throws Exception {
        String last = arguments[arguments.length - 1];
        Object found = call(1);
        if (last.equals("first")) {
            System.out.println((System.nanoTime() - start) / 1e6 + " " + found);
            return;
        }
        rate(WARM_UP);
        System.out.println("0 " + found);
        while (System.in.read() >= 0) {
            System.out.println(rate(Double.parseDouble(last)) + " " + found);
        }
    }

    private double rate(double seconds) throws Exception {
        long start = System.nanoTime();
        long calls = 0;
        while (System.nanoTime() - start < seconds * 1e9) {
            call(calls++);
        }
        return calls / ((System.nanoTime() - start) / 1e9);
    }
}
