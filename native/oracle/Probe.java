// The probe: what an installer cannot see from outside, told by the process that makes the calls.
package udfgen;

import java.util.LinkedHashMap;
import java.util.Map;

// Asks for credentials, and by DryRun for each binding whether it may be called, which runs nothing.
final class Probe {
    private static final long TIME_TO_SEARCH_MS = 10000;

    private Probe() {
    }

    // Answers `endpoint` with the URL of AWS Lambda, and `checks` with a JSON array of checks: [what, whether it is
    // fine, what was found, advice]. Throws Failure `bad_argument` when asked for anything else.
    static String answer(Program program, String[] functions, String what, Invoker invoker) throws Failure {
        if ("endpoint".equals(what)) {
            return program.endpoint;
        }
        if (!"checks".equals(what)) {
            throw new Failure("bad_argument", "ask for endpoint or checks");
        }
        StringBuilder checks = new StringBuilder("[").append(show("endpoint", true, program.endpoint, ""));
        checks.append(',').append(checkCredentials(program));
        for (Binding binding : dryRuns(functions).values()) {
            checks.append(',').append(checkBinding(binding, invoker));
        }
        return checks.append(']').toString();
    }

    private static String checkCredentials(Program program) {
        try {
            Credentials credentials = new Credentials(program, TIME_TO_SEARCH_MS);
            String source = credentials.current(new Deadline(TIME_TO_SEARCH_MS)).source;
            return show("credentials", true, "found in: " + source, "");
        } catch (Exception thrown) {
            String said = Mishap.of(thrown).describe(program.name);
            return show("credentials", false, said, "they are looked for by the server process, not by this client");
        }
    }

    // Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-InvocationType
    private static String checkBinding(Binding binding, Invoker invoker) {
        String what = "binding " + binding.name;
        try {
            invoker.call(binding, "{}", "");
            return show(what, true, "DryRun says that it may be called", "");
        } catch (Exception thrown) {
            return show(what, false, Mishap.of(thrown).describe(binding.name), "");
        }
    }

    // Returns the bindings of functions by name, each once and as a dry run.
    private static Map<String, Binding> dryRuns(String[] functions) {
        Map<String, Binding> bindings = new LinkedHashMap<String, Binding>();
        for (String function : functions) {
            for (Binding binding : Function.read(function).bindings()) {
                bindings.put(binding.name, binding.asDryRun());
            }
        }
        return bindings;
    }

    private static String show(String what, boolean isFine, String found, String advice) {
        return "[" + Json.quote(what) + ',' + isFine + ',' + Json.quote(found) + ',' + Json.quote(advice) + ']';
    }
}
