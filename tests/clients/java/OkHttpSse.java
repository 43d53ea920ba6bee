import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;

/** Reads the stream with okhttp-sse: URL, and "identity" or "". */
final class OkHttpSse extends EventSourceListener {
    private final EventSource.Factory factory = EventSources.createFactory(new OkHttpClient());
    private final String[] arguments;
    private String cursor = "";

    private OkHttpSse(String[] arguments) {
        this.arguments = arguments;
    }

    public static void main(String[] arguments) {
        new OkHttpSse(arguments).connect();
    }

    private void connect() {
        var request = new Request.Builder().url(arguments[0]);
        if (arguments[1].equals("identity")) request.header("Accept-Encoding", "identity");
        if (!cursor.isEmpty()) request.header("Last-Event-ID", cursor);
        factory.newEventSource(request.build(), this);
    }

    @Override
    public void onEvent(EventSource source, String id, String type, String data) {
        if (id != null && !id.isEmpty()) cursor = id;
        Report.event(type, data);
    }

    @Override
    public void onClosed(EventSource source) {
        again("the stream has ended");
    }

    @Override
    public void onFailure(EventSource source, Throwable error, Response response) {
        if (response != null && response.code() / 100 == 4) Report.end("answered " + response.code());
        again(error != null ? error : "answered " + response.code());
    }

    // It does not reconnect, and keeps the time to wait to itself.
    private void again(Object why) {
        Report.error(why);
        try {
            Thread.sleep(1_000);
        } catch (InterruptedException error) {
            Report.end(error);
        }
        connect();
    }
}
