// envoyproxy/ratelimit as its own program runs it; settings come from the environment.
package main

import (
	"github.com/envoyproxy/ratelimit/src/service_cmd/runner"
	"github.com/envoyproxy/ratelimit/src/settings"
)

func main() {
	server := runner.NewRunner(settings.NewSettings())
	server.Run()
}
