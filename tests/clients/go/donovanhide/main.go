// Reads the stream with github.com/donovanhide/eventsource: URL, and "identity" or "".
package main

import (
	"net/http"

	"github.com/donovanhide/eventsource"

	"tickcast-clients/report"
)

func main() {
	request, err := http.NewRequest("GET", report.URL(), nil)
	if err != nil {
		report.End(err)
	}
	stream, err := eventsource.SubscribeWith("", report.Client(), request)
	if err != nil {
		report.End(err)
	}
	for {
		select {
		case event := <-stream.Events:
			report.Event(event.Event(), []byte(event.Data()))
		case err := <-stream.Errors:
			report.Error(err)
		}
	}
}
