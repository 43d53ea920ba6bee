import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** Reads the stream with the HttpClient of the JDK: URL, and "identity" or "". */
final class JdkClient {
    private static String cursor = "";
    private static long wait = 3_000;

    public static void main(String[] arguments) throws Exception {
        var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        while (true) {
            try {
                read(client, arguments);
                Report.error("the stream has ended");
            } catch (java.io.IOException | java.io.UncheckedIOException error) {
                Report.error(error);
            }
            Thread.sleep(wait);
        }
    }

    private static void read(HttpClient client, String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(arguments[0]));
        if (arguments[1].equals("identity")) request.header("Accept-Encoding", "identity");
        if (!cursor.isEmpty()) request.header("Last-Event-ID", cursor);
        var response = client.send(request.build(), BodyHandlers.ofLines());
        if (response.statusCode() / 100 == 4) Report.end("answered " + response.statusCode());
        if (response.statusCode() != 200) throw new java.io.IOException("answered " + response.statusCode());
        String name = "", data = "", id = "";
        for (String line : (Iterable<String>) response.body()::iterator) {
            int colon = line.indexOf(": ");
            String value = colon < 0 ? "" : line.substring(colon + 2);
            switch (colon < 0 ? line : line.substring(0, colon)) {
                case "event" -> name = value;
                case "data" -> data = value;
                case "id" -> id = value;
                case "retry" -> wait = Long.parseLong(value);
                case "" -> {
                    if (!data.isEmpty()) Report.event(name, data);
                    if (!id.isEmpty()) cursor = id;
                    name = data = id = "";
                }
                default -> { }
            }
        }
    }
}
