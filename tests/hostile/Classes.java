import java.io.File;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Scanner;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles generated classes, one after the other and each beside the core of its package, loads them and prints what
 * they hold: a line for each, of words between tabs. `text NAME HEX` is a constant in UTF-16, `method NAME COUNT` a
 * method with the number of its parameters; `text error HEX` is what the compiler says.
 *
 * Arguments: the folder of the cores' sources, and one for their classes. A line of standard input is the folder of a
 * class's source, a tab, and its package with slashes.
 */
public final class Classes {
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();
    private static final StandardJavaFileManager FILES =
        COMPILER.getStandardFileManager(null, null, StandardCharsets.UTF_8);
    private static final List<String> OPTIONS = Arrays.asList(
        "--release", "8", "-proc:none", "-Xlint:all,-options,-auxiliaryclass", "-encoding", "UTF-8");

    private final File sources;
    private final File cores;

    private Classes(File sources, File cores) {
        this.sources = sources;
        this.cores = cores;
    }

    public static void main(String[] arguments) throws Exception {
        Classes classes = new Classes(new File(arguments[0]), new File(arguments[1]));
        try (Scanner jobs = new Scanner(System.in, "UTF-8")) {
            while (jobs.hasNextLine()) {
                String[] job = jobs.nextLine().split("\t");
                System.out.println(classes.described(new File(job[0]), job[1]));
            }
        }
    }

    private String described(File folder, String path) throws Exception {
        File core = new File(sources, path + "/Core.java");
        String wrong = new File(cores, path).isDirectory() ? "" : compile(core, cores);
        File made = new File(folder, "classes");
        wrong += compile(new File(folder, "Functions.java"), made);
        if (!wrong.isEmpty()) {
            return "text error " + hexadecimal(wrong);
        }
        URL[] places = {made.toURI().toURL(), cores.toURI().toURL()};
        try (URLClassLoader loader = new URLClassLoader(places)) {
            return contents(loader.loadClass(path.replace('/', '.') + ".Functions"));
        }
    }

    /** Returns what the compiler says: nothing where all is well. */
    private String compile(File source, File target) {
        StringWriter said = new StringWriter();
        List<String> options = new ArrayList<>(OPTIONS);
        options.addAll(Arrays.asList("-d", target.getPath(), "-cp", cores.getPath()));
        target.mkdirs();
        COMPILER.getTask(said, FILES, null, options, null, FILES.getJavaFileObjects(source)).call();
        return said.toString();
    }

    private static String contents(Class<?> made) throws IllegalAccessException {
        List<String> found = new ArrayList<>();
        for (Field field : made.getDeclaredFields()) {
            field.setAccessible(true);
            found.add("text " + field.getName() + " " + hexadecimal((String) field.get(null)));
        }
        for (Method method : made.getDeclaredMethods()) {
            found.add("method " + method.getName() + " " + method.getParameterCount());
        }
        return String.join("\t", found);
    }

    private static String hexadecimal(String text) {
        return text.chars().mapToObj(unit -> Integer.toHexString(0x10000 | unit).substring(1)).collect(Collectors.joining());
    }
}
