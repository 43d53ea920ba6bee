import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.EventSource;
import com.launchdarkly.eventsource.FaultEvent;
import com.launchdarkly.eventsource.MessageEvent;
import com.launchdarkly.eventsource.StreamHttpErrorException;
import java.net.URI;

/** Reads the stream with LaunchDarkly's okhttp-eventsource: URL, and "identity" or "". */
final class OkHttpEventSource {
    public static void main(String[] arguments) throws Exception {
        var connect = ConnectStrategy.http(URI.create(arguments[0]));
        if (arguments[1].equals("identity")) connect = connect.header("Accept-Encoding", "identity");
        var source = new EventSource.Builder(connect).errorStrategy(ErrorStrategy.alwaysContinue()).build();
        for (var event : source.anyEvents()) {
            if (event instanceof MessageEvent message) {
                Report.event(message.getEventName(), message.getData());
            } else if (event instanceof FaultEvent fault) {
                if (fault.getCause() instanceof StreamHttpErrorException refused && refused.getCode() / 100 == 4)
                    Report.end(refused);
                Report.error(fault.getCause());
            }
        }
        Report.end("closed");
    }
}
