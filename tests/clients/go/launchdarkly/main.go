// Reads the stream with github.com/launchdarkly/eventsource: URL, and "identity" or "".
package main

import (
	"errors"
	"net/http"

	"github.com/launchdarkly/eventsource"

	"tickcast-clients/report"
)

func main() {
	request, err := http.NewRequest("GET", report.URL(), nil)
	if err != nil {
		report.End(err)
	}
	stream, err := eventsource.SubscribeWithRequestAndOptions(
		request,
		eventsource.StreamOptionHTTPClient(report.Client()),
		// Without it, the first connection is tried once.
		eventsource.StreamOptionCanRetryFirstConnection(-1),
		eventsource.StreamOptionErrorHandler(func(err error) eventsource.StreamErrorHandlerResult {
			report.Error(err)
			var refused eventsource.SubscriptionError
			return eventsource.StreamErrorHandlerResult{CloseNow: errors.As(err, &refused) && refused.Code/100 == 4}
		}),
	)
	if err != nil {
		report.End(err)
	}
	for event := range stream.Events {
		report.Event(event.Event(), []byte(event.Data()))
	}
	report.End(errors.New("closed"))
}
