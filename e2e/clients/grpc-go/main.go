// Calls the target that it is given over and over, and writes a line for each call: who answered, or the error.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/xds"
)

func main() {
	insecurely := grpc.WithTransportCredentials(insecure.NewCredentials())
	channel, err := grpc.NewClient(os.Args[1], insecurely, grpc.WithDefaultCallOptions(grpc.ForceCodec(asIs{})))
	if err != nil {
		panic(err)
	}
	for {
		fmt.Println(call(channel))
		time.Sleep(time.Millisecond)
	}
}

func call(channel *grpc.ClientConn) string {
	patience, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var answer []byte
	if err := channel.Invoke(patience, "/test.Echo/Name", []byte{}, &answer); err != nil {
		return "error: " + err.Error()
	}
	return string(answer)
}

// asIs is a codec that leaves bytes as they are.
type asIs struct{}

func (asIs) Name() string { return "proto" }

func (asIs) Marshal(message any) ([]byte, error) { return message.([]byte), nil }

func (asIs) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = append([]byte{}, data...)
	return nil
}
