// What stands where a session's own database is: no binding is switched, so the core finds no rows when it looks.
package database;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;
import java.util.logging.Logger;

/** The connection of a JVM within Oracle, whose tables are all empty. */
public final class Empty implements Driver, InvocationHandler {
    private static final String URL = "jdbc:default:connection:";

    private Empty() {
    }

    /** Makes the session's connection one to this database, and has all that it takes loaded. */
    public static void open() throws SQLException {
        DriverManager.registerDriver(new Empty());
        DriverManager.getConnection(URL).createStatement().executeQuery("").next();
    }

    @Override
    public Connection connect(String url, Properties properties) {
        return acceptsURL(url) ? (Connection) stub(Connection.class) : null;
    }

    @Override
    public Object invoke(Object of, Method method, Object[] arguments) {
        Class<?> answer = method.getReturnType();
        return answer == boolean.class ? (Object) false : answer.isInterface() ? stub(answer) : null;
    }

    private Object stub(Class<?> type) {
        return Proxy.newProxyInstance(Empty.class.getClassLoader(), new Class<?>[] {type}, this);
    }

    @Override
    public boolean acceptsURL(String url) {
        return url.equals(URL);
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
        return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }
}
