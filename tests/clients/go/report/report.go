// Package report prints what a client of the matrix reads (tests/clients/judge.py), and says what it is asked for.
package report

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

// Event prints one event of the stream. Its data is JSON, and printed as it came; an event without is no event
// to the standard, and some clients hand it on all the same.
func Event(name string, data []byte) {
	if len(data) == 0 {
		data = []byte("null")
	}
	fmt.Printf("{\"at\":%d,\"event\":%q,\"data\":%s}\n", time.Now().UnixMicro(), name, data)
}

// Error prints why the connection ended, or could not be made; the client goes on.
func Error(err error) {
	say("error", fmt.Sprint(err))
}

// End prints why the client gives up, and ends the program.
func End(err error) {
	say("end", fmt.Sprint(err))
	os.Exit(0)
}

func say(what, why string) {
	text, _ := json.Marshal(why)
	Event(what, text)
}

// URL is the address of the stream.
func URL() string {
	return os.Args[1]
}

// Client returns what net/http has by itself, or, where the second argument is "identity", one that asks for
// no compression.
func Client() *http.Client {
	if os.Args[2] == "identity" {
		return &http.Client{Transport: &http.Transport{DisableCompression: true}}
	}
	return &http.Client{}
}
