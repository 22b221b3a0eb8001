// A request body in pieces: JSON text as it is, and indexes of the parameters whose JSON stands there.
namespace Udfgen
{
    using System.Text;

    // Puts the JSON of arguments into its places.
    internal sealed class Payload
    {
        // Each a string, or an int.
        private readonly object[] pieces;

        // Takes the pieces in their order.
        public Payload(object[] pieces)
        {
            this.pieces = pieces;
        }

        // Returns the body for the JSON of every argument.
        public string Fill(string[] arguments)
        {
            StringBuilder body = new StringBuilder();
            foreach (object piece in pieces)
            {
                body.Append(piece as string ?? arguments[(int)piece]);
            }
            return body.ToString();
        }
    }
}
