// A value that its type, a constraint or the grammar refuses.
package udfgen;

// Carries what the value must be, never what it was: `must fit decimal(5,2)`.
final class Unfit extends Exception {
    private static final long serialVersionUID = 1L;

    final String what;

    // Makes the exception without a stack trace, which nobody would read.
    Unfit(String what) {
        super(what, null, false, false);
        this.what = what;
    }
}
