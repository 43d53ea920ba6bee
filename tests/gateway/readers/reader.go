// Reads a stream as a plain Go program does, with the defaults of net/http, and prints each line as it comes.
// Arguments: the Accept-Encoding to ask for instead, empty for none, and the address.
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
)

func main() {
	request, err := http.NewRequest("GET", os.Args[2], nil)
	if err != nil {
		panic(err)
	}
	if os.Args[1] != "" {
		request.Header.Set("Accept-Encoding", os.Args[1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	fmt.Println("compressed:", response.Uncompressed)
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
}
