// Reads the stream with net/http alone: URL, and "identity" or "".
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tickcast-clients/report"
)

var (
	cursor string
	retry  = 3 * time.Second
)

func main() {
	client := report.Client()
	for {
		report.Error(read(client))
		time.Sleep(retry)
	}
}

func read(client *http.Client) error {
	request, err := http.NewRequest("GET", report.URL(), nil)
	if err != nil {
		return err
	}
	if cursor != "" {
		request.Header.Set("Last-Event-ID", cursor)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 == 4 {
		report.End(fmt.Errorf("answered %s", response.Status))
	}
	if response.StatusCode != 200 {
		return fmt.Errorf("answered %s", response.Status)
	}
	var name, id string
	var data []byte
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(": "))
		switch string(field) {
		case "event":
			name = string(value)
		case "data":
			data = bytes.Clone(value)
		case "id":
			id = string(value)
		case "retry":
			if ms, err := strconv.Atoi(string(value)); err == nil {
				retry = time.Duration(ms) * time.Millisecond
			}
		case "":
			if data != nil {
				report.Event(name, data)
			}
			if id != "" {
				cursor = id
			}
			name, id, data = "", "", nil
		}
	}
	return lines.Err()
}
