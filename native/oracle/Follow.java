// How the pages of a table result hang together.
package udfgen;

// What a reply says of the page after it.
final class Follow {
    // The parameter whose JSON the token takes the place of.
    final int into;
    final int maxPages;
    // Whether the rows so far are the result when there are more pages than that.
    final boolean stopsAtLimit;
    private final Path token;
    // Null where no member tells the end.
    private final Path until;
    private final boolean untilEmpty;

    // Reads an entry of the table.
    Follow(Facts facts) {
        into = facts.count("into");
        maxPages = facts.count("max_pages");
        stopsAtLimit = facts.flag("stops_at_limit");
        token = new Path(facts.pieces("token"));
        until = facts.has("until") ? new Path(facts.pieces("until")) : null;
        untilEmpty = facts.flag("until_empty");
    }

    // Returns the token of the next page as it stands in a reply with so many rows; null behind the last page.
    String next(String document, int rows) {
        boolean isDone = until != null && "true".equals(until.find(document));
        if (isDone || (untilEmpty && rows == 0)) {
            return null;
        }
        String found = token.find(document);
        return found == null || found.equals("null") || found.equals("\"\"") ? null : found;
    }
}
