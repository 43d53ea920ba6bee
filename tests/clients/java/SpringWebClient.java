import java.time.Duration;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.publisher.Flux;

/** Reads the stream with Spring's WebClient: URL, and "identity" or "". */
final class SpringWebClient {
    private static final ParameterizedTypeReference<ServerSentEvent<String>> EVENT =
        new ParameterizedTypeReference<>() {};
    private static String cursor = "";
    private static Duration wait = Duration.ofSeconds(3);

    public static void main(String[] arguments) throws Exception {
        while (true) {
            try {
                read(arguments).doOnNext(SpringWebClient::take).blockLast();
                Report.error("the stream has ended");
            } catch (WebClientResponseException error) {
                if (error.getStatusCode().is4xxClientError()) Report.end(error);
                Report.error(error);
            } catch (RuntimeException error) {
                Report.error(error);
            }
            Thread.sleep(wait.toMillis());
        }
    }

    private static Flux<ServerSentEvent<String>> read(String[] arguments) {
        var request = WebClient.create().get().uri(arguments[0]);
        if (arguments[1].equals("identity")) request = request.header("Accept-Encoding", "identity");
        if (!cursor.isEmpty()) request = request.header("Last-Event-ID", cursor);
        return request.retrieve().bodyToFlux(EVENT);
    }

    private static void take(ServerSentEvent<String> event) {
        if (event.retry() != null) wait = event.retry();
        if (event.id() != null && !event.id().isEmpty()) cursor = event.id();
        Report.event(event.event(), event.data());
    }
}
