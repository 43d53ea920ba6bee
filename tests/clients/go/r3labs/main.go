// Reads the stream with github.com/r3labs/sse: URL, and "identity" or "".
package main

import (
	"errors"
	"strings"
	"time"

	"github.com/r3labs/sse/v2"

	"tickcast-clients/report"
)

func main() {
	client := sse.NewClient(report.URL())
	client.Connection = report.Client()
	client.ReconnectNotify = func(err error, _ time.Duration) {
		report.Error(err)
		// It would ask for ever, and an answer of 400 stays one.
		if strings.HasSuffix(err.Error(), "Bad Request") {
			report.End(err)
		}
	}
	for {
		// It returns without an error at the orderly end of a stream, such as after bye.
		err := client.SubscribeRaw(func(event *sse.Event) {
			report.Event(string(event.Event), event.Data)
		})
		if err != nil {
			report.End(err)
		}
		report.Error(errors.New("the stream has ended"))
		time.Sleep(time.Second)
	}
}
