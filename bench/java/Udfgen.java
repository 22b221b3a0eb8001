// udfgen: the entry point that Oracle would call, with the types that Oracle would hand over.

import database.Empty;
import java.math.BigDecimal;
import udfgen.bench.Functions;

final class Udfgen extends Loop {
    @Override
    Object call(long customer) throws Exception {
        return Functions.score_customer(BigDecimal.valueOf(customer), "gold");
    }

    public static void main(String[] arguments) throws Exception {
        Empty.open(); // in Oracle the session's connection is there before Java is
        long start = System.nanoTime();
        new Udfgen().run(arguments, start);
    }
}
