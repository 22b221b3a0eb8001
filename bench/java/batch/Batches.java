// udfgen's core as PL/SQL drives it: rows are handed over one by one, sent, and their results taken one by one.
package udfgen.bench;

import database.Empty;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.math.BigDecimal;

/** For each line of the function's name, the rows in hand at a time and all rows: prints the rows per second. */
final class Batches {
    private static final BigDecimal EXPECTED = new BigDecimal("87.50");

    private Batches() {
    }

    public static void main(String[] arguments) throws Exception {
        Empty.open();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            System.out.println(rate(words[0], Long.parseLong(words[1]), Long.parseLong(words[2])));
        }
    }

    private static double rate(String name, long step, long rows) throws Exception {
        String program = constant("UDFGEN_PROGRAM");
        String function = constant(name.toUpperCase());
        long start = System.nanoTime();
        BigDecimal handle = Core.begin(program, function);
        for (long done = 0; done < rows; done += step) {
            send(handle, done, Math.min(step, rows - done));
        }
        Queries.close(handle);
        return rows / ((System.nanoTime() - start) / 1e9);
    }

    private static void send(BigDecimal handle, long first, long count) throws Exception {
        for (long row = first; row < first + count; row++) {
            Queries.add(handle, new Object[] {BigDecimal.valueOf(row), "gold"});
        }
        Queries.run(handle);
        long found = 0;
        while (Rows.next(handle).signum() > 0) {
            found += Rows.number(handle, 0).compareTo(EXPECTED) == 0 ? 1 : 0;
        }
        if (found != count) {
            throw new IllegalStateException(found + " results of " + count);
        }
    }

    private static String constant(String name) throws Exception {
        Field field = Functions.class.getDeclaredField(name);
        field.setAccessible(true);
        return (String) field.get(null);
    }
}
