// Whatever goes wrong, as a failure that callers can read.
namespace Udfgen
{
    using System;
    using System.Data.SqlClient;
    using System.Security;

    // Nothing but the text of a failure leaves an entry point: of any other exception SQL Server would show the class
    // and the place, and no code.
    internal static class Mishap
    {
        private const string Denied =
            "SQL Server does not let the assembly do this: it must be created with permission_set = external_access";

        // Returns the failure that an exception means.
        public static Failure Of(Exception thrown)
        {
            Exception cause = thrown;
            while (cause is TypeInitializationException && cause.InnerException != null)
            {
                cause = cause.InnerException;
            }
            return cause as Failure ?? OfOther(cause);
        }

        private static Failure OfOther(Exception thrown)
        {
            if (thrown is SecurityException)
            {
                return new Failure("not_authorized", Denied);
            }
            if (thrown is SqlException)
            {
                return new Failure("unavailable", "the database said: " + Refusal.Clean(thrown.Message));
            }
            if (thrown is OutOfMemoryException)
            {
                return new Failure("unavailable", "the server has no memory left for this call");
            }
            string kind = thrown.GetType().FullName;
            return new Failure(
                "unavailable", "the core failed by a mistake of its own (" + kind + "), please report it");
        }
    }
}
