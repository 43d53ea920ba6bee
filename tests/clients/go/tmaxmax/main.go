// Reads the stream with github.com/tmaxmax/go-sse: URL, and "identity" or "".
package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/tmaxmax/go-sse"

	"tickcast-clients/report"
)

func main() {
	request, err := http.NewRequest("GET", report.URL(), nil)
	if err != nil {
		report.End(err)
	}
	client := sse.Client{HTTPClient: report.Client(), OnRetry: func(err error, _ time.Duration) { report.Error(err) }}
	connection := client.NewConnection(request)
	connection.SubscribeToAll(func(event sse.Event) {
		report.Event(event.Type, []byte(event.Data))
	})
	for {
		err := connection.Connect()
		// Any answer but 200 ends it. It keeps its cursor, and may be called again.
		if !strings.Contains(err.Error(), "received 5") {
			report.End(err)
		}
		report.Error(err)
		time.Sleep(time.Second)
	}
}
