import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.client.ClientRequestFilter;
import jakarta.ws.rs.sse.SseEventSource;

/** Reads the stream with Jersey: URL, and "identity" or "". */
final class Jersey {
    public static void main(String[] arguments) throws Exception {
        var client = ClientBuilder.newClient();
        if (arguments[1].equals("identity"))
            client.register((ClientRequestFilter) request -> request.getHeaders().add("Accept-Encoding", "identity"));
        var source = SseEventSource.target(client.target(arguments[0])).build();
        source.register(event -> Report.event(event.getName(), event.readData()), Report::error);
        source.open();
        while (source.isOpen()) Thread.sleep(100);
        Report.end("closed");
    }
}
