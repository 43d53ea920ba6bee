/** Prints what a client of the matrix reads (tests/clients/judge.py). */
final class Report {
    private Report() {}

    /**
     * One event of the stream. Its data is JSON, and printed as it came; an event without is no event to the standard,
     * and some clients hand it on all the same.
     */
    static synchronized void event(String name, String data) {
        var now = java.time.Instant.now();
        long at = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
        String text = data == null || data.isEmpty() ? "null" : data;
        System.out.println("{\"at\":" + at + ",\"event\":\"" + name + "\",\"data\":" + text + "}");
    }

    /** Why the connection ended, or could not be made; the client goes on. */
    static void error(Object why) {
        event("error", quoted(why));
    }

    /** Why the client gives up; ends the program. */
    static void end(Object why) {
        event("end", quoted(why));
        System.exit(0);
    }

    private static String quoted(Object why) {
        return '"' + String.valueOf(why).replaceAll("[\"\\\\\\p{Cntrl}]", " ") + '"';
    }
}
