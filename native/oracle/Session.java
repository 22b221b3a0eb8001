// What a database session keeps for the functions of one spec.
package udfgen;

// Statics live as long as a session, and so does this.
final class Session {
    final Invoker invoker;
    final Modes modes;
    // How many SQL calls of batch functions there were.
    int queries;

    Session(Invoker invoker, Modes modes) {
        this.invoker = invoker;
        this.modes = modes;
    }

    // Begins with no connection, no credentials and no look at the switch. Throws Failure `unavailable` when an address
    // of the program is no URL.
    static Session of(Program program) throws Failure {
        return new Session(new Invoker(program), new Modes(program.switchTable));
    }
}
