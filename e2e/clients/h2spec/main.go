// Runs h2spec, the conformance tests of HTTP/2, against the server at "host:port": one line for each test that did not
// pass, then how many did.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

func main() {
	host, port, err := net.SplitHostPort(os.Args[1])
	if err != nil {
		panic(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		panic(err)
	}
	c := &config.Config{Host: host, Port: number, Path: "/", Timeout: 5 * time.Second, MaxHeaderLen: 4000, Strict: true}
	passed := 0
	for _, group := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
		group.Test(c)
		report(group, group.Name)
		passed += group.PassedCount
	}
	fmt.Printf("\n%d passed\n", passed)
}

func report(group *spec.TestGroup, path string) {
	for _, test := range append(group.Tests, group.StrictTests...) {
		switch result := test.Result; {
		case result == nil:
			fmt.Printf("not run: %s: %s\n", path, test.Desc)
		case result.Skipped:
			fmt.Printf("skipped: %s: %s\n", path, test.Desc)
		case result.Failed:
			fmt.Printf("failed: %s: %s: %v\n", path, test.Desc, result.Error)
		}
	}
	for _, sub := range group.Groups {
		report(sub, path+", "+sub.Name)
	}
}
