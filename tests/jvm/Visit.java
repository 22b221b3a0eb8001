// Calls every wrapper of test_policy.py's spec, as Oracle would, and prints what comes back: results, or one error.

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Timestamp;
import javax.sql.rowset.serial.SerialBlob;
import javax.sql.rowset.serial.SerialClob;
import udfgen.policy.Functions;

/** It holds all permissions itself; the core, on the stack below it, has those of the policy and no more. */
final class Visit {
    public static void main(String[] arguments) throws SQLException {
        DriverManager.registerDriver((Driver) answering(Driver.class));
        try {
            System.out.println(visit());
        } catch (SQLException refused) {
            System.out.println(refused.getMessage());
        }
    }

    private static String visit() throws SQLException {
        Clob text = new SerialClob("AB-1".toCharArray());
        Clob json = new SerialClob("[1.5]".toCharArray());
        Blob bytes = new SerialBlob(new byte[] {1, 2});
        Timestamp day = Timestamp.valueOf("2024-02-29 00:00:00");
        BigDecimal score = Functions.score(new BigDecimal("42"), new BigDecimal("1.5"), BigDecimal.ONE, text,
            "6f1c2f60-0f0e-4d3a-9b57-3a1d5c1f0a01", day, "12:00:00", day, day, json, bytes);
        return score + " " + (Functions.said() != null) + " " + (Functions.file() != null) + " " + Functions.day()
            + " " + Functions.nextRow(Functions.listed());
    }

    /** Returns an object of an interface that does nothing and returns such objects, 0, false or null: a database. */
    private static Object answering(Class<?> type) {
        return Proxy.newProxyInstance(Visit.class.getClassLoader(), new Class<?>[] {type}, new InvocationHandler() {
            @Override
            public Object invoke(Object proxy, Method method, Object[] arguments) {
                Class<?> wanted = method.getReturnType();
                if (wanted.isInterface()) {
                    return answering(wanted);
                }
                return wanted == int.class ? (Object) 0 : wanted == boolean.class ? (Object) false : null;
            }
        });
    }
}
