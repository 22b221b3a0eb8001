// How the pages of a result hang together.
namespace Udfgen
{
    // A reply has a token, which takes the place of a parameter in the next call.
    internal sealed class Follow
    {
        // The index of the parameter.
        public readonly int into;
        public readonly int maxPages;

        // Whether the rows so far are returned at the limit, in place of an error.
        public readonly bool stopsAtLimit;
        private readonly Path token;

        // Where `true` says that there is no further page; null: nowhere.
        private readonly Path until;
        private readonly bool endsEmpty;

        // Reads an entry of the table.
        public Follow(Facts facts)
        {
            into = facts.Count("into");
            maxPages = facts.Count("max_pages");
            stopsAtLimit = facts.Flag("stops_at_limit");
            token = new Path(facts.Pieces("token"));
            until = facts.Has("until") ? new Path(facts.Pieces("until")) : null;
            endsEmpty = facts.Flag("until_empty");
        }

        // Returns the JSON of the token in a reply, the text of its whole value, or null where no page follows.
        public string Next(string reply, int rows)
        {
            bool isLast = (until != null && until.Find(reply) == "true") || (endsEmpty && rows == 0);
            string found = isLast ? null : token.Find(reply);
            return found == "null" || found == "\"\"" ? null : found;
        }
    }
}
